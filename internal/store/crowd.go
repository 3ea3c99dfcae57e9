package store

import "hash/maphash"

// crowd counts the far ends of each device in the hours that are being written, so that a flood
// from made-up addresses fills neither the tables nor the names: beyond maxEnds the amounts are
// kept without the far end. It is guarded by Store.mu, and begins anew when the store is opened.
type crowd struct {
	seed   maphash.Seed
	newest int64
	known  map[crowdKey]struct{}
	counts map[crowdKey]int // of hour and party
}

type crowdKey struct {
	hour, party int64
	end         uint64
}

func newCrowd() *crowd {
	return &crowd{seed: maphash.MakeSeed(), known: map[crowdKey]struct{}{}, counts: map[crowdKey]int{}}
}

// admit reports whether the far end is one of the first maxEnds of the party in the hour.
func (c *crowd) admit(hour, party int64, n endName) bool {
	if hour > c.newest {
		c.forget(hour - 1)
		c.newest = hour
	}
	k := crowdKey{hour, party, maphash.Comparable(c.seed, n)}
	if _, ok := c.known[k]; ok {
		return true
	}
	of := crowdKey{hour: hour, party: party}
	if c.counts[of] >= maxEnds {
		return false
	}
	c.known[k] = struct{}{}
	c.counts[of]++
	return true
}

// forget forgets the hours before one.
func (c *crowd) forget(before int64) {
	for k := range c.known {
		if k.hour < before {
			delete(c.known, k)
		}
	}
	for k := range c.counts {
		if k.hour < before {
			delete(c.counts, k)
		}
	}
}

package store

// crowd counts the far ends of each device in the hours that are being written, so that a flood
// from made-up addresses fills neither the tables nor the names: beyond maxEnds the amounts are
// kept without the far end. It is guarded by Store.mu, and begins anew when the store is opened.
type crowd struct {
	newest int64
	known  map[hourKey]struct{}
	counts map[hourKey]int // of hour and party
}

func newCrowd() *crowd {
	return &crowd{known: map[hourKey]struct{}{}, counts: map[hourKey]int{}}
}

// full reports whether the party of k can meet nobody new in the hour.
func (c *crowd) full(k hourKey) bool {
	k.far = 0
	return c.counts[k] >= maxEnds
}

// admit reports whether the far end of k is one of the first maxEnds of its party in the hour,
// and whether it was met only now.
func (c *crowd) admit(k hourKey) (ok, first bool) {
	if _, ok := c.known[k]; ok {
		return true, false
	}
	if k.hour > c.newest {
		c.forget(k.hour - 1)
		c.newest = k.hour
	}
	if c.full(k) || len(c.known) >= maxCrowd {
		return false, false
	}
	c.known[k] = struct{}{}
	k.far = 0
	c.counts[k]++
	return true, true
}

// maxCrowd bounds what is remembered, for two hours: 32,000 devices with 16 far ends in each.
const maxCrowd = 1 << 20

// back takes back what a transaction that failed admitted: the same batch is tried again, and its
// far ends may have other numbers then.
func (c *crowd) back(met []hourKey) {
	for _, k := range met {
		if _, ok := c.known[k]; !ok { // its hour is forgotten
			continue
		}
		delete(c.known, k)
		k.far = 0
		c.counts[k]--
	}
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

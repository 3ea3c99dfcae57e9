package sensor

import (
	"errors"
	"net/netip"

	"cordon/internal/packet"
)

// Condense makes as few frames as can be of frames that followed each other: the parts of a
// flow become one, which says of the flow what the last of them said. All facts are kept, in
// their order. Frames that are damaged are left out, and are in the error; what could be read of
// them counts. It holds no more than what the frames hold.
func Condense(frames [][]byte) ([][]byte, error) {
	var out [][]byte
	var errs []error
	w := NewFeedWriter(func(frame []byte) error {
		out = append(out, frame)
		return nil
	})
	c := condenser{out: w, at: map[condenseKey]int{}}
	for _, f := range frames {
		if IsState(f) {
			continue
		}
		if err := ReadFrame(f, &c); err != nil {
			errs = append(errs, err)
		}
	}
	c.finish()
	return out, errors.Join(append(errs, w.Cut())...)
}

// condenser is a Sink that adds up the parts of flows.
type condenser struct {
	out  *FeedWriter
	at   map[condenseKey]int // of the flows that go on, their place in sums
	sums []condensed         // in the order in which they were first told
}

type condenseKey struct {
	ends  [2]netip.AddrPort
	macs  [2][6]byte // where there are no addresses
	proto packet.Proto
}

type condensed struct {
	flow            packet.Flow
	app, name, from string
}

// Observe implements Sink.
func (c *condenser) Observe(f *Fact) { c.out.Observe(f) }

// Flow implements Sink.
func (c *condenser) Flow(f *packet.Flow, app, name, from string) {
	k := keyOfParts(f)
	i, had := c.at[k]
	if !had || !f.Again {
		c.at[k] = len(c.sums)
		c.sums = append(c.sums, condensed{*f, app, name, from})
	} else {
		c.sums[i].add(f, app, name, from)
	}
	if !f.More {
		delete(c.at, k)
	}
}

func keyOfParts(f *packet.Flow) condenseKey {
	k := condenseKey{proto: f.Proto}
	for i, e := range f.End {
		k.ends[i] = netip.AddrPortFrom(e.Addr, e.Port)
		if !e.Addr.IsValid() {
			k.macs[i] = e.MAC
		}
	}
	return k
}

// add takes the next part of the same flow.
func (s *condensed) add(f *packet.Flow, app, name, from string) {
	sum := *f
	for i := range sum.Packets {
		sum.Packets[i] += s.flow.Packets[i]
		sum.Bytes[i] += s.flow.Bytes[i]
		sum.Payload[i] += s.flow.Payload[i]
		sum.Big[i] += s.flow.Big[i]
	}
	sum.Seconds += s.flow.Seconds
	sum.Again, sum.Before = s.flow.Again, s.flow.Before
	*s = condensed{sum, app, name, from}
}

func (c *condenser) finish() {
	for i := range c.sums {
		s := &c.sums[i]
		c.out.Flow(&s.flow, s.app, s.name, s.from)
	}
}

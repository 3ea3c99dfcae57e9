package store

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"cordon"
)

// Batch is what was heard in about a second; it is kept whole or not at all.
type Batch struct {
	Facts    []Fact
	Contacts []cordon.Contact // deltas of one hour each: Start is in the hour, amounts are added to what is there
	Frames   [][]byte         // of the feed, in order; kept as they are for History
	At       time.Time        // the sensor's clock at the end of the frames
}

// Fact is one fact about one host: Addr, MAC or Other says whom, as sensor.Fact. Facts that
// agree in site, host, kind, value and By.Asked are one row: First is the earliest, Last the
// latest, Count the sum; By.Sensor is who told it last.
type Fact struct {
	Site  string
	Addr  netip.Addr
	MAC   cordon.MAC
	Other cordon.Key
	Kind  cordon.Kind
	Value string // comes back to the byte
	First int64  // nanoseconds since 1970-01-01 UTC
	Last  int64
	Count int
	By    cordon.Origin
}

// Append keeps a batch, in one transaction. Contacts of hidden devices (PutDevices) are kept
// as one sum an hour, without the far end. ErrFull and ErrAway mean that nothing of it was
// kept, and that the same batch may be tried again; but for one case: where PostgreSQL went away
// between its commit and its answer, ErrAway is all that is known, and the batch counts twice
// when it is tried again. The batch is only read.
func (s *Store) Append(ctx context.Context, b Batch) error {
	return s.write(ctx, "append", func(x *tx) error {
		if err := x.putFacts(b.Facts); err != nil {
			return err
		}
		if err := x.putContacts(b.Contacts, b.At); err != nil {
			return err
		}
		return x.putFrames(b.At, b.Frames)
	})
}

// factKey is what makes two facts one.
type factKey struct {
	host, kind int64
	mark       [16]byte
	asked      bool
}

// putFacts adds facts up, then puts each once, in the order of the table.
func (x *tx) putFacts(facts []Fact) error {
	sums := make(map[factKey]*Fact, len(facts))
	keys := make([]factKey, 0, len(facts))
	for i := range facts {
		k, err := x.factKey(&facts[i])
		if err != nil {
			return err
		}
		had := sums[k]
		if had == nil {
			f := facts[i]
			sums[k] = &f
			keys = append(keys, k)
			continue
		}
		had.add(&facts[i])
	}
	slices.SortFunc(keys, func(a, b factKey) int {
		return cmp.Or(cmp.Compare(a.host, b.host), cmp.Compare(a.kind, b.kind), slices.Compare(a.mark[:], b.mark[:]))
	})
	many := x.many("facts", "host, kind, mark, asked, first, last, count, sensor, value", factConflict, 9)
	for _, k := range keys {
		f := sums[k]
		if err := many.add(k.host, k.kind, k.mark[:], flag(k.asked), f.First, f.Last, int64(f.Count), text(f.By.Sensor), []byte(f.Value)); err != nil {
			return err
		}
	}
	return many.done()
}

const factConflict = `(host, kind, mark, asked) DO UPDATE SET count = facts.count + excluded.count,
	sensor = CASE WHEN excluded.last >= facts.last THEN excluded.sensor ELSE facts.sensor END,
	first = CASE WHEN excluded.first < facts.first THEN excluded.first ELSE facts.first END,
	last = CASE WHEN excluded.last > facts.last THEN excluded.last ELSE facts.last END`

func (f *Fact) add(g *Fact) {
	f.Count += g.Count
	f.First = min(f.First, g.First)
	if g.Last >= f.Last {
		f.Last, f.By.Sensor = g.Last, g.By.Sensor
	}
}

func (x *tx) factKey(f *Fact) (k factKey, err error) {
	site, err := x.site(f.Site)
	if err != nil {
		return k, err
	}
	if k.host, err = x.host(hostName{site: site, addr: f.Addr, mac: f.MAC, other: f.Other}); err != nil {
		return k, err
	}
	if k.kind, err = x.factKind(f.Kind); err != nil {
		return k, err
	}
	copy(k.mark[:], mark(f.Value))
	k.asked = f.By.Asked
	return k, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// putFrames keeps frames of the feed.
func (x *tx) putFrames(when time.Time, frames [][]byte) error {
	for _, f := range frames {
		if _, err := x.exec("INSERT INTO frames (at, body) VALUES (?, ?)", nano(when), f); err != nil {
			return err
		}
	}
	return nil
}

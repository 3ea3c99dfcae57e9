package inventory

import (
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// Suspected is one device of which is asked whether anything left it.
type Suspected struct {
	ID     string       `json:"id"`
	Name   string       `json:"name,omitempty"` // for people: maker, model, room
	Site   string       `json:"site,omitempty"`
	Addrs  []netip.Addr `json:"addresses,omitempty"`
	MACs   []cordon.MAC `json:"macs,omitempty"`
	Router bool         `json:"-"` // its MAC is on what others send, and proves nothing
}

// Damage is a sensor.Sink that looks for what left some devices, day by day, and for what
// the logs it is fed can say at all: a day on which no record shows a device, or its network
// segment on the way out, is not covered, and not seen is not clean. It is not safe for
// concurrent use. Memory is bounded by devices and days.
type Damage struct {
	devices  []Suspected
	inside   []netip.Prefix
	zone     *time.Location
	from, to time.Time // to excluded
	byAddr   map[netip.Addr][]int32
	byMAC    map[cordon.MAC]int32
	segments map[netip.Prefix]bool // those in which a device is
	leases   map[netip.Addr][]damageLease
	held     int                    // leases kept
	leased   map[int32][]netip.Addr // addresses that devices were given
	cells    map[deviceDay]*damageDay
	hours    map[segmentDay]uint32 // a bit for each hour in which the segment was recorded on the way out
	quarter  int64                 // the quarter of an hour that was last looked up
	day      int32
	hour     uint8
	Dropped  int // leases and far ends that had no room; far ends still count in sums
}

// damageLease says who held an address from a time on.
type damageLease struct {
	at  int64
	mac cordon.MAC
}

type deviceDay struct{ device, day int32 }

type segmentDay struct {
	segment netip.Prefix
	day     int32
}

// damageDay is one device on one day.
type damageDay struct {
	hours                 uint32 // in which it was recorded talking to somebody
	sent, received        uint64
	flows, tried, present int
	ends                  map[leftTo]*leftEnd
}

type leftTo struct {
	addr  netip.Addr
	port  uint16
	proto packet.Proto
}

type leftEnd struct {
	name, app      string
	sent, received uint64
	flows          int
	first, last    int64
}

// The bounds.
const (
	maxLeases   = 1 << 20
	maxHolders  = 4096 // of one address, and addresses of one device
	maxDayEnds  = 256  // far ends of one device on one day
	maxSpanDays = 400  // of one flow
)

// NewDamage looks for what left the devices from one day to another (to excluded), days being
// those of the zone. inside are the owner's networks besides the private ones.
func NewDamage(devices []Suspected, inside []netip.Prefix, from, to time.Time, zone *time.Location) *Damage {
	d := &Damage{
		devices: devices, inside: inside, zone: zone, from: from, to: to, quarter: -1,
		byAddr: map[netip.Addr][]int32{}, byMAC: map[cordon.MAC]int32{}, segments: map[netip.Prefix]bool{},
		leases: map[netip.Addr][]damageLease{}, cells: map[deviceDay]*damageDay{}, leased: map[int32][]netip.Addr{}, hours: map[segmentDay]uint32{},
	}
	for i := range devices {
		for _, a := range devices[i].Addrs {
			a = a.Unmap().WithZone("")
			d.byAddr[a] = append(d.byAddr[a], int32(i))
			d.segments[segmentOf(a)] = true
		}
		for _, m := range devices[i].MACs {
			if _, taken := d.byMAC[m]; !taken && m != (cordon.MAC{}) {
				d.byMAC[m] = int32(i)
			}
		}
	}
	return d
}

// segmentOf is the network of an address as it is usually cut: /24 and /64. That is a guess.
func segmentOf(a netip.Addr) netip.Prefix {
	n := 64
	if a.Is4() {
		n = 24
	}
	p, _ := a.Prefix(n) // n fits every address
	return p
}

// Observe implements sensor.Sink. Of facts it takes who was given which address.
func (d *Damage) Observe(f *sensor.Fact) {
	if f.Kind != "dhcp.address" || f.MAC == (cordon.MAC{}) {
		return
	}
	a, err := netip.ParseAddr(f.Value)
	if err != nil {
		return
	}
	a = a.Unmap().WithZone("")
	list := d.leases[a]
	if n := len(list); n > 0 && list[n-1].mac == f.MAC && list[n-1].at <= f.At {
		return
	}
	if d.held >= maxLeases || len(list) >= maxHolders {
		d.Dropped++
		return
	}
	d.held++
	at, _ := slices.BinarySearchFunc(list, f.At, func(l damageLease, at int64) int { return int(min(1, max(-1, l.at-at))) })
	d.leases[a] = slices.Insert(list, at, damageLease{f.At, f.MAC})
	if i, ours := d.byMAC[f.MAC]; ours {
		d.segments[segmentOf(a)] = true
		if len(d.leased[i]) < maxHolders && !slices.Contains(d.leased[i], a) {
			d.leased[i] = append(d.leased[i], a)
		}
		if c := d.cell(i, f.At); c != nil {
			c.present++
		}
	}
}

// Flow implements sensor.Sink.
func (d *Damage) Flow(f *packet.Flow, app, name, _ string) {
	for side := range f.End {
		near, far := &f.End[side], &f.End[1-side]
		if !someones(near.Addr) || !someones(far.Addr) || far.Addr.Is4() && far.Addr.As4()[3] == 255 {
			continue // what is said to all reaches every wire, and proves nothing of the rest
		}
		outside := d.outside(far.Addr)
		if outside && f.State != packet.StateAttempt && f.State != packet.StateRefused {
			d.recorded(near.Addr, f.First)
			d.recorded(near.Addr, f.Last)
		}
		if i, ok := d.whose(near, f.First); ok {
			if side == int(packet.Answerer) {
				name = "" // it is that of the answerer, so ours
			}
			d.device(i, f, packet.Side(side), outside, app, name)
		}
	}
}

// outside reports whether an address is on the internet and not the owner's.
func (d *Damage) outside(a netip.Addr) bool {
	return !nowhere(a) && len(d.byAddr[a]) == 0 && !slices.ContainsFunc(d.inside, func(p netip.Prefix) bool { return p.Contains(a) })
}

// recorded notes that the way out of an address's segment was recorded at a time.
func (d *Damage) recorded(a netip.Addr, at int64) {
	s := segmentOf(a)
	if !d.segments[s] || !d.within(at) {
		return
	}
	day, hour := d.when(at)
	d.hours[segmentDay{s, day}] |= 1 << hour
}

func (d *Damage) within(at int64) bool { return at >= d.from.UnixNano() && at < d.to.UnixNano() }

// when gives day and hour of a time in the zone. Days are numbered from 1970.
func (d *Damage) when(at int64) (day int32, hour uint8) {
	if q := at / int64(15*time.Minute); q != d.quarter { // the parts in which zones are shifted
		t := time.Unix(0, at).In(d.zone)
		y, m, n := t.Date()
		d.quarter, d.day, d.hour = q, int32(time.Date(y, m, n, 0, 0, 0, 0, time.UTC).Unix()/86400), uint8(t.Hour())
	}
	return d.day, d.hour
}

// cell finds or makes the cell of a device at a time; nil outside of what is asked for.
func (d *Damage) cell(device int32, at int64) *damageDay {
	if !d.within(at) {
		return nil
	}
	day, _ := d.when(at)
	key := deviceDay{device, day}
	if d.cells[key] == nil {
		d.cells[key] = &damageDay{}
	}
	return d.cells[key]
}

// whose says which device an end of a flow was: the holder of its lease then, else the one that
// has the address and no other MAC, else, where no address of that family is known of it, the
// one that has the MAC.
func (d *Damage) whose(e *packet.End, at int64) (int32, bool) {
	if holder, known := d.holder(e.Addr, at); known {
		i, ok := d.byMAC[holder]
		if ok {
			return i, true
		}
		for _, i := range d.byAddr[e.Addr] {
			if len(d.devices[i].MACs) == 0 {
				return i, true
			}
		}
		return 0, false // somebody else's then
	}
	if list := d.byAddr[e.Addr]; len(list) > 0 {
		if i, ok := d.byMAC[e.MAC]; ok && slices.Contains(list, i) {
			return i, true
		}
		return list[0], true
	}
	i, ok := d.byMAC[e.MAC]
	if !ok || d.devices[i].Router || d.outside(e.Addr) {
		return 0, false
	}
	return i, !slices.ContainsFunc(d.devices[i].Addrs, func(a netip.Addr) bool { return a.Unmap().Is4() == e.Addr.Is4() })
}

// holder is who held an address at a time, by the leases.
func (d *Damage) holder(a netip.Addr, at int64) (cordon.MAC, bool) {
	list := d.leases[a]
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].at <= at {
			return list[i].mac, true
		}
	}
	return cordon.MAC{}, false
}

// device counts one flow of one device on the days that it lasted.
func (d *Damage) device(i int32, f *packet.Flow, side packet.Side, outside bool, app, name string) {
	for _, at := range []int64{f.First, f.Last} {
		if c := d.cell(i, at); c != nil {
			_, hour := d.when(at)
			c.hours |= 1 << hour
		}
	}
	if !outside {
		return
	}
	if f.State == packet.StateAttempt || f.State == packet.StateRefused {
		if c := d.cell(i, f.First); c != nil && side == packet.Opener {
			c.tried++
		}
		return
	}
	if side == packet.Answerer && f.Bytes[side] == 0 {
		return // somebody spoke to it, and it did not answer as far as is recorded
	}
	d.spread(i, f, side, app, name)
}

// spread counts what left on each day of a flow, evenly over its time: how it was really
// spread, a record of a whole conversation does not say.
func (d *Damage) spread(i int32, f *packet.Flow, side packet.Side, app, name string) {
	far := &f.End[1-side]
	port := f.End[packet.Answerer].Port
	sent, received := f.Bytes[side], f.Bytes[1-side]
	at, whole := f.First, f.Last-f.First
	for range maxSpanDays {
		end := min(f.Last, d.midnight(at)-1)
		out, in := portion(sent, end-at+1, whole+1), portion(received, end-at+1, whole+1)
		if c := d.cell(i, at); c != nil {
			c.add(d, leftTo{far.Addr, port, f.Proto}, end, at, out, in, app, name, at == f.First && !f.Again)
		}
		if end >= f.Last {
			return
		}
		at = end + 1
	}
}

// portion is a part of a sum, rounded.
func portion(sum uint64, part, whole int64) uint64 {
	if part >= whole {
		return sum
	}
	hi, lo := bits.Mul64(sum, uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole)) // part < whole, so hi < whole
	return q
}

// midnight is the end of the day of a time.
func (d *Damage) midnight(at int64) int64 {
	y, m, n := time.Unix(0, at).In(d.zone).Date()
	return time.Date(y, m, n+1, 0, 0, 0, 0, d.zone).UnixNano()
}

func (c *damageDay) add(d *Damage, k leftTo, last, first int64, sent, received uint64, app, name string, begins bool) {
	c.sent, c.received = c.sent+sent, c.received+received
	n := 0
	if begins {
		n = 1
	}
	c.flows += n
	e := c.ends[k]
	if e == nil {
		if len(c.ends) >= maxDayEnds {
			d.Dropped++
			return
		}
		if c.ends == nil {
			c.ends = map[leftTo]*leftEnd{}
		}
		e = &leftEnd{first: first}
		c.ends[k] = e
	}
	e.sent, e.received, e.flows = e.sent+sent, e.received+received, e.flows+n
	e.first, e.last = min(e.first, first), max(e.last, last)
	if name != "" {
		e.name = name
	}
	if app != "" {
		e.app = app
	}
}

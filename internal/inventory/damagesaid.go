package inventory

import (
	"cmp"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"cordon"
	"cordon/knowledge"
)

// What is said of a device on one day.
const (
	DamageSent      = "sent"        // something left it for the outside
	DamageTried     = "tried"       // it tried, and was refused, blocked or not answered
	DamageSilent    = "silent"      // it, or its segment on the way out, was recorded, and nothing left
	DamageUncovered = "no coverage" // no record shows it: not seen is not clean
)

// DamageDay is what is known of one device on one day.
type DamageDay struct {
	Day      string      `json:"day"` // YYYY-MM-DD in the zone of the question
	Said     string      `json:"said"`
	Hours    int         `json:"hours_recorded"` // of 24, in which it or its segment was
	Sent     uint64      `json:"bytes_sent"`     // at least: logs of packets count those that they hold
	Received uint64      `json:"bytes_received"`
	Flows    int         `json:"flows"`
	Tried    int         `json:"tried"`
	Leased   bool        `json:"leased,omitempty"` // it was given an address, so it was there
	Ends     []DamageEnd `json:"far_ends,omitempty"`
}

// DamageEnd is one far end outside, with what one device exchanged with it.
type DamageEnd struct {
	Address  netip.Addr   `json:"address"`
	Port     uint16       `json:"port,omitempty"`
	Protocol string       `json:"protocol"`
	Name     string       `json:"name,omitempty"`
	App      string       `json:"app,omitempty"`
	Cloud    string       `json:"cloud,omitempty"` // who runs the name; "possibly ..." where that is only remembered
	Place    cordon.Place `json:"place"`
	Sent     uint64       `json:"bytes_sent"`
	Received uint64       `json:"bytes_received"`
	Flows    int          `json:"flows"`
	First    time.Time    `json:"first"`
	Last     time.Time    `json:"last"`
}

// Damaged is one device with its days.
type Damaged struct {
	Suspected
	Sent      uint64      `json:"bytes_sent"`
	Received  uint64      `json:"bytes_received"`
	DaysSent  int         `json:"days_sent"`
	DaysTried int         `json:"days_tried"`
	Silent    int         `json:"days_silent"`
	Uncovered int         `json:"days_without_coverage"`
	First     time.Time   `json:"first_sent,omitzero"`
	Last      time.Time   `json:"last_sent,omitzero"`
	Days      []DamageDay `json:"days"`     // every one that was asked for
	Ends      []DamageEnd `json:"far_ends"` // of all days, most bytes sent first
}

// Say gives every device with every day, those that sent most first, then as they were given.
func (d *Damage) Say(know knowledge.Looker) []Damaged {
	out := make([]Damaged, len(d.devices))
	for i := range d.devices {
		out[i] = d.say(int32(i), know)
	}
	slices.SortStableFunc(out, func(a, b Damaged) int {
		return cmp.Or(-cmp.Compare(min(a.DaysSent, 1), min(b.DaysSent, 1)), cmp.Compare(b.Sent, a.Sent), cmp.Compare(b.DaysTried, a.DaysTried))
	})
	return out
}

func (d *Damage) say(i int32, know knowledge.Looker) Damaged {
	r := Damaged{Suspected: d.devices[i], Days: []DamageDay{}, Ends: []DamageEnd{}}
	all := map[leftTo]*leftEnd{}
	for at := d.from; at.Before(d.to); at = time.Unix(0, d.midnight(at.UnixNano())) {
		day, _ := d.when(at.UnixNano())
		said := d.dayOf(i, day)
		c := d.cells[deviceDay{i, day}]
		if c != nil {
			said.Ends = endsOf(c.ends, know)
			sumEnds(all, c.ends)
		}
		r.count(&said)
		r.Days = append(r.Days, said)
	}
	r.Ends = endsOf(all, know)
	for _, e := range r.Ends {
		if r.First.IsZero() || e.First.Before(r.First) {
			r.First = e.First
		}
		if e.Last.After(r.Last) {
			r.Last = e.Last
		}
	}
	return r
}

// dayOf says what is known of a device on a day, its far ends apart.
func (d *Damage) dayOf(i, day int32) DamageDay {
	out := DamageDay{Day: time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly), Said: DamageUncovered}
	hours := d.segmentHours(i, day)
	if c := d.cells[deviceDay{i, day}]; c != nil {
		hours |= c.hours
		out.Sent, out.Received, out.Flows, out.Tried, out.Leased = c.sent, c.received, c.flows, c.tried, c.present > 0
		switch {
		case len(c.ends) > 0:
			out.Said = DamageSent
		case c.tried > 0:
			out.Said = DamageTried
		}
	}
	out.Hours = bits.OnesCount32(hours)
	if out.Said == DamageUncovered && hours != 0 {
		out.Said = DamageSilent
	}
	return out
}

// segmentHours are the hours in which the way out of a device's segment was recorded: that
// of the addresses it is known by, or was given on or before that day.
func (d *Damage) segmentHours(i, day int32) uint32 {
	var hours uint32
	for _, a := range d.devices[i].Addrs {
		hours |= d.hours[segmentDay{segmentOf(a.Unmap().WithZone("")), day}]
	}
	for _, a := range d.leased[i] {
		if last, ok := d.lastLease(a, day); ok && d.byMAC[last] == i {
			hours |= d.hours[segmentDay{segmentOf(a), day}]
		}
	}
	return hours
}

// lastLease is who held an address at the end of a day.
func (d *Damage) lastLease(a netip.Addr, day int32) (cordon.MAC, bool) {
	y, m, n := time.Unix(int64(day)*86400, 0).UTC().Date()
	return d.holder(a, time.Date(y, m, n+1, 0, 0, 0, 0, d.zone).UnixNano()-1)
}

func (r *Damaged) count(day *DamageDay) {
	r.Sent, r.Received = r.Sent+day.Sent, r.Received+day.Received
	switch day.Said {
	case DamageSent:
		r.DaysSent++
	case DamageTried:
		r.DaysTried++
	case DamageSilent:
		r.Silent++
	default:
		r.Uncovered++
	}
}

func sumEnds(all, day map[leftTo]*leftEnd) {
	for k, e := range day {
		t := all[k]
		if t == nil {
			t = &leftEnd{first: e.first}
			all[k] = t
		}
		t.sent, t.received, t.flows = t.sent+e.sent, t.received+e.received, t.flows+e.flows
		t.first, t.last = min(t.first, e.first), max(t.last, e.last)
		t.name, t.app = cmp.Or(e.name, t.name), cmp.Or(e.app, t.app)
	}
}

// endsOf names far ends and puts the most bytes sent first.
func endsOf(ends map[leftTo]*leftEnd, know knowledge.Looker) []DamageEnd {
	out := make([]DamageEnd, 0, len(ends))
	for k, e := range ends {
		out = append(out, DamageEnd{
			Address: k.addr, Port: k.port, Protocol: transport(k.proto), Name: e.name, App: e.app, Cloud: cloudOf(know, e.name), Place: know.Where(k.addr),
			Sent: e.sent, Received: e.received, Flows: e.flows, First: moment(e.first), Last: moment(e.last),
		})
	}
	slices.SortFunc(out, func(a, b DamageEnd) int {
		return cmp.Or(cmp.Compare(b.Sent, a.Sent), a.Address.Compare(b.Address), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol))
	})
	return out
}

func cloudOf(know knowledge.Looker, name string) string {
	c, ok := know.Cloud(name)
	switch {
	case name == "" || !ok:
		return ""
	case c.Confidence == knowledge.Low:
		return "possibly " + c.Operator
	}
	return c.Operator
}

package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"cordon"
)

// maxNames bounds each table of names that is remembered: what is forgotten is looked up again.
const maxNames = 1 << 18

// names remembers the numbers that the database gave.
type names struct {
	sites   map[string]int64
	kinds   map[cordon.Kind]int64
	parties map[partyName]party
	ends    map[endName]end
	hosts   map[hostName]int64
}

// maxEnds bounds the far ends that are kept of one device in one hour; what goes beyond is added
// up without them. A camera knows some tens; a flood from made-up addresses brings any number.
const maxEnds = 512

// partyName is a device at a site.
type partyName struct {
	device string
	site   int64
}

// party is a device at a site by its number.
type party struct {
	id     int64
	hidden bool
}

// endName is all that tells two far ends apart.
type endName struct {
	far                       netip.Addr
	port                      uint16
	protocol, app, name, peer string
	place                     cordon.Place
	outside, opened           bool
}

// end is a far end by its number.
type end struct {
	id   int64
	last int64 // day
}

// hostName is whom facts are about.
type hostName struct {
	site  int64
	addr  netip.Addr
	mac   cordon.MAC
	other cordon.Key
}

func newNames() *names {
	return &names{
		sites: map[string]int64{}, kinds: map[cordon.Kind]int64{}, parties: map[partyName]party{},
		ends: map[endName]end{}, hosts: map[hostName]int64{},
	}
}

// take adds what a transaction learned.
func (n *names) take(fresh *names) {
	merge(n.sites, fresh.sites)
	merge(n.kinds, fresh.kinds)
	merge(n.parties, fresh.parties)
	merge(n.ends, fresh.ends)
	merge(n.hosts, fresh.hosts)
}

func merge[K comparable, V any](into, from map[K]V) {
	if len(into)+len(from) > maxNames {
		clear(into)
	}
	for k, v := range from {
		into[k] = v
	}
}

// number finds or makes a row: find and make both give its number.
func (x *tx) number(find string, key []any, make string, row []any) (id int64, err error) {
	err = x.row(find, key...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return x.insert(make, row...)
	}
	return id, err
}

// site is the number of a site's name.
func (x *tx) site(name string) (int64, error) {
	if id, ok := x.s.names.sites[name]; ok {
		return id, nil
	}
	if id, ok := x.fresh.sites[name]; ok {
		return id, nil
	}
	is := text(name)
	id, err := x.number("SELECT id FROM sites WHERE name = ?", []any{is}, "INSERT INTO sites (name) VALUES (?)", []any{is})
	if err != nil {
		return 0, fmt.Errorf("site: %w", err)
	}
	x.fresh.sites[name] = id
	return id, nil
}

// factKind is the number of a fact's kind.
func (x *tx) factKind(k cordon.Kind) (int64, error) {
	if id, ok := x.s.names.kinds[k]; ok {
		return id, nil
	}
	if id, ok := x.fresh.kinds[k]; ok {
		return id, nil
	}
	is := text(string(k))
	id, err := x.number("SELECT id FROM kinds WHERE name = ?", []any{is}, "INSERT INTO kinds (name) VALUES (?)", []any{is})
	if err != nil {
		return 0, fmt.Errorf("kind: %w", err)
	}
	x.fresh.kinds[k] = id
	return id, nil
}

// party is the number of a device at a site.
func (x *tx) party(n partyName) (party, error) {
	if p, ok := x.s.names.parties[n]; ok {
		return p, nil
	}
	if p, ok := x.fresh.parties[n]; ok {
		return p, nil
	}
	is, p, hidden := text(n.device), party{}, 0
	err := x.row("SELECT id, hidden FROM parties WHERE device = ? AND site = ?", is, n.site).Scan(&p.id, &hidden)
	if errors.Is(err, sql.ErrNoRows) {
		hidden = x.s.list.hidden(is)
		p.id, err = x.insert("INSERT INTO parties (device, site, hidden) VALUES (?, ?, ?)", is, n.site, hidden)
	}
	if err != nil {
		return p, fmt.Errorf("party: %w", err)
	}
	p.hidden = hidden != 0
	x.fresh.parties[n] = p
	return p, nil
}

// Bits of ends.flags.
const (
	flagOutside = 1
	flagOpened  = 2
)

func (n endName) flags() (f int64) {
	if n.outside {
		f |= flagOutside
	}
	if n.opened {
		f |= flagOpened
	}
	return f
}

// admit is the number of the far end of a row of hours, or 0 when its device has met too many
// others in that hour.
func (x *tx) admit(k hourKey, n endName) (int64, error) {
	e, ok := x.s.names.ends[n]
	if !ok || len(x.fresh.ends) > 0 {
		if f, is := x.fresh.ends[n]; is {
			e, ok = f, true
		}
	}
	if !ok && x.s.crowd.full(k) {
		return 0, nil
	}
	day := k.hour / 24
	if !ok || e.last < day {
		var err error
		if e, err = x.meetEnd(e, ok, n, day); err != nil {
			return 0, fmt.Errorf("far end: %w", err)
		}
	}
	k.far = e.id
	ok, first := x.s.crowd.admit(k)
	if !ok {
		return 0, nil
	}
	if first {
		x.crowded = append(x.crowded, k)
	}
	return e.id, nil
}

// meetEnd finds or makes a far end, and keeps that it was met on a day.
func (x *tx) meetEnd(e end, known bool, n endName, day int64) (end, error) {
	var err error
	if !known {
		if e, err = x.findEnd(n, day); err != nil {
			return e, err
		}
	}
	if e.last < day {
		e.last = day
		if _, err = x.exec("UPDATE ends SET last = ? WHERE id = ?", day, e.id); err != nil {
			return e, err
		}
	}
	x.fresh.ends[n] = e
	return e, nil
}

// findEnd finds or makes the row of a far end.
func (x *tx) findEnd(n endName, day int64) (e end, err error) {
	far, f := n.far.AsSlice(), n.flags()
	if far == nil {
		far = []byte{}
	}
	protocol, app, name, peer, place := text(n.protocol), text(n.app), text(n.name), text(n.peer), n.place
	place.Country, place.Operator, place.Network = text(place.Country), text(place.Operator), text(place.Network)
	m := mark(string(far), strconv.Itoa(int(n.port)), protocol, app, name, peer, place.Country, place.Operator,
		strconv.FormatUint(uint64(place.ASN), 10), place.Network, strconv.FormatInt(f, 10))
	err = x.row("SELECT id, last FROM ends WHERE mark = ?", m).Scan(&e.id, &e.last)
	if !errors.Is(err, sql.ErrNoRows) {
		return e, err
	}
	e.last = day
	e.id, err = x.insert(`INSERT INTO ends (mark, far, port, protocol, app, name, country, operator, asn, network, peer, flags, last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m, far, int64(n.port), protocol, app, name, place.Country, place.Operator, int64(place.ASN), place.Network, peer, f, day)
	return e, err
}

// addressBytes is an address as the hosts table has it, with its zone behind; never nil.
func addressBytes(a netip.Addr) []byte {
	return append(append([]byte{}, a.AsSlice()...), a.Zone()...)
}

// host is the number of whom facts are about.
func (x *tx) host(n hostName) (int64, error) {
	if id, ok := x.s.names.hosts[n]; ok {
		return id, nil
	}
	if id, ok := x.fresh.hosts[n]; ok {
		return id, nil
	}
	addr, mac := addressBytes(n.addr), n.mac[:]
	m := mark(strconv.FormatInt(n.site, 10), string(addr), string(mac), string(n.other.Kind), n.other.Value)
	id, err := x.number("SELECT id FROM hosts WHERE mark = ?", []any{m},
		"INSERT INTO hosts (mark, site, addr, mac, kind, value) VALUES (?, ?, ?, ?, ?, ?)",
		[]any{m, n.site, addr, mac, text(string(n.other.Kind)), []byte(n.other.Value)})
	if err != nil {
		return 0, fmt.Errorf("host: %w", err)
	}
	x.fresh.hosts[n] = id
	return id, nil
}

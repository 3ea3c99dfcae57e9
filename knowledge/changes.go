package knowledge

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// How an entry differs between two Bases.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
)

// EntryChange is one entry that one Base has and the other has not, or has otherwise.
type EntryChange struct {
	Subject string        `json:"subject"` // lists, makers, brands, clouds, weaknesses, rules, ports, passwords, firmware
	ID      string        `json:"id"`
	Name    string        `json:"name,omitempty"`    // as people know it
	How     string        `json:"how"`               // Added, Changed or Removed
	Entries []EntryChange `json:"entries,omitempty"` // of a list that changed: the companies on it
}

// Compare lists what differs between two Bases, by subject and id: what an owner is shown
// before new knowledge is taken. Neither is changed. Tables of address blocks and places are
// the program's own and not compared.
func Compare(before, after *Base) []EntryChange {
	var out []EntryChange
	a, b := before.entries(), after.entries()
	for i := range a {
		out = append(out, compareSubject(a[i], b[i])...)
	}
	for i := range out {
		if c := &out[i]; c.Subject == "lists" && c.How == Changed {
			c.Entries = compareSubject(before.companies(c.ID), after.companies(c.ID))
		}
	}
	return out
}

// subject is the entries of one subject by id, each as text that differs when they do.
type subject struct {
	name    string
	entries map[string]string
	titles  map[string]string
}

func newSubject(name string) subject {
	return subject{name, map[string]string{}, map[string]string{}}
}

// put keeps an entry; one more of an id that is there already stands beside it.
func (s subject) put(id, title string, entry any) {
	text, err := json.Marshal(entry)
	if err != nil {
		return // entries are plain structs
	}
	for n, at := 2, id; ; n++ {
		if _, taken := s.entries[at]; !taken {
			s.entries[at], s.titles[at] = string(text), title
			return
		}
		at = id + " #" + strconv.Itoa(n)
	}
}

func compareSubject(a, b subject) []EntryChange {
	ids := maps.Clone(a.entries)
	maps.Copy(ids, b.entries)
	var out []EntryChange
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		was, had := a.entries[id]
		is, has := b.entries[id]
		c := EntryChange{Subject: a.name, ID: id, Name: cmp.Or(b.titles[id], a.titles[id])}
		switch {
		case !had:
			c.How = Added
		case !has:
			c.How = Removed
		case was != is:
			c.How = Changed
		default:
			continue
		}
		out = append(out, c)
	}
	return out
}

// entries are all subjects, always in the same order.
func (b *Base) entries() []subject {
	lists, makers, brands := newSubject("lists"), newSubject("makers"), newSubject("brands")
	clouds, weak, rules := newSubject("clouds"), newSubject("weaknesses"), newSubject("rules")
	ports, passwords, firmware := newSubject("ports"), newSubject("passwords"), newSubject("firmware")
	for _, l := range b.lists {
		lists.put(l.ID, l.Instrument, l)
	}
	for _, m := range b.Makers() {
		makers.put(m.ID, m.Name, m)
	}
	for _, r := range b.AllRelations() {
		brands.put(r.Brand+" by "+r.Maker, r.Scope, r)
	}
	for _, c := range b.Clouds() {
		clouds.put(c.Domain, c.Operator, c)
	}
	for _, w := range b.weaknesses {
		weak.put(w.CVE+" "+w.Maker, w.Type, w)
	}
	for _, r := range b.rules {
		flat := *r
		flat.File = ""
		rules.put(r.ID, r.Note, flat)
	}
	for _, p := range b.Ports() {
		ports.put(p.Proto+"/"+strconv.Itoa(int(p.Port)), p.Name, p)
	}
	for _, p := range b.AllPasswords() {
		passwords.put(strings.Join(strings.Fields(p.Vendor+" "+p.Product+" "+p.Protocol+" "+p.User), " "), "", p)
	}
	for _, r := range b.releases {
		firmware.put(r.Maker+" "+r.Model, r.Version, r)
	}
	return []subject{lists, makers, brands, clouds, weak, rules, ports, passwords, firmware}
}

// companies are the entries of one list.
func (b *Base) companies(list string) subject {
	s := newSubject("entries")
	for _, l := range b.lists {
		if l.ID != list {
			continue
		}
		for _, e := range l.Entries {
			name := ""
			if m := b.makers[e.Company]; m != nil {
				name = m.Name
			}
			s.put(e.Company, name, e)
		}
	}
	return s
}

package identify

import (
	"slices"

	"cordon"
	"cordon/knowledge"
)

// registrant is what the registered prefix of a device's address says.
type registrant struct {
	name  string        // as the registry writes it, empty when the address is not registered
	says  []evidence    // what rules make of the registered name
	hint  []evidence    // the maker of that name, if it is one
	alone cordon.Belief // about the maker, where nothing else is known
}

// nobody is the registrant of addresses that are not registered.
var nobody = &registrant{}

// Registered is whom the registry names for an address, empty for nobody.
func (id *Identifier) Registered(m cordon.MAC) string { return id.registrantOf(m).name }

// registrantOf looks an address up; the result is shared and must not be changed. Whoever
// asks for a device mostly asks twice.
func (id *Identifier) registrantOf(m cordon.MAC) *registrant {
	if id.lastOrg == nil || id.lastMAC != m {
		id.lastMAC, id.lastOrg = m, id.lookUp(m)
	}
	return id.lastOrg
}

func (id *Identifier) lookUp(m cordon.MAC) *registrant {
	org, ok := id.know.OUI(m)
	if !ok {
		return nobody
	}
	r := id.orgs[org.Prefix]
	if r == nil {
		r = &registrant{name: org.Name, says: id.fact(kindRegistrant, org.Name), hint: id.registered(org)}
		r.alone = possible(r.hint)
		id.orgs[org.Prefix] = r
	}
	return r
}

// belief is the caller's own copy of alone.
func (r *registrant) belief() cordon.Belief {
	b := r.alone
	b.Reasons = slices.Clone(b.Reasons)
	return b
}

// registered gives the hint of the address prefix.
func (id *Identifier) registered(org knowledge.Org) []evidence {
	maker, ok := id.know.MakerOfOrg(org.Name)
	if !ok {
		return nil
	}
	return []evidence{{
		field: fieldMaker, value: maker.Name, key: maker.ID, weight: ouiWeight,
		reason: cordon.Reason{
			Weight: ouiWeight, Channel: channelOUI, Trust: "medium", Source: "IEEE registration authority",
			Text: "its address prefix is registered to " + org.Name + " (never proof alone: modules carry their maker's prefix)", Value: org.Prefix,
		},
	}}
}

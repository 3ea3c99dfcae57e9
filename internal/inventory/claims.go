package inventory

import (
	"strings"

	"cordon"
)

// claimed finds for each line of the owner's inventory the device that it means, by MAC
// address, else by serial number, else by address; a device has one line, the first that
// fits best. Lines without a device come back in order. Units are named by their ids.
func (j *judge) claimed() (byUnit map[string]*cordon.Claim, unfound []cordon.Claim) {
	list := j.options.Claims
	if len(list) == 0 {
		return nil, nil
	}
	byUnit = map[string]*cordon.Claim{}
	found := make([]bool, len(list))
	for _, by := range []struct {
		units map[string][]string
		name  func(*cordon.Claim) string
	}{
		{j.macs(), func(c *cordon.Claim) string { return c.MAC.String() }},
		{j.serials(), j.hidden},
		{j.addresses(), func(c *cordon.Claim) string { return c.Address.String() }},
	} {
		for i := range list {
			found[i] = found[i] || take(byUnit, by.units[by.name(&list[i])], &list[i])
		}
	}
	for i := range list {
		if !found[i] {
			unfound = append(unfound, list[i])
		}
	}
	return byUnit, unfound
}

// take gives a claim to the first of the units that has none; false: all have one.
func take(byUnit map[string]*cordon.Claim, ids []string, c *cordon.Claim) bool {
	for _, id := range ids {
		if byUnit[id] == nil {
			byUnit[id] = c
			return true
		}
	}
	return false
}

// hidden is a claim's serial number as facts have it: hashed. Empty: none, or it cannot be hashed.
func (j *judge) hidden(c *cordon.Claim) string {
	if c.Serial == "" || j.options.Hide == nil {
		return ""
	}
	return j.options.Hide(c.Serial)
}

func (j *judge) macs() map[string][]string {
	out := map[string][]string{}
	for i := range j.units {
		if u := &j.units[i]; u.mac != (cordon.MAC{}) {
			name := u.mac.String()
			out[name] = append(out[name], u.id)
			for _, f := range j.further(u) {
				out[f.mac.String()] = append(out[f.mac.String()], u.id)
			}
		}
	}
	return out
}

func (j *judge) addresses() map[string][]string {
	out := map[string][]string{}
	for i := range j.units {
		for _, h := range j.units[i].hosts {
			if a := j.ledger.hosts.at(h).addr; a.IsValid() {
				name := a.WithZone("").String()
				out[name] = append(out[name], j.units[i].id)
			}
		}
	}
	return out
}

// serials indexes the devices by the hashed numbers that they told.
func (j *judge) serials() map[string][]string {
	l, out := j.ledger, map[string][]string{}
	for i := range j.units {
		for _, h := range j.units[i].hosts {
			for n := l.hosts.at(h).facts; n != 0; n = l.facts.at(n).next {
				if v := l.values.text[l.facts.at(n).value]; strings.Contains(v, hashMark) {
					out[v] = append(out[v], j.units[i].id)
				}
			}
		}
	}
	return out
}

// hashMark stands in every value that sensor.Secrets has hidden.
const hashMark = "…#"

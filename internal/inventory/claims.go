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
	for _, names := range []map[string][]string{j.macs(), j.serials(), j.addresses()} {
		for i := range list {
			if found[i] {
				continue
			}
			for _, id := range names[j.nameOf(&list[i], names)] {
				if byUnit[id] == nil {
					byUnit[id], found[i] = &list[i], true
					break
				}
			}
		}
	}
	for i := range list {
		if !found[i] {
			unfound = append(unfound, list[i])
		}
	}
	return byUnit, unfound
}

// nameOf is the name of a claim in one of the indexes, by what the index has.
func (j *judge) nameOf(c *cordon.Claim, in map[string][]string) string {
	for _, name := range []string{"mac " + c.MAC.String(), j.hidden(c.Serial), "address " + c.Address.String()} {
		if _, there := in[name]; there {
			return name
		}
	}
	return ""
}

// hidden is a serial number as facts have it: hashed.
func (j *judge) hidden(serial string) string {
	if serial == "" || j.options.Hide == nil {
		return ""
	}
	return "serial " + j.options.Hide(serial)
}

func (j *judge) macs() map[string][]string {
	out := map[string][]string{}
	for i := range j.units {
		if u := &j.units[i]; u.mac != (cordon.MAC{}) {
			name := "mac " + u.mac.String()
			out[name] = append(out[name], u.id)
		}
	}
	return out
}

func (j *judge) addresses() map[string][]string {
	out := map[string][]string{}
	for i := range j.units {
		for _, h := range j.units[i].hosts {
			if a := j.ledger.hosts.at(h).addr; a.IsValid() {
				name := "address " + a.WithZone("").String()
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
					out["serial "+v] = append(out["serial "+v], j.units[i].id)
				}
			}
		}
	}
	return out
}

// hashMark stands in every value that sensor.Secrets has hidden.
const hashMark = "…#"

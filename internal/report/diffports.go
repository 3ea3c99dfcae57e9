package report

import (
	"slices"

	"cordon"
)

// ports tells of open ports that differ among those that were tried both times: a port that was not
// asked is not closed, and one that was not asked before is not new.
func (d *DeviceChange) ports(before, after *cordon.Audit, was *cordon.Audited) {
	if len(was.Ports) == 0 || len(d.Device.Ports) == 0 { // of a capture there are none
		return
	}
	then, now := tried(before, was), tried(after, d.Device)
	both := func(open []uint16) []uint16 {
		return slices.DeleteFunc(slices.Clone(open), func(p uint16) bool { return !slices.Contains(then, p) || !slices.Contains(now, p) })
	}
	if from, to := both(was.Ports), both(d.Device.Ports); !slices.Equal(from, to) {
		d.Fields = append(d.Fields, FieldChange{"ports", portsText(from), portsText(to)})
	}
}

// tried gives the ports that the scans of a device's network asked it for. A scan that was interrupted
// may have left any of them out; it counts for those alone that were found open.
func tried(a *cordon.Audit, d *cordon.Audited) []uint16 {
	out := slices.Clone(d.Ports)
	for i := range a.Scans {
		if s := &a.Scans[i]; !s.Interrupted && covers(s, d) {
			out = append(out, s.Ports...)
		}
	}
	return out
}

// covers reports whether a scan's networks hold an address of the device.
func covers(s *cordon.Scan, d *cordon.Audited) bool {
	for _, i := range d.Interfaces {
		for _, addr := range i.Addrs {
			for _, p := range s.Networks {
				if p.Contains(addr.Unmap().WithZone("")) {
					return true
				}
			}
		}
	}
	return false
}

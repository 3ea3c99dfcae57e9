package inventory

import (
	"slices"
	"strconv"

	"cordon"
)

// ports gives the TCP ports of a device that accepted a scan, ascending; nil for none.
func ports(seen []cordon.Observation) []uint16 {
	var out []uint16
	for i := range seen {
		if seen[i].Kind != "tcp.open" {
			continue
		}
		if n, err := strconv.ParseUint(seen[i].Value, 10, 16); err == nil && n > 0 {
			out = append(out, uint16(n))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

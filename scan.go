package cordon

import (
	"net/netip"
	"time"
)

// Scan is one asking of a network.
type Scan struct {
	Networks    []netip.Prefix `json:"networks"`
	Pace        string         `json:"pace"`
	First       time.Time      `json:"first"`
	Last        time.Time      `json:"last"`
	Addresses   int            `json:"addresses"` // that were to be asked
	Swept       int            `json:"swept"`     // that were asked
	Alive       int            `json:"alive"`
	Asked       int            `json:"asked"`           // of those alive, whose interview came to its end
	Interview   bool           `json:"interview"`       // they were asked who they are, not only found
	Ports       []uint16       `json:"ports,omitempty"` // TCP ports that were tried of each that was alive, ascending; nil: not known
	Packets     uint64         `json:"packets_sent"`
	Connections uint64         `json:"connections"`
	Interrupted bool           `json:"interrupted,omitempty"`
	Lost        []string       `json:"lost,omitempty"` // what could not be done, and what is missing for it
}

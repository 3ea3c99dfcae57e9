package find

import (
	"cordon"
)

// Kind is cordon.Kind, which every file of this package names often.
type Kind = cordon.Kind

// Secret lists the kinds whose values open or name a device from afar: whoever
// stores such a value keeps Prefix(value) and a keyed hash of it, never the value.
var Secret = map[Kind]bool{
	"onvif.serial":     true,
	"upnp.serial":      true,
	"http.serial":      true,
	"gb28181.device":   true,
	"sadp.serial":      true,
	"dhip.serial":      true,
	"xm.serial":        true,
	"foscam.id":        true,
	"tplink.device_id": true,
	"tuya.id":          true,
	"pppp.id":          true,
	"tvt.serial":       true,
	"bosch.serial":     true,
	"sony.serial":      true,
	"gige.serial":      true,
	"vstarcam.id":      true,
	"reolink.id":       true,
	"miio.id":          true,
	"uniview.serial":   true,
	"v380.id":          true,
	"topsee.serial":    true,
	"topsee.id":        true,
	"gwell.id":         true,
}

// Prefix is the part of an identifier that names a product family and not the
// device: its leading letters where it has some ("VSTA" of "VSTA-123456-ABCDE"),
// else its first two characters; never more than a third of it.
func Prefix(id string) string {
	n := 0
	for n < len(id) && n < 8 && letter(id[n]) {
		n++
	}
	if n < 2 || n == 8 {
		n = 2
	}
	if n > len(id)/3 {
		n = len(id) / 3
	}
	for n > 0 && id[n] >= 0x80 && id[n] < 0xC0 { // not inside a rune
		n--
	}
	return id[:n]
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

package find

import (
	"bytes"
	"strings"
)

// onvifSettings reads answers that need the owner's account (ONVIF Device Management WSDL: GetUsers,
// GetNTP, GetDNS; Media WSDL: GetVideoAnalyticsConfigurations).
func (h *httpTalk) onvifSettings(b []byte) {
	xmlBlocks(b, "GetUsersResponse", func(r []byte) {
		xmlBlocks(r, "User", func(u []byte) { h.user(xmlText(u, "Username"), xmlText(u, "UserLevel")) })
	})
	xmlBlocks(b, "GetNTPResponse", func(r []byte) {
		for _, name := range [...]string{"NTPManual", "NTPFromDHCP"} {
			xmlBlocks(r, name, func(s []byte) {
				h.address("clock.ntp", orElse(xmlText(s, "DNSname"), xmlText(s, "IPv4Address")))
			})
		}
	})
	xmlBlocks(b, "GetDNSResponse", func(r []byte) {
		for _, name := range [...]string{"DNSManual", "DNSFromDHCP"} {
			xmlBlocks(r, name, func(s []byte) { h.address("net.dns", xmlText(s, "IPv4Address")) })
		}
	})
	xmlBlocks(b, "GetVideoAnalyticsConfigurationsResponse", func(r []byte) { moduleTypes(r, h.people) })
}

// moduleTypes calls do with the Type of each AnalyticsModule, an attribute.
func moduleTypes(b []byte, do func(kind string)) {
	for range maxBlocks {
		i := bytes.Index(b, []byte("AnalyticsModule "))
		if i < 0 {
			return
		}
		b = b[i:]
		tag := b[:min(len(b), maxTag)]
		if end := bytes.IndexByte(tag, '>'); end >= 0 {
			tag = tag[:end]
		}
		if _, rest, ok := bytes.Cut(tag, []byte(`Type="`)); ok {
			kind, _, _ := bytes.Cut(rest, []byte{'"'})
			kind = kind[bytes.LastIndexByte(kind, ':')+1:]
			do(strings.ToValidUTF8(string(kind), ""))
		}
		b = b[1:]
	}
}

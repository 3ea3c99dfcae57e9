package find

import (
	"strconv"
	"strings"
)

// onvifSettings reads answers that need the owner's account (ONVIF Device Management WSDL: GetUsers,
// GetNTP, GetDNS; Media WSDL: GetVideoAnalyticsConfigurations, GetVideoSources, GetProfiles).
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
	xmlBlocks(b, "GetVideoSourcesResponse", func(r []byte) {
		sources := 0
		xmlBlocks(r, "VideoSources", func([]byte) { sources++ })
		if sources > 0 {
			h.emit(h.server, "onvif.sources", strconv.Itoa(sources))
		}
	})
	xmlBlocks(b, "GetProfilesResponse", func(r []byte) { // a profile that carries sound says how it is encoded
		xmlBlocks(r, "AudioEncoderConfiguration", func(e []byte) { h.emit(h.server, "onvif.audio", word(xmlText(e, "Encoding"))) })
	})
	xmlBlocks(b, "GetVideoAnalyticsConfigurationsResponse", func(r []byte) { moduleTypes(r, h.people) })
}

// moduleTypes calls do with the Type of each AnalyticsModule, an attribute, without its prefix.
func moduleTypes(b []byte, do func(kind string)) {
	eachTag(b, func(tag []byte) {
		if n := localName(tag, "AnalyticsModule"); n >= 0 {
			kind := tagAttr(tag[n:min(len(tag), maxTag)], "Type")
			do(kind[strings.LastIndexByte(kind, ':')+1:])
		}
	})
}

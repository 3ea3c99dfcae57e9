package find

import (
	"bytes"
	"strings"
)

var igdWords = [...][]byte{[]byte("GetGenericPortMappingEntryResponse"), []byte("GetSpecificPortMappingEntryResponse"), []byte("GetExternalIPAddressResponse")}

// igdReply hears what a router says of its port mappings (UPnP WANIPConnection:2, sections
// 2.5.14, 2.5.15 and 2.5.20); false where b is no such answer.
func (h *httpTalk) igdReply(b []byte) bool {
	head := b[:min(len(b), 2048)]
	switch {
	case bytes.Contains(head, igdWords[0]), bytes.Contains(head, igdWords[1]):
		h.mapping(b)
	case bytes.Contains(head, igdWords[2]):
		h.emit(h.server, "igd.external", textIP(xmlText(b, "NewExternalIPAddress")))
	default:
		return false
	}
	return true
}

// mapping emits "tcp 554 -> 192.168.8.21:554 camera" for a mapping that is in force.
func (h *httpTalk) mapping(b []byte) {
	carrier := strings.ToLower(xmlText(b, "NewProtocol"))
	outer, inner := xmlText(b, "NewExternalPort"), xmlText(b, "NewInternalPort")
	client := textIP(xmlText(b, "NewInternalClient"))
	if carrier != "tcp" && carrier != "udp" || !portNumber(outer) || !portNumber(inner) || client == "" || xmlText(b, "NewEnabled") == "0" {
		return
	}
	if strings.Contains(client, ":") {
		client = "[" + client + "]"
	}
	about := xmlText(b, "NewPortMappingDescription")
	if len(about) > 64 {
		about = about[:cut(about, 64)]
	}
	h.emit(h.server, "igd.mapping", strings.TrimSpace(carrier+" "+outer+" -> "+client+":"+inner+" "+about))
}

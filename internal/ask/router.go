package ask

import (
	"bytes"
	"strconv"
	"strings"
)

var routerQuestion = &Question{
	Name:   "router",
	Doc:    "asks the router, where it offers UPnP, which ports it has opened to the internet and for whom; opens and closes none",
	Source: "UPnP Forum WANIPConnection:2, sections 2.5.14 (GetGenericPortMappingEntry) and 2.5.20 (GetExternalIPAddress); WANPPPConnection:1",
	Ask:    askRouter,
}

// maxMappings is how many port mappings are read: home routers hold 16 to 32.
const maxMappings = 24

// gateway is where the router is asked, and as which service.
type gateway struct {
	place
	service string
}

func askRouter(h *Host) []Request {
	g, ok := h.gateway()
	if !ok {
		return nil
	}
	out := []Request{h.igd(g, "GetExternalIPAddress", "", "")}
	for i := range maxMappings {
		n := strconv.Itoa(i)
		r := h.igd(g, "GetGenericPortMappingEntry", "<NewPortMappingIndex>"+n+"</NewPortMappingIndex>", n)
		out = append(out, r)
		if a, ok := h.heardHTTP(r.Name); !ok || a.status != 200 {
			break // not asked yet, or the end of the list (error 713)
		}
	}
	return out
}

// gateway finds the service in the descriptions that the router gave of itself.
func (h *Host) gateway() (gateway, bool) {
	for _, r := range h.descriptions() {
		a, ok := h.heardHTTP(r.Name)
		if !ok || a.status != 200 {
			continue
		}
		base := place{r.Carrier, r.Port, "/"}
		if g, ok := h.service(a.content(), base); ok {
			return g, true
		}
	}
	return gateway{}, false
}

// service looks for the connection service and its control path.
func (h *Host) service(description []byte, base place) (gateway, bool) {
	for range 64 {
		kind, rest := nextElement(description, "serviceType")
		if rest == nil {
			break
		}
		description = rest
		end := bytes.Index(rest, []byte("</service>"))
		if end < 0 || !connectionService(kind) {
			continue
		}
		control := element(rest[:end], "controlURL")
		if control != "" && !strings.HasPrefix(control, "/") && !strings.Contains(control, "://") {
			control = "/" + control
		}
		if p, ok := h.place(control, base); ok {
			return gateway{p, kind}, true
		}
	}
	return gateway{}, false
}

// connectionService reports whether a service type is one of those with port mappings.
func connectionService(kind string) bool {
	for _, k := range []string{"WANIPConnection", "WANPPPConnection"} {
		for _, v := range []string{":1", ":2"} {
			if kind == "urn:schemas-upnp-org:service:"+k+v {
				return true
			}
		}
	}
	return false
}

// igd makes one call of the router's (UPnP Device Architecture 2.0, section 3.1.1).
func (h *Host) igd(g gateway, call, inside, suffix string) Request {
	body := `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:` +
		call + ` xmlns:u="` + g.service + `">` + inside + `</u:` + call + `></s:Body></s:Envelope>`
	fields := "Content-Type: text/xml; charset=\"utf-8\"\r\nSOAPAction: \"" + g.service + "#" + call + "\"\r\n"
	return Request{Name: strings.TrimSpace("igd " + portText(g.port) + " " + call + " " + suffix), Carrier: g.carrier, Port: g.port,
		Send: h.head("POST", g.place, fields, []byte(body)), Turn: answered()}
}

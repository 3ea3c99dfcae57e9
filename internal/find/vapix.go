package find

import (
	"bytes"
	"strings"
)

// axisNames are parameters of Axis devices (VAPIX Parameter management: param.cgi?action=list).
var axisNames = map[string]struct {
	kind Kind
	name string // of the switch; empty: the value is passed on
}{
	"root.time.ntp.server": {"clock.ntp", ""}, "root.network.resolver.nameserver1": {"net.dns", ""}, "root.network.resolver.nameserver2": {"net.dns", ""},
	"root.network.upnp.enabled": {"service.enabled", "upnp"}, "root.network.ftp.enabled": {"service.enabled", "ftp"}, "root.network.ssh.enabled": {"service.enabled", "ssh"},
	"root.remoteservice.enabled": {"cloud.enabled", "AXIS O3C"}, // the parameter's name (guess)
}

// axisSettings reads parameters and user groups (VAPIX User management: pwdgrp.cgi?action=get, one
// group="name,name" a line).
func (h *httpTalk) axisSettings(b []byte) {
	if leadByte(b) == '<' {
		h.axisLists(b)
		return
	}
	for range 512 {
		if len(b) == 0 {
			return
		}
		var line []byte
		line, b, _ = bytes.Cut(b, newline)
		name, value, ok := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 512)])), "=")
		if !ok {
			continue
		}
		name = strings.ToLower(name)
		if x, ok := axisNames[name]; ok {
			if x.name == "" {
				h.address(x.kind, value)
			} else {
				h.switchedOn(x.kind, x.name, value)
			}
		}
		if name == "admin" || name == "operator" || name == "viewer" {
			for _, user := range strings.Split(strings.Trim(value, `"`), ",") {
				h.user(user, name)
			}
		}
	}
}

// axisLists reads lists whose items are empty elements: memory cards (VAPIX Edge storage:
// disks/list.cgi, sizes in kB) and applications (VAPIX Applications: applications/list.cgi), of which the
// running ones may be told by their names to look at people.
func (h *httpTalk) axisLists(b []byte) {
	eachTag(b, func(tag []byte) {
		tag = tag[:min(len(tag), maxTag)]
		if n := localName(tag, "disk"); n >= 0 {
			if state := tagAttr(tag[n:], "status"); state != "" && !equalFold([]byte(state), "disconnected") {
				h.emit(h.server, "storage.card", word(tagAttr(tag[n:], "diskid"))+" "+word(state))
			}
		} else if n := localName(tag, "application"); n >= 0 && tagAttr(tag[n:], "Status") == "Running" {
			h.people(tagAttr(tag[n:], "NiceName"))
		}
	})
}

package find

import (
	"bytes"
	"strings"
	"time"
)

// isapiSettings reads answers of Hikvision's ISAPI (developer guide: XML_UserList, XML_IllegalLoginLock,
// XML_AdminAccessProtocolList, XML_EZVIZ, XML_Time, XML_NTPServerList, XML_NetworkInterfaceList, XML_storage,
// XML_InputProxyChannelList), told apart by their root; the fields of the log are a guess after the guide's search.
func (h *httpTalk) isapiSettings(a httpAsked, b []byte) {
	on := xmlText(b, "enabled")
	switch root := xmlRoot(b); root {
	case "userlist":
		xmlBlocks(b, "User", func(u []byte) { h.user(xmlText(u, "userName"), xmlText(u, "userLevel")) })
	case "onlineuserlist":
		xmlBlocks(b, "OnlineUser", h.isapiSession)
	case "illegalloginlock":
		if onWord(on) {
			h.number("auth.limit", xmlText(b, "maxIllegalLoginTimes"))
			h.number("auth.window", xmlText(b, "maxIllegalLoginLockTime"))
		}
	case "adminaccessprotocollist":
		xmlBlocks(b, "AdminAccessProtocol", func(p []byte) {
			h.switchedOn("service.enabled", strings.ToLower(word(xmlText(p, "protocol"))), xmlText(p, "enabled"))
		})
	case "ezviz":
		h.switchedOn("cloud.enabled", isapiCloud(b), on)
	case "upnp", "ssh":
		h.switchedOn("service.enabled", root, on)
	case "telnetd":
		h.switchedOn("service.enabled", "telnet", on)
	case "time":
		if t, err := time.Parse(time.RFC3339, xmlText(b, "localTime")); err == nil {
			h.emit(h.server, "http.time", t.UTC().Format(time.RFC3339))
		}
	case "ntpserverlist", "ntpserver":
		xmlBlocks(b, "NTPServer", func(s []byte) { h.address("clock.ntp", orElse(xmlText(s, "hostName"), xmlText(s, "ipAddress"))) })
	case "networkinterfacelist":
		for _, name := range [...]string{"PrimaryDNS", "SecondaryDNS"} {
			xmlBlocks(b, name, func(s []byte) { h.address("net.dns", xmlText(s, "ipAddress")) })
		}
	case "storage":
		xmlBlocks(b, "hdd", func(d []byte) {
			h.emit(h.server, "storage.card", word(xmlText(d, "hddName"))+" "+word(xmlText(d, "status"))+" "+word(xmlText(d, "capacity"))+" MB")
		})
	case "inputproxychannellist":
		xmlBlocks(b, "InputProxyChannel", h.isapiChannel)
	case "inputproxychannelstatuslist":
		xmlBlocks(b, "InputProxyChannelStatus", func(c []byte) {
			state := "offline"
			if onWord(xmlText(c, "online")) {
				state = "online"
			}
			h.emit(h.server, "recorder.status", word(xmlText(c, "id"))+" "+state)
		})
	case "cmsearchresult":
		xmlBlocks(b, "searchMatchItem", h.isapiLog)
	default:
		if strings.Contains(root, "face") && onWord(on) && !strings.Contains(a.path, "capabilities") {
			h.emit(h.server, "analytics.people", "face")
			eachTrue(b, h.people)
		}
	}
}

func (h *httpTalk) isapiSession(u []byte) {
	h.emit(h.server, "auth.session", word(xmlText(u, "ipAddress"))+" "+word(xmlText(u, "userName")))
}

func (h *httpTalk) isapiChannel(c []byte) {
	h.channel(channel{number: xmlText(c, "id"), address: xmlText(c, "ipAddress"), mac: xmlText(c, "macAddress"), model: xmlText(c, "model"),
		firmware: xmlText(c, "firmwareVersion"), protocol: orElse(xmlText(c, "proxyProtocol"), xmlText(c, "adminProtocol")), name: xmlText(c, "name")})
}

// isapiLog takes the log-ins out of the log of operations; logins that were refused stand there as illegal.
func (h *httpTalk) isapiLog(item []byte) {
	what := strings.ToLower(xmlText(item, "metaId"))
	if !strings.Contains(what, "login") && !strings.Contains(what, "illegal") {
		return
	}
	from := orElse(xmlText(item, "ipAddress"), xmlText(item, "remoteHostAddr"))
	h.access(xmlText(item, "StartDateTime"), from, xmlText(item, "userName"), !strings.Contains(what, "illegal") && !strings.Contains(what, "fail"))
}

// isapiCloud names the cloud by the server that the device reports to; the words in its name are a guess.
func isapiCloud(b []byte) string {
	switch host := strings.ToLower(xmlText(b, "hostName")); {
	case strings.Contains(host, "ezviz"):
		return "EZVIZ"
	case strings.Contains(host, "guarding"):
		return "Guarding Vision"
	}
	return "Hik-Connect"
}

// number passes on a small decimal number.
func (h *httpTalk) number(kind Kind, s string) {
	if s = strings.TrimSpace(s); len(s) <= 8 && allDigits(s) {
		h.emit(h.server, kind, s)
	}
}

// eachTrue calls do with the name, prefix and all, of each element whose text is "true".
func eachTrue(b []byte, do func(name string)) {
	eachTag(b, func(tag []byte) {
		end := bytes.IndexByte(tag[:min(len(tag), maxTag)], '>')
		if end < 0 {
			return
		}
		if text := tag[end+1:]; len(text) >= 5 && equalFold(text[:4], "true") && text[4] == '<' {
			name, _, _ := bytes.Cut(tag[:end], []byte{' '})
			do(string(name))
		}
	})
}

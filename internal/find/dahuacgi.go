package find

import (
	"bytes"
	"sort"
	"strconv"
	"strings"
)

// dahuaSettings reads answers of one name=value a line (Dahua HTTP API: userManager, configManager, log,
// storageDevice). Lines of one item stand together under its name: "users[0].Name=admin".
func (h *httpTalk) dahuaSettings(b []byte) {
	items := map[string]map[string]string{} // "users[0]" -> name -> value
	for range 2048 {
		if len(b) == 0 || len(items) > maxBlocks {
			break
		}
		var line []byte
		line, b, _ = bytes.Cut(b, newline)
		name, value, ok := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 512)])), "=")
		if ok {
			h.dahuaLine(strings.TrimPrefix(name, "table."), value, items)
		}
	}
	h.dahuaLock(items["General"])
	names := make([]string, 0, len(items))
	for name := range items {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		h.dahuaItem(name, items[name])
	}
}

// dahuaSwitches are settings that say by themselves that something is on.
var dahuaSwitches = map[string]struct {
	kind Kind
	name string
}{
	"T2UServer.Enable": {"cloud.enabled", "P2P"}, "Telnet.Enable": {"service.enabled", "telnet"},
	"SSHD.Enable": {"service.enabled", "ssh"}, "UPnP.Enable": {"service.enabled", "upnp"},
}

// dahuaLine takes one setting: at once where it stands for itself, else into its item.
func (h *httpTalk) dahuaLine(name, value string, items map[string]map[string]string) {
	if s, ok := dahuaSwitches[name]; ok {
		h.switchedOn(s.kind, s.name, value)
		return
	}
	if strings.HasPrefix(name, "Network.") && strings.Contains(name, ".DnsServers[") {
		h.address("net.dns", value)
		return
	}
	item, field := name, ""
	if i := strings.Index(name, "].Detail"); strings.HasPrefix(name, "items[") && i > 0 {
		item, field = name[:i+1], name[i+2:]
	} else if i := strings.LastIndex(name, "]."); strings.HasPrefix(name, "VideoAnalyseRule[") && strings.Contains(name, "].Config") {
		i = strings.Index(name, "].Config")
		item, field = name[:i+1], name[i+2:]
	} else if i > 0 {
		item, field = name[:i+1], name[i+2:]
	} else if i := strings.LastIndexByte(name, '.'); i > 0 {
		item, field = name[:i], name[i+1:]
	}
	if items[item] == nil {
		items[item] = map[string]string{}
	}
	if len(items[item]) < 64 {
		items[item][strings.ToLower(field)] = value
	}
}

// dahuaLock: the lock-out rule stands in General (seen in public integrations: LockLoginEnable=true,
// LockLoginTimes=5, LoginFailLockTime=1800).
func (h *httpTalk) dahuaLock(general map[string]string) {
	if onWord(general["lockloginenable"]) {
		h.number("auth.limit", general["locklogintimes"])
		h.number("auth.window", general["loginfaillocktime"])
	}
}

func (h *httpTalk) dahuaItem(name string, v map[string]string) {
	switch {
	case strings.HasPrefix(name, "users["):
		if from := orElse(v["clientaddress"], v["clientip"]); from != "" { // a session's keys (guess)
			h.emit(h.server, "auth.session", word(from)+" "+word(v["name"]))
			return
		}
		h.user(v["name"], v["group"])
	case strings.HasPrefix(name, "RemoteDevice."):
		if !onWord(v["enable"]) || v["address"] == "192.168.0.0" { // an empty place is filled so
			return
		}
		number := name[strings.LastIndexByte(name, '_')+1:]
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < maxBlocks {
			number = strconv.Itoa(n + 1) // places are counted from 0, channels from 1
		}
		h.channel(channel{number: number, address: v["address"], mac: v["mac"], model: v["devicetype"], firmware: v["version"], protocol: v["protocoltype"], name: v["name"]})
	case strings.HasPrefix(name, "items["):
		if what := strings.ToLower(v["type"]); strings.HasPrefix(what, "login") {
			h.access(v["time"], v["detail.address"], v["user"], what == "login")
		}
	case strings.HasPrefix(name, "VideoAnalyseRule["):
		h.dahuaRule(v)
	case strings.HasPrefix(name, "list.info[") && v["name"] != "":
		h.emit(h.server, "storage.card", word(v["name"])+" "+word(v["state"]))
	case name == "NTP":
		if onWord(v["enable"]) {
			h.address("clock.ntp", v["address"])
		}
	}
}

// dahuaRule: a rule that is on, its class, and what it is told to look for. That the class of face rules
// has the word, and features stand in FeatureList, is a guess.
func (h *httpTalk) dahuaRule(v map[string]string) {
	if !onWord(v["enable"]) {
		return
	}
	if strings.Contains(strings.ToLower(v["class"]), "face") {
		h.emit(h.server, "analytics.people", "face")
	}
	features := make([]string, 0, 8)
	for name, value := range v {
		if strings.Contains(name, "featurelist[") {
			features = append(features, value)
		}
	}
	sort.Strings(features)
	for _, f := range features {
		h.people(f)
	}
}

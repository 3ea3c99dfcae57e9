package ask

import (
	"strconv"
	"strings"
	"time"
)

// read is one page that is read with the owner's account.
type read struct {
	name   string // "users"
	path   string
	fields string
	body   string // with one it is a POST: a search, which changes nothing
}

// The pages of Hikvision's ISAPI (developer guide; the paths with what they answer are quoted in
// public integrations, e.g. github.com/Supergiovane/node-red-contrib-hikvision-ultimate). The first is
// the one whose answer proves the log-in.
var isapiReads = []read{
	{name: "device", path: "/ISAPI/System/deviceInfo"},
	{name: "lock rule", path: "/ISAPI/Security/illegalLoginLock"},
	{name: "users", path: "/ISAPI/Security/users"},
	{name: "sessions", path: "/ISAPI/Security/onlineUser"},
	{name: "services", path: "/ISAPI/Security/adminAccesses"},
	{name: "cloud", path: "/ISAPI/System/Network/EZVIZ"},
	{name: "upnp", path: "/ISAPI/System/Network/UPnP"},
	{name: "ssh", path: "/ISAPI/System/Network/ssh"},
	{name: "telnet", path: "/ISAPI/System/Network/telnetd"},
	{name: "clock", path: "/ISAPI/System/time"},
	{name: "time servers", path: "/ISAPI/System/time/ntpServers"},
	{name: "network", path: "/ISAPI/System/Network/interfaces"},
	{name: "storage", path: "/ISAPI/ContentMgmt/Storage"},
	{name: "channels", path: "/ISAPI/ContentMgmt/InputProxy/channels"},
	{name: "channel status", path: "/ISAPI/ContentMgmt/InputProxy/channels/status"},
	{name: "face detection", path: "/ISAPI/Smart/FaceDetect/1"},
	// Where the face rules are below Intelligent is a guess: no document of theirs was read.
	{name: "face capture", path: "/ISAPI/Intelligent/channels/1/faceRule"},
	{name: "people analytics", path: "/ISAPI/Intelligent/channels/1/faceContrast"},
}

// The pages of Dahua's HTTP API (HTTP API of IPC/NVR, chapters magicBox, userManager, configManager, log).
// The lock-out rule stands in General (LockLoginTimes, LoginFailLockTime); LoginFailureAlarm tells only
// whether the device raises an alarm of its own, by public integrations that read both.
var dahuaReads = []read{
	{name: "device", path: "/cgi-bin/magicBox.cgi?action=getSystemInfo"},
	{name: "lock rule", path: config("General")},
	{name: "firmware", path: "/cgi-bin/magicBox.cgi?action=getSoftwareVersion"},
	{name: "vendor", path: "/cgi-bin/magicBox.cgi?action=getVendor"},
	{name: "users", path: "/cgi-bin/userManager.cgi?action=getUserInfoAll"},
	{name: "sessions", path: "/cgi-bin/userManager.cgi?action=getActiveUserInfoAll"},
	{name: "cloud", path: config("T2UServer")},
	{name: "telnet", path: config("Telnet")},
	{name: "ssh", path: config("SSHD")},
	{name: "upnp", path: config("UPnP")},
	{name: "time servers", path: config("NTP")},
	{name: "clock", path: "/cgi-bin/global.cgi?action=getCurrentTime"},
	{name: "network", path: config("Network")},
	{name: "storage", path: "/cgi-bin/storageDevice.cgi?action=getDeviceAllInfo"},
	{name: "channels", path: config("RemoteDevice")},
	{name: "people analytics", path: config("VideoAnalyseRule")},
}

func config(name string) string { return "/cgi-bin/configManager.cgi?action=getConfig&name=" + name }

// The pages of Axis (VAPIX: Basic device information, Parameter management, User management, Applications,
// Edge storage, Audit log). Older firmware has no audit log and answers 404; its accesslog.cgi is not
// asked for: what its lines look like is nowhere described.
var axisReads = []read{
	{name: "device", path: "/axis-cgi/basicdeviceinfo.cgi", fields: jsonField, body: `{"apiVersion":"1.0","context":"cordon","method":"getAllProperties"}`},
	{name: "users", path: "/axis-cgi/pwdgrp.cgi?action=get"},
	{name: "network", path: "/axis-cgi/param.cgi?action=list&group=root.Network"},
	{name: "cloud", path: "/axis-cgi/param.cgi?action=list&group=root.RemoteService"}, // the group's name (guess)
	{name: "clock", path: "/axis-cgi/param.cgi?action=list&group=root.Time"},
	{name: "storage", path: "/axis-cgi/disks/list.cgi?diskid=all"},
	{name: "people analytics", path: "/axis-cgi/applications/list.cgi"},
	{name: "log of log-ins", path: "/axis-cgi/auditlog.cgi?tail=80"}, // lines of 130 bytes or so, of which find reads 16 KiB
}

// The pages of Uniview's LAPI (the first two as Apache HertzBeat asks them, app-uniview.yml, the third as public
// integrations of Uniview recorders do).
var lapiReads = []read{
	{name: "device", path: "/LAPI/V1.0/System/DeviceInfo"},
	{name: "time servers", path: "/LAPI/V1.0/System/Time/NTP"},
	{name: "channels", path: "/LAPI/V1.0/Channels/System/ChannelDetailInfos"},
}

// readsOf gives the pages of a family; those that depend on an earlier answer come when it is there.
func (h *Host) readsOf(f family) []read {
	switch f {
	case hikvision:
		return append(isapiReads[:len(isapiReads):len(isapiReads)], h.isapiLog()...)
	case dahua:
		return append(dahuaReads[:len(dahuaReads):len(dahuaReads)], h.dahuaLog()...)
	case axis:
		return axisReads
	case uniview:
		return lapiReads
	}
	return nil
}

// logSpan is how far back the device's own log of log-ins is read, logLines how much of it at a time (a page
// of ISAPI's is then 12 KiB, of which find reads 16), and logPages how many times at most.
const (
	logSpan  = 7 * 24 * time.Hour
	logLines = 40
	logPages = 8
)

// isapiLog searches the log of operations, where log-ins stand, of the last week by the device's clock.
// The guide spells "Postion" so, and devices refuse the right spelling.
func (h *Host) isapiLog() []read {
	at, ok := h.deviceTime(" clock", "localTime", time.RFC3339)
	if !ok {
		return nil
	}
	const form = "2006-01-02T15:04:05Z"
	var out []read
	for page := range logPages {
		out = append(out, read{name: logPage(page), path: "/ISAPI/ContentMgmt/logSearch", fields: "Content-Type: application/xml\r\n", body: `<?xml version="1.0" encoding="utf-8"?>` +
			`<CMSearchDescription><searchID>C0BD0000-0000-4000-8000-000000000001</searchID><metaId>log.std-cgi.com</metaId><timeSpanList><timeSpan><startTime>` +
			at.Add(-logSpan).Format(form) + `</startTime><endTime>` + at.Format(form) + `</endTime></timeSpan></timeSpanList><maxResults>` + strconv.Itoa(logLines) +
			`</maxResults><searchResultPostion>` + strconv.Itoa(page*logLines) + `</searchResultPostion></CMSearchDescription>`})
		if a, ok := h.ownAnswer(" " + logPage(page)); !ok || !strings.EqualFold(element(a.content(), "responseStatusStrg"), "MORE") {
			break
		}
	}
	return out
}

// logPage names a part of the log, counted from 0.
func logPage(n int) string {
	if n == 0 {
		return "log of log-ins"
	}
	return "log of log-ins " + strconv.Itoa(n+1)
}

// dahuaLog opens a search of the log, reads it, and closes the search again: three requests.
func (h *Host) dahuaLog() []read {
	at, ok := h.deviceTime(" clock", "result", "2006-01-02 15:04:05")
	if !ok {
		return nil
	}
	const form = "2006-01-02%2015:04:05"
	out := []read{{name: "log start", path: "/cgi-bin/log.cgi?action=startFind&condition.StartTime=" + at.Add(-logSpan).Format(form) + "&condition.EndTime=" + at.Format(form)}}
	a, ok := h.ownAnswer(" log start")
	if !ok {
		return out
	}
	token := lineValue(a.content(), "token")
	if token == "" || len(token) > 20 || strings.Trim(token, "0123456789") != "" {
		return out
	}
	for page := range logPages { // each asks for the lines after those that the one before it gave
		out = append(out, read{name: logPage(page), path: "/cgi-bin/log.cgi?action=doFind&token=" + token + "&count=" + strconv.Itoa(logLines)})
		if a, ok := h.ownAnswer(" " + logPage(page)); !ok || lineValue(a.content(), "found") != strconv.Itoa(logLines) {
			break
		}
	}
	return append(out, read{name: "log end", path: "/cgi-bin/log.cgi?action=stopFind&token=" + token})
}

// deviceTime reads the device's clock from the page of the name.
func (h *Host) deviceTime(name, field, form string) (time.Time, bool) {
	a, ok := h.ownAnswer(name)
	if !ok {
		return time.Time{}, false
	}
	s := element(a.content(), field)
	if s == "" {
		s = lineValue(a.content(), field)
	}
	t, err := time.Parse(form, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9990 {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// ownAnswer gives the good answer to one of the pages read with the owner's account.
func (h *Host) ownAnswer(name string) (answer, bool) {
	for _, s := range h.sites() {
		for _, again := range []string{"", " again"} {
			if a, ok := h.heardHTTP(ownPrefix + webName(s.carrier) + " " + portText(s.port) + name + again); ok && a.status == 200 {
				return a, true
			}
		}
	}
	return answer{}, false
}

// lineValue gives the value of a name=value line.
func lineValue(b []byte, name string) string {
	for _, line := range strings.SplitN(string(b[:min(len(b), 4096)]), "\n", 64) {
		if n, v, found := strings.Cut(strings.TrimSpace(line), "="); found && n == name {
			return v
		}
	}
	return ""
}

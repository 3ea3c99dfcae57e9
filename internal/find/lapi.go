package find

import (
	"bytes"
	"encoding/json"
	"strings"
)

// lapiChannels is where Uniview's LAPI tells of cameras behind a recorder: what stands there is
// about them, not about who answers.
const lapiChannels = "/LAPI/V1.0/Channels/"

// lapiText is a text, number or truth value of LAPI's JSON as text: firmware writes them all three ways.
type lapiText string

// UnmarshalJSON takes any scalar; objects and lists give nothing.
func (t *lapiText) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case json.Unmarshal(b, &s) == nil:
	case len(b) > 0 && b[0] != '{' && b[0] != '[':
		s = string(b)
	}
	*t = lapiText(s)
	return nil
}

// lapiSettings reads answers of Uniview's LAPI: time servers (System/Time/NTP, a list NTPServerInfos as
// Apache HertzBeat's app-uniview.yml reads it) and the cameras of a recorder (Channels/System/ChannelDetailInfos,
// a list DetailInfos as public integrations of Uniview recorders read it; Status 1 is online).
func (h *httpTalk) lapiSettings(b []byte) {
	eachJSON(b, "NTPServerInfos", func(d *json.Decoder) error {
		var s struct{ Enabled, IPAddress, DomainName lapiText } // that a name stands in DomainName is the maker's SDK's word for it
		err := d.Decode(&s)
		if err == nil && onWord(string(s.Enabled)) {
			name := s.IPAddress
			if textIP(string(name)) == "" && s.DomainName != "" {
				name = s.DomainName
			}
			h.address("clock.ntp", string(name))
		}
		return err
	})
	eachJSON(b, "DetailInfos", func(d *json.Decoder) error {
		var c struct {
			ID, Name, Status, Manufacturer, DeviceModel lapiText
			AddressInfo                                 struct{ Address, MAC lapiText }
		}
		err := d.Decode(&c)
		if err == nil && textIP(string(c.AddressInfo.Address)) != "" { // an empty place has none
			h.channel(channel{number: string(c.ID), address: string(c.AddressInfo.Address), mac: string(c.AddressInfo.MAC), model: string(c.DeviceModel), name: string(c.Name)})
			state := "offline"
			if c.Status == "1" {
				state = "online"
			}
			h.emit(h.server, "recorder.status", word(string(c.ID))+" "+state)
		}
		return err
	})
}

// eachJSON calls do for each item of the first list of that name, until it fails: a list that was
// cut off gives its beginning. At most maxBlocks items.
func eachJSON(b []byte, name string, do func(*json.Decoder) error) {
	_, rest, ok := bytes.Cut(b, []byte(`"`+name+`"`))
	if !ok {
		return
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return
	}
	d := json.NewDecoder(bytes.NewReader(rest[1:]))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return
	}
	for n := 0; n < maxBlocks && d.More(); n++ {
		if do(d) != nil {
			return
		}
	}
}

// axisAudit reads the log of log-ins of Axis devices (VAPIX Audit Log API: axis-cgi/auditlog.cgi, one line
// an entry, "<time> <host> [ INFO ] <program>[<pid>]: Authentication: <user>@<address> Authentication failed (SSH).").
func (h *httpTalk) axisAudit(b []byte) {
	for range maxBlocks {
		if len(b) == 0 {
			return
		}
		var line []byte
		line, b, _ = bytes.Cut(b, newline)
		at, rest, _ := strings.Cut(string(line[:min(len(line), 512)]), " ")
		_, said, ok := strings.Cut(rest, "]: Authentication: ")
		if !ok {
			continue
		}
		who, outcome, _ := strings.Cut(said, " Authentication ")
		i := strings.LastIndexByte(who, '@')
		let := strings.HasPrefix(outcome, "successful")
		if i < 0 || !let && !strings.HasPrefix(outcome, "failed") {
			continue
		}
		h.access(at, who[i+1:], who[:i], let)
	}
}

package identify

import (
	"fmt"
	"strings"

	"cordon"
	"cordon/knowledge"
)

// field says which belief a piece of evidence bears on.
type field uint8

const (
	fieldClass field = iota
	fieldBrand
	fieldMaker
	fieldModel
	fieldFirmware
)

// evidence is one argument for one value of one field.
type evidence struct {
	field  field
	value  string // as shown
	key    string // for makers the id, else the value in lower case: what counts as the same
	weight float64
	voids  string // class evidence that this takes away, named by its channel
	shared bool   // class evidence that recorders give as cameras do
	hint   bool   // maker evidence that only supports a maker that something else names
	reason cordon.Reason
}

// trust turns confidence into a factor. Low is nought: a guess may be asked, never believed.
func trust(c knowledge.Confidence) float64 {
	switch c {
	case knowledge.High:
		return 1
	case knowledge.Medium:
		return 0.8
	}
	return 0
}

// fromHit makes evidence of a rule that matched.
func fromHit(know knowledge.Looker, h knowledge.Hit, kind cordon.Kind, value string) []evidence {
	r := h.Rule
	base := evidence{weight: float64(r.Weight) / 100 * trust(r.Confidence)}
	base.reason = cordon.Reason{
		Weight: base.weight, Channel: channel(kind), Rule: r.ID, Source: r.Source, Trust: string(r.Confidence),
		Value: string(kind) + ": " + quote(r, value),
	}
	var out []evidence
	add := func(f field, v, text string) {
		if v == "" {
			return
		}
		e := base
		e.field, e.value, e.key, e.reason.Text = f, v, strings.ToLower(v), text
		out = append(out, e)
	}
	if r.Proves == knowledge.ProvesMaker {
		if m, ok := know.Maker(r.Maker); ok {
			add(fieldMaker, m.Name, "firmware that "+m.Name+" builds says so")
			out[len(out)-1].key = m.ID
		}
	}
	add(fieldBrand, r.Brand, "it wears the badge "+r.Brand)
	add(fieldModel, h.Model, "it names its model")
	add(fieldFirmware, h.Firmware, "it names its firmware")
	add(fieldClass, r.Class, classText(r))
	if r.Proves == knowledge.ProvesSoftware {
		out = append(out, software(base, kind))
	}
	return out
}

func classText(r *knowledge.Rule) string {
	article := "a "
	if strings.ContainsAny(r.Class[:min(1, len(r.Class))], "aeiou") {
		article = "an "
	}
	if r.Class == cordon.ClassIoT {
		return "what small connected devices say, and computers do not"
	}
	if r.Proves == knowledge.ProvesSoftware {
		return "a program that " + article + r.Class + " runs"
	}
	return "what " + article + r.Class + " of this kind says"
}

// software takes away what the same channel says of a device's class: a player that
// serves RTSP is no camera.
func software(base evidence, kind cordon.Kind) evidence {
	e := base
	e.field, e.voids = fieldClass, spoken(kind)
	e.reason.Weight = -base.weight
	e.reason.Text = "the answer comes from a program, not from a device"
	return e
}

// fromCloud makes evidence of a name that the device called.
func fromCloud(know knowledge.Looker, name string) []evidence {
	c, ok := know.Cloud(name)
	if !ok || c.Maker == "" {
		return nil
	}
	m, ok := know.Maker(c.Maker)
	if !ok {
		return nil
	}
	w, text := cloudWeight, fmt.Sprintf("it calls %s, run by %s", c.Domain, c.Operator)
	if c.Platform {
		w, text = platformWeight, text+" for devices of others too (a hint, not proof)"
	}
	w *= trust(c.Confidence)
	return []evidence{{
		field: fieldMaker, value: m.Name, key: m.ID, weight: w, hint: c.Platform,
		reason: cordon.Reason{
			Weight: w, Channel: channelCloud, Source: c.Source, Trust: string(c.Confidence), Text: text, Value: excerpt(name),
		},
	}}
}

// cloudWeight is less than an answer in the maker's own protocol: apps and recorders
// call the same names.
const cloudWeight = 0.6

// platformWeight is of a cloud on which others' devices are built: it tells whose platform, not
// who built the device.
const platformWeight = 0.3

// selfSaid makes evidence of what a device plainly says of itself.
func selfSaid(kind cordon.Kind, value string) []evidence {
	s, ok := says[kind]
	if kind == "onvif.firmware" {
		value, _, _ = strings.Cut(value, "..ONVIF") // Xiongmai appends the version of its ONVIF side (Besder investigation)
	}
	if !ok || strings.TrimSpace(value) == "" || emptyWords[strings.ToLower(value)] {
		return nil
	}
	return []evidence{{
		field: s.field, value: excerpt(value), key: strings.ToLower(excerpt(value)), weight: s.weight,
		reason: cordon.Reason{
			Weight: s.weight, Channel: channel(kind), Text: s.text, Value: string(kind) + ": " + excerpt(value), Trust: "high",
		},
	}}
}

// emptyWords are what firmware says when its builder filled in nothing: no badge, and no model. "General" is
// Dahua's (DHIP answers in the project's capture collection), "H264" and "50X50-WG" kits of Xiongmai's
// (KostasEreksonas Besder investigation), "IPCamera" TVT's (eduard256/Strix), "MODEL" and "TP-IPC" TP-Link's.
var emptyWords = map[string]bool{
	"": true, "none": true, "null": true, "unknown": true, "general": true, "n/a": true, "0": true, "onvif": true, "manufacturer": true,
	"h264": true, "h265": true, "h.264": true, "ipc": true, "ipcamera": true, "ip camera": true, "ipcam": true, "ip cam": true, "ip-camera": true,
	"camera": true, "network camera": true, "netcam": true, "nvt": true, "nvr": true, "dvr": true, "ipc-model": true, "model": true, "tp-ipc": true, "vendor": true,
}

// says lists the facts that name a field outright.
var says = map[cordon.Kind]struct {
	field  field
	weight float64
	text   string
}{
	"onvif.manufacturer": {fieldBrand, 0.7, "it gives this as its manufacturer"},
	"upnp.manufacturer":  {fieldBrand, 0.7, "it gives this as its manufacturer"},
	"dhip.vendor":        {fieldBrand, 0.7, "the vendor name compiled into its firmware"},
	"tvt.vendor":         {fieldBrand, 0.7, "the vendor name compiled into its firmware"},
	"sadp.oem":           {fieldBrand, 0.7, "the OEM name compiled into its firmware"},
	"onvif.model":        {fieldModel, 0.8, "it names its model"},
	"upnp.model":         {fieldModel, 0.7, "it names its model"},
	"sadp.model":         {fieldModel, 0.8, "it names its model"},
	"dhip.model":         {fieldModel, 0.8, "it names its model"},
	"tplink.model":       {fieldModel, 0.8, "it names its model"},
	"ubiquiti.model":     {fieldModel, 0.8, "it names its model"},
	"hanwha.model":       {fieldModel, 0.8, "it names its model"},
	"vivotek.model":      {fieldModel, 0.8, "it names its model"},
	"dlink.model":        {fieldModel, 0.8, "it names its model"},
	"edimax.model":       {fieldModel, 0.8, "it names its model"},
	"reolink.model":      {fieldModel, 0.8, "it names its model"},
	"tvt.model":          {fieldModel, 0.8, "it names its model"},
	"sony.model":         {fieldModel, 0.8, "it names its model"},
	"panasonic.model":    {fieldModel, 0.8, "it names its model"},
	"uniview.vendor":     {fieldBrand, 0.7, "it gives this as its manufacturer"},
	"uniview.model":      {fieldModel, 0.8, "it names its model"},
	"topsee.model":       {fieldModel, 0.7, "it names its model"},
	"uniview.firmware":   {fieldFirmware, 0.8, "it names its firmware"},
	"topsee.firmware":    {fieldFirmware, 0.8, "it names its firmware"},
	"onvif.firmware":     {fieldFirmware, 0.8, "it names its firmware"},
	"sadp.firmware":      {fieldFirmware, 0.8, "it names its firmware"},
	"dhip.firmware":      {fieldFirmware, 0.8, "it names its firmware"},
	"xm.version":         {fieldFirmware, 0.8, "it names its firmware"},
	"tvt.firmware":       {fieldFirmware, 0.8, "it names its firmware"},
	"tplink.firmware":    {fieldFirmware, 0.8, "it names its firmware"},
	"ubiquiti.firmware":  {fieldFirmware, 0.8, "it names its firmware"},
	"reolink.firmware":   {fieldFirmware, 0.8, "it names its firmware"},
	"http.firmware":      {fieldFirmware, 0.7, "it names its firmware"},
	"http.model":         {fieldModel, 0.7, "it names its model"},
	"recorder.model":     {fieldModel, 0.7, "its recorder names its model"},
	"recorder.firmware":  {fieldFirmware, 0.7, "its recorder names its firmware"},
}

// rawKinds are facts that hold a conversation's first bytes as they were, "port hex".
var rawKinds = map[cordon.Kind]bool{"tcp.banner": true, "tcp.payload": true, "udp.payload": true}

// quote shows the value that a rule matched. Of bytes in no known protocol only what the
// rule names is shown: nobody knows what else is in them.
func quote(r *knowledge.Rule, value string) string {
	if !rawKinds[r.Kind] {
		return excerpt(value)
	}
	port, _, _ := strings.Cut(value, " ")
	named := r.Value
	if _, digits, ok := strings.Cut(named, " "); ok && r.Op == "hex_prefix" {
		named = digits
	}
	switch r.Op {
	case "hex_prefix":
		return fmt.Sprintf("port %s, begins with the %d bytes %s", port, len(named)/2, excerpt(named))
	case "present":
		return "port " + port
	}
	return "port " + port + ", matches " + excerpt(named)
}

// excerpt cuts a value for people; the whole stands in the facts.
func excerpt(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

package ask

import "slices"

var rtspQuestion = &Question{
	Name: "rtsp",
	Doc:  "asks video servers what they are; where they hand out a stream without a log-in, waits for the first piece of it as proof and hangs up, looking at nothing",
	Source: "RFC 2326 (10.1 OPTIONS, 10.2 DESCRIBE, 10.4 SETUP, 10.5 PLAY, 10.7 TEARDOWN, 10.12 interleaving); RFC 7826 section 19 for TLS; " +
		"paths: makers' manuals and github.com/eduard256/Strix (MIT)",
	Ask: askRTSP,
}

// streamPaths are the usual paths of a family's main and second stream. Few: a 401 says
// nothing about a path, and each guess is a line in the device's log.
var streamPaths = map[family][]string{
	hikvision: {"/Streaming/Channels/101"},
	dahua:     {"/cam/realmonitor?channel=1&subtype=0"},
	uniview:   {"/media/video1"},
	xiongmai:  {"/h264Preview_01_main"},
	axis:      {"/axis-media/media.amp"},
	hanwha:    {"/profile1/media.smp"},
	vivotek:   {"/live.sdp"},
	dlink:     {"/live1.sdp"},
	foscam:    {"/videoMain"},
	hipcam:    {"/11"},
	reolink:   {"/h264Preview_01_main"},
	tapo:      {"/stream1"},
	tvt:       {"/profile1"},
	vstarcam:  {"/tcp/av0_0"},
}

// anyPaths are tried where nothing suggests a family: the most frequent ones of cheap cameras.
var anyPaths = []string{"/live", "/11", "/stream1"}

// maxPaths is how many paths of one server are tried beside "/".
const maxPaths = 4

func askRTSP(h *Host) []Request {
	var out []Request
	for _, p := range h.rtspPlaces() {
		first := h.rtsp(p, []string{"/"})
		out = append(out, first)
		_, ok := readAnswer(h.Heard[first.Name], "RTSP/")
		if h.Done[first.Name] != Answered || !ok || !h.settled() || h.heardMedia(first.Name) {
			continue
		}
		if paths := h.paths(); len(paths) > 0 {
			out = append(out, h.rtsp(p, paths))
		}
	}
	return out
}

// maxRTSP is how many RTSP ports of one host are asked.
const maxRTSP = 3

// rtspPlaces gives where RTSP is spoken: at its usual ports, and where unknown ports answered so.
func (h *Host) rtspPlaces() []place {
	var out []place
	for _, p := range h.among(rtspPorts) {
		out = append(out, place{carrier: TCP, port: p})
	}
	for _, p := range h.among(rtspsPorts) {
		out = append(out, place{carrier: TLS, port: p})
	}
	for _, p := range h.unknown() { // who answers HTTP's question in RTSP's words, as several do
		if _, ok := readAnswer(h.Heard[pageName(place{TCP, p, "/"})], "RTSP/"); ok {
			out = append(out, place{carrier: TCP, port: p})
		}
	}
	return out[:min(len(out), maxRTSP)]
}

// paths gives the paths that are worth a try, by family.
func (h *Host) paths() []string {
	var out []string
	for _, f := range h.families() {
		for _, p := range streamPaths[f] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 {
		out = anyPaths
	}
	return out[:min(len(out), maxPaths)]
}

// rtsp is one conversation: OPTIONS, DESCRIBE of each path until one is handed out, then
// SETUP and PLAY until something of it arrives, and TEARDOWN.
func (h *Host) rtsp(p place, paths []string) Request {
	name := "rtsp " + portText(p.port)
	if p.carrier == TLS {
		name = "rtsps " + portText(p.port)
	}
	if paths[0] != "/" {
		name += " paths"
	}
	talk := &rtspTalk{base: h.rtspURL(place{carrier: p.carrier, port: p.port}), paths: paths}
	return Request{Name: name, Carrier: p.carrier, Port: p.port, Send: talk.start(), Turn: talk.turn, Wait: rtspWait}
}

func (h *Host) rtspURL(p place) string {
	if p.carrier == TLS {
		return "rtsps://" + h.authority(p.port, 322) + p.path
	}
	return "rtsp://" + h.authority(p.port, 554) + p.path
}

// heardMedia reports whether the conversation came as far as the first piece of a stream.
func (h *Host) heardMedia(name string) bool { return mediaAt(h.Heard[name]) >= 0 }

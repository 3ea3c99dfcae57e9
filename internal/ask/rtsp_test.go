package ask

import (
	"slices"
	"strings"
	"testing"

	"cordon"
)

// camera plays an RTSP server (RFC 2326) that hands out one path.
func camera(path string, status string, media bool) device {
	return func(r Request, sent []byte) (Outcome, []byte) {
		if !strings.HasPrefix(r.Name, "rtsp") {
			return Silent, nil
		}
		lines := strings.Split(string(sent), "\r\n")
		words := strings.Fields(lines[0])
		head := func(status, fields, body string) []byte {
			return []byte("RTSP/1.0 " + status + "\r\n" + lines[1] + "\r\n" + fields + "\r\n" + body)
		}
		sdp := "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"
		switch words[0] {
		case "OPTIONS":
			return Answered, head("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", "")
		case "DESCRIBE":
			if words[1] == "rtsp://192.0.2.10"+path {
				return Answered, head("200 OK", "Content-Type: application/sdp\r\nContent-Length: "+itoa(len(sdp))+"\r\n", sdp)
			}
			return Answered, head(status, "", "")
		case "SETUP":
			return Answered, head("200 OK", "Session: 1A2B;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "")
		case "PLAY":
			out := head("200 OK", "Session: 1A2B\r\n", "")
			if media {
				out = append(out, "$\x01\x00\x08\x80\xc8\x00\x01abcd"...)
				out = append(out, "$\x00\x04\x00\x80\x60\x00\x01\x00\x00\x00\x01\x12\x34\x56\x78"...)
			}
			return Answered, out
		}
		return Silent, nil
	}
}

func methods(m made) string {
	var out []string
	for _, s := range m.sent {
		word, _, _ := strings.Cut(string(s), " ")
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

func TestOpenStreamIsProvedAndLeft(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{554}}
	all := interview(t, h, camera("/", "404 Not Found", true))
	if len(all) != 1 || methods(all[0]) != "OPTIONS DESCRIBE SETUP PLAY TEARDOWN" {
		t.Fatalf("asked %q: %q", names(all), methods(all[0]))
	}
	if setup := string(all[0].sent[2]); !strings.HasPrefix(setup, "SETUP rtsp://192.0.2.10/trackID=0 RTSP/1.0\r\nCSeq: 3\r\n") {
		t.Errorf("set up %q", setup)
	}
	if down := string(all[0].sent[4]); !strings.Contains(down, "Session: 1A2B\r\n") {
		t.Errorf("tore down %q", down)
	}
}

func TestNoMediaNoProof(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{554}}
	all := interview(t, h, camera("/", "404 Not Found", false))
	if h.heardMedia("rtsp 554") {
		t.Error("a stream that never came counts as heard")
	}
	if methods(all[0]) != "OPTIONS DESCRIBE SETUP PLAY" {
		t.Errorf("said %q", methods(all[0]))
	}
}

func TestPathsOfHintedMaker(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{554}, Seen: []cordon.Observation{fact("dhip.present", "yes")}}
	all := interview(t, h, camera("/cam/realmonitor?channel=1&subtype=0", "401 Unauthorized", true))
	if !slices.Equal(names(all), []string{"rtsp 554", "rtsp 554 paths"}) || !strings.HasSuffix(methods(all[1]), "PLAY TEARDOWN") {
		t.Fatalf("asked %q, %q", names(all), methods(all[1]))
	}
}

// A description may name any track: it stays on the host that was asked, and harmless.
func TestTracks(t *testing.T) {
	for control, want := range map[string]string{
		"trackID=1":                       "rtsp://192.0.2.10/live/trackID=1",
		"*":                               "rtsp://192.0.2.10/live",
		"rtsp://203.0.113.9:554/live/t=1": "rtsp://192.0.2.10/live/t=1",
		"rtsp://203.0.113.9":              "rtsp://192.0.2.10/live",
		"x y":                             "rtsp://192.0.2.10/live",
		"@203.0.113.9/x":                  "rtsp://192.0.2.10/live",
	} {
		talk := &rtspTalk{base: "rtsp://192.0.2.10", paths: []string{"/live"}}
		a := answer{body: []byte("v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=control:" + control + "\r\n")}
		if got := talk.control(&a); got != want {
			t.Errorf("control %q gives %q, want %q", control, got, want)
		}
	}
}

func FuzzRTSPTalk(f *testing.F) {
	f.Add([]byte("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"), []byte("$\x00\x04\x00\x80\x60\x00\x01\x00\x00\x00\x01\x12\x34\x56\x78"))
	f.Add([]byte("RTSP/1.0 200 OK\r\nSession: 1\r\nContent-Length: 20\r\n\r\nm=v\na=control:track1"), []byte("RTSP/1.0 401 Unauthorized\r\n\r\n"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		talk := &rtspTalk{base: "rtsp://192.0.2.10", paths: []string{"/", "/live"}}
		talk.start()
		for i := range 12 {
			heard := one
			if i%2 == 1 {
				heard = two
			}
			send, done := talk.turn(heard)
			if len(send) > 0 && !strings.Contains(string(send), " rtsp://192.0.2.10") {
				t.Fatalf("speaks of another host: %q", send)
			}
			if strings.Count(string(send), "\r\n\r\n") > 1 {
				t.Fatalf("two requests in one: %q", send)
			}
			if done {
				return
			}
		}
	})
}

package find

import (
	"strings"
	"testing"
)

// From proto/ndpi/rtsp.pcap (VLC serves, VLC watches), shortened.
var (
	vlcAsks = "OPTIONS rtsp://10.2.2.2:8554/ RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: LibVLC/3.0.16 (LIVE555 Streaming Media v2016.11.28)\r\n\r\n" +
		"DESCRIBE rtsp://10.2.2.2:8554/ RTSP/1.0\r\nCSeq: 3\r\nUser-Agent: LibVLC/3.0.16 (LIVE555 Streaming Media v2016.11.28)\r\nAccept: application/sdp\r\n\r\n" +
		"SETUP rtsp://10.2.2.2:8554/trackID=0 RTSP/1.0\r\nCSeq: 4\r\nTransport: RTP/AVP;unicast;client_port=55664-55665\r\n\r\n"
	vlcSays = "RTSP/1.0 200 OK\r\nServer: VLC/3.0.12\r\nContent-Length: 0\r\nCseq: 2\r\nPublic: DESCRIBE,SETUP,TEARDOWN,PLAY,PAUSE,GET_PARAMETER\r\n\r\n" +
		"RTSP/1.0 200 OK\r\nServer: VLC/3.0.12\r\nContent-type: application/sdp\r\nCseq: 3\r\nContent-Length: 83\r\n\r\n" +
		"v=0\r\ns=Unnamed\r\na=tool:vlc 3.0.12\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\r\n" +
		"RTSP/1.0 200 OK\r\nServer: VLC/3.0.12\r\nTransport: RTP/AVP/UDP;unicast;client_port=55664-55665;server_port=58547-58548;ssrc=B1964B48;mode=play\r\nSession: 8c30;timeout=60\r\nContent-Length: 0\r\nCseq: 4\r\n\r\n"
	// A recorder that logs in at a camera (the shape that Hikvision's answers have in the retina samples; made up).
	nvrAsks = "DESCRIBE rtsp://admin:pass1234@10.0.0.5:554/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 1\r\n\r\n" +
		"DESCRIBE rtsp://10.0.0.5:554/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 2\r\nAuthorization: Digest username=\"admin\", realm=\"IP Camera(C1)\", response=\"00112233445566778899aabbccddeeff\"\r\n\r\n" +
		"PLAY rtsp://10.0.0.5:554/Streaming/Channels/101/ RTSP/1.0\r\nCSeq: 3\r\n\r\n"
	nvrHears = "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm=\"IP Camera(C1)\", nonce=\"5a8e\", stale=\"FALSE\"\r\n\r\n" +
		"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 67\r\n\r\nv=0\r\ns=Media Presentation\r\nm=video 0 RTP/AVP 96\r\na=control:track1\r\n" +
		"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n$\x00\x00\x10\x80\x60\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01abcd"
)

func init() {
	addSample("rtsp", connection("10.1.1.10:52470", "10.2.2.2:8554", []byte(vlcAsks), []byte(vlcSays)),
		connection("10.0.0.9:40000", "10.0.0.5:554", []byte(nvrAsks), []byte(nvrHears)))
}

func TestRTSP(t *testing.T) {
	_, got := hear(samples["rtsp"][0])
	wantFacts(t, got,
		fact{"rtsp", "10.1.1.10", "rtsp.client", "yes"},
		fact{"rtsp", "10.1.1.10", "rtsp.user_agent", "LibVLC/3.0.16 (LIVE555 Streaming Media v2016.11.28)"},
		fact{"rtsp", "10.2.2.2", "rtsp.server", "VLC/3.0.12"},
		fact{"rtsp", "10.2.2.2", "rtsp.open", "yes"},
		fact{"rtsp", "10.2.2.2", "rtsp.sdp", "a=tool:vlc 3.0.12"},
		fact{"rtsp", "10.2.2.2", "rtsp.video", "H264"},
		fact{"rtsp", "10.2.2.2", "rtsp.rtp", "55664 58547"})
	_, got = hear(samples["rtsp"][1])
	wantFacts(t, got,
		fact{"rtsp", "10.0.0.5", "rtsp.realm", "IP Camera(C1)"},
		fact{"rtsp", "10.0.0.5", "rtsp.login", "digest"},
		fact{"rtsp", "10.0.0.5", "rtsp.path", "/Streaming/Channels/101"},
		fact{"rtsp", "10.0.0.5", "rtsp.sdp", "s=Media Presentation"})
	for _, f := range got {
		if f.Kind == "rtsp.open" || strings.Contains(f.Value, "pass1234") || strings.Contains(f.Value, "00112233") {
			t.Errorf("heard %+v", f)
		}
	}
}

func TestRTSPEnough(t *testing.T) {
	full := samples["rtsp"][1]
	if !rtspEnough(full) {
		t.Error("PLAY was answered and frames follow, and it is not enough")
	}
	part := *full
	part.Reply = full.Reply[:200]
	if rtspEnough(&part) || rtspEnough(samples["rtsp"][0]) {
		t.Error("enough before PLAY was answered")
	}
}

// camera/e99-drone: the toy drone's open stream, watched by a laptop.
func TestDroneStream(t *testing.T) {
	wantFacts(t, hearCapture(t, "camera/e99-drone/rtsp-traffic.pcapng"),
		fact{"rtsp", "192.168.1.1", "rtsp.server", "gortsplib"},
		fact{"rtsp", "192.168.1.1", "rtsp.open", "yes"},
		fact{"rtsp", "192.168.1.1", "rtsp.path", "/webcam"},
		fact{"rtsp", "192.168.1.1", "rtsp.video", "MP4V-ES"},
		fact{"rtsp", "192.168.1.86", "rtsp.user_agent", "Lavf57.71.100"})
}

func FuzzRTSP(f *testing.F) { fuzzRow(f, rtspProtocol) }

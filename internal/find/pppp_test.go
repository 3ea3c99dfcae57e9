package find

import "testing"

func init() {
	addSample("pppp", udpAt(50000, 32108, vector("pppp_lan_search")), udpAt(41234, 50000, vector("pppp_punch_pkt_synthetic")),
		udpAt(50000, 32108, hexBytes("2cba5f5d")), udpAt(17916, 23949, hexBytes("f1e00000")))
}

// ppppEncode is the inverse of ppppDecode.
func ppppEncode(plain []byte, key *[4]byte) []byte {
	out, before := make([]byte, len(plain)), byte(0)
	for i, c := range plain {
		out[i] = c ^ ppppTable[key[before&3]+before]
		before = out[i]
	}
	return out
}

func TestPPPP(t *testing.T) {
	wantVendor(t, ppppProtocol, udpAt(50000, 32108, vector("pppp_lan_search")), "sender pppp.message=search", "sender pppp.asks=yes")
	wantVendor(t, ppppProtocol, udpAt(41234, 50000, vector("pppp_punch_pkt_synthetic")),
		"sender pppp.message=punch", "sender pppp.speaks=yes", "sender pppp.prefix=VSTA", "sender pppp.id=VSTA-123456-ABCDE")
	logIn := append(hexBytes("f1100014"), vector("pppp_punch_pkt_synthetic")[4:]...)
	wantVendor(t, ppppProtocol, udpAt(41234, 32100, logIn), "sender pppp.message=device log-in", "sender pppp.present=yes")
	refuses(t, ppppProtocol, hexBytes("f1e00001"), hexBytes("f1e0000000"), hexBytes("f1d00004 00000000"), hexBytes("f1d10008 d1000003 00000000"))
	for _, b := range [][]byte{logIn, hexBytes("f1900000")} { // known, but not proof by itself
		if ppppProtocol.Detect(udpAt(41234, 50000, b)) {
			t.Errorf("takes %x on foreign ports", b)
		}
	}
}

// The words under each key are those of the project's protocol notes.
func TestPPPPObfuscated(t *testing.T) {
	for _, c := range []struct{ key, search, hello, alive string }{
		{"camera", "2cba5f5d", "2c8ab914", "2c6ada84"},
		{"vstarcam2019", "e43b4322", "e40b2787", "e4eb7d14"},
		{"vstarcam2018", "49b573d5", "4985f1a0", "4965fe3e"},
		{"SSD@cs2-network.", "b1a6bb9a", "b196ec02", "b176202e"},
	} {
		wantVendor(t, ppppProtocol, udpAt(50000, 32108, hexBytes(c.search)),
			"sender pppp.message=search", "sender pppp.key="+c.key, "sender pppp.asks=yes")
		wantVendor(t, ppppProtocol, udpAt(50000, 40000, hexBytes(c.hello)),
			"sender pppp.message=hello", "sender pppp.key="+c.key, "sender pppp.speaks=yes")
		wantVendor(t, ppppProtocol, udpAt(50000, 40000, hexBytes(c.alive)),
			"sender pppp.message=alive", "sender pppp.key="+c.key, "sender pppp.speaks=yes")
	}
	for _, k := range ppppKeys {
		wantVendor(t, ppppProtocol, udpAt(41234, 50000, ppppEncode(vector("pppp_punch_pkt_synthetic"), &k.key)),
			"sender pppp.message=punch", "sender pppp.key="+k.name, "sender pppp.speaks=yes", "sender pppp.prefix=VSTA",
			"sender pppp.id=VSTA-123456-ABCDE")
	}
}

// Six seconds of a Yi camera (192.168.10.204) streaming to its application.
func TestPPPPCapture(t *testing.T) {
	for _, m := range messages(t, "camera/yi_p2p_session_excerpt.pcap") {
		if m.Transport != UDP || len(m.Data) > 1 && m.Data[1] == 0xe5 { // a type that no source names
			continue
		}
		if p := Identify(m); p != ppppProtocol {
			t.Fatalf("not taken for PPPP: % x", m.Data[:min(16, len(m.Data))])
		}
	}
}

func FuzzPPPP(f *testing.F) { fuzzRow(f, ppppProtocol) }

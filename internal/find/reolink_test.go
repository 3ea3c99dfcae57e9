package find

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
)

const (
	reolinkSamples  = "data/payloads/reolink-baichuan/bc/samples/"
	reolinkUSamples = "data/payloads/reolink-baichuan/bcudp/samples/"
)

func init() {
	addSample("reolink", tcpAt(9000, baichuanMessage(1, 0, 0x6514, "user"), baichuanMessage(1, 200, 0, reolinkInfo)))
	addSample("reolink-udp", udpAt(50000, 2015, vector("reolink_c2d_s")), udpAt(50000, 2000, vector("reolink_ping_2000")),
		udpAt(50000, 40000, reolinkTalkMessage("<P2P>\n<D2C_T>\n<sid>1</sid>\n</D2C_T>\n</P2P>\n")),
		udpAt(2000, 3000, []byte("\xaa\xaa\x00\x01\x00\x00\xc0\x00\x02\x0a\x00\x00\x23\x28Hall\x00\x009527000ABCDEF123\x00\x00")))
}

// reolinkInfo has the elements of the log-in answer in neolink's sample.
const reolinkInfo = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<body>\n<DeviceInfo version=\"1.1\">\n<firmVersion>00000000000000</firmVersion>\n" +
	"<type>ipc</type>\n<typeInfo>IPC</typeInfo>\n</DeviceInfo>\n</body>\n"

// baichuanMessage puts a body under the old cipher behind a header.
func baichuanMessage(id uint32, status, class uint16, body string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(reolinkMagic), id)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, status)
	b = binary.LittleEndian.AppendUint16(b, class)
	if class == 0 || class == 0x6414 {
		b = append(b, 0, 0, 0, 0)
	}
	for i := range len(body) {
		b = append(b, body[i]^reolinkKey[i&7])
	}
	return b
}

func reolinkTalkMessage(text string) []byte {
	body := []byte(text)
	for i := range body {
		body[i] ^= byte((reolinkWords[i/4%8] + 7) >> (8 * (i % 4)))
	}
	b := binary.LittleEndian.AppendUint32([]byte(reolinkTalk), uint32(len(body)))
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 7)
	b = binary.LittleEndian.AppendUint32(b, ^crc32.Update(^uint32(0), crc32.IEEETable, body))
	return append(b, body...)
}

func TestReolink(t *testing.T) {
	wantVendor(t, reolinkProtocol, tcpAt(9000, baichuanMessage(1, 0, 0x6514, "user"), baichuanMessage(1, 200, 0, reolinkInfo)),
		"sender reolink.client=yes", "receiver reolink.login=present", "receiver reolink.present=yes",
		"receiver reolink.login_result=ok", "receiver reolink.type=IPC")
	version := "<?xml version=\"1.0\"?><body><VersionInfo><name>x</name><type>E1</type><firmwareVersion>v3.0.0</firmwareVersion></VersionInfo></body>"
	wantVendor(t, reolinkProtocol, tcpAt(9000, baichuanMessage(80, 0, 0x6414, ""), baichuanMessage(80, 200, 0, version)),
		"sender reolink.client=yes", "receiver reolink.present=yes", "receiver reolink.model=E1", "receiver reolink.firmware=v3.0.0")
	refuses(t, reolinkProtocol, []byte("\xf0\xde\xbc\x0a"), []byte("\xf0\xde\xbc\x0a\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x99\x99"))
}

// Messages of a real camera, from neolink's samples.
func TestReolinkSamples(t *testing.T) {
	asked := shared(t, reolinkSamples+"model_sample_legacy_login.bin")
	answered := append(shared(t, reolinkSamples+"model_sample_modern_login.bin"), shared(t, reolinkSamples+"modern_login_success.bin")...)
	wantVendor(t, reolinkProtocol, tcpAt(9000, asked, answered),
		"sender reolink.client=yes", "receiver reolink.login=present", "receiver reolink.present=yes",
		"receiver reolink.login_result=ok", "receiver reolink.type=IPC")
	wantVendor(t, reolinkProtocol, tcpAt(9000, asked, shared(t, reolinkSamples+"modern_login_failed.bin")),
		"sender reolink.client=yes", "receiver reolink.login=present", "receiver reolink.present=yes",
		"receiver reolink.login_result=refused")
}

// A Reolink E1 (192.168.1.101); the application's first bytes are blanked in the capture.
func TestReolinkCapture(t *testing.T) {
	wantFacts(t, hearCapture(t, "camera/reolink_e1_login.pcapng"),
		fact{App: "reolink", About: "192.168.1.101", Kind: "reolink.present", Value: "yes"})
}

func TestReolinkUDP(t *testing.T) {
	wantVendor(t, reolinkUDPProtocol, udpAt(50000, 2015, vector("reolink_c2d_s")), "sender reolink.message=C2D_S", "sender reolink.asks=yes")
	wantVendor(t, reolinkUDPProtocol, udpAt(50000, 2000, vector("reolink_ping_2000")), "sender reolink.asks=yes")
	broken := vector("reolink_c2d_s")
	broken[len(broken)-1] ^= 1
	wantVendor(t, reolinkUDPProtocol, udpAt(50000, 2015, broken))
	refuses(t, reolinkUDPProtocol, broken[:len(broken)-1], []byte(reolinkTalk))
}

func TestReolinkUDPSamples(t *testing.T) {
	for name, want := range map[string][]string{
		"udp_multi_0":           {"sender reolink.message=D2C_T", "sender reolink.present=yes"},
		"udp_multi_2":           {"sender reolink.message=D2C_CFM", "sender reolink.present=yes"},
		"udp_negotiate_clientt": {"sender reolink.message=C2D_T", "sender reolink.client=yes"},
		"udp_negotiate_disc":    {"sender reolink.message=C2D_DISC", "sender reolink.client=yes"},
		"udp_negotiate_camcfm":  {"sender reolink.message=D2C_CFM", "sender reolink.present=yes"},
		"udp_multi_3":           {"sender reolink.speaks=yes", "receiver reolink.login=present"},
		"udp_ack":               {"sender reolink.speaks=yes"},
		"udp_data":              {"sender reolink.speaks=yes", "sender reolink.present=yes"},
	} {
		t.Run(name, func(t *testing.T) {
			wantVendor(t, reolinkUDPProtocol, udpAt(40000, 41000, shared(t, reolinkUSamples+name+".bin")), want...)
		})
	}
}

func FuzzReolink(f *testing.F)    { fuzzRow(f, reolinkProtocol) }
func FuzzReolinkUDP(f *testing.F) { fuzzRow(f, reolinkUDPProtocol) }

// The answer to the ping has no documented layout: what must be in it is (our own bytes).
func TestReolinkPingAnswer(t *testing.T) {
	answer := func(ip, uid string) []byte {
		return []byte("\xaa\xaa\x00\x01\x00\x00" + ip + "\x00\x00\x23\x28" + "Hall\x00\x00\x00\x00\x00\x00\x00\x00" + uid + "\x00\x00\x00\x00")
	}
	const uid = "9527000ABCDEF123"
	at := func(from, to uint16, b []byte) *Message { return udpAt(from, to, b) }
	want := []string{"sender reolink.present=yes", "sender reolink.id=" + uid}
	for _, ip := range []string{"\xc0\x00\x02\x0a", "\x0a\x02\x00\xc0", "192.0.2.10\x00\x00"} {
		wantVendor(t, reolinkUDPProtocol, at(2000, 3000, answer(ip, uid)), want...)
	}
	for name, m := range map[string]*Message{
		"another's address": at(2000, 3000, answer("\xc0\x00\x02\x0b", uid)),
		"a shorter id":      at(2000, 3000, answer("\xc0\x00\x02\x0a", uid[1:])),
		"a longer id":       at(2000, 3000, answer("\xc0\x00\x02\x0a", uid+"4")),
		"all one letter":    at(2000, 3000, answer("\xc0\x00\x02\x0a", "0000000000000000")),
		"other ports":       at(2001, 3000, answer("\xc0\x00\x02\x0a", uid)),
	} {
		if reolinkUDPProtocol.Detect(m) {
			t.Errorf("%s is taken", name)
		}
	}
}

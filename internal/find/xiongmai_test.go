package find

import (
	"encoding/binary"
	"testing"
)

const xmPayloads = "data/payloads/xiongmai-dvrip/command_codes/payloads/"

// xmMessage puts a payload behind a header, with the newline and NUL that devices add.
func xmMessage(id uint16, payload []byte) []byte {
	b := make([]byte, xmHead, xmHead+len(payload)+2)
	b[0], b[1] = 0xff, 1
	binary.LittleEndian.PutUint16(b[14:], id)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(payload)+2))
	return append(append(b, payload...), '\n', 0)
}

func init() {
	addSample("xm-search", udpAt(34569, 34569, vector("xm_reply_synthetic")), udpAt(50000, 34569, vector("xm_search")))
	addSample("xiongmai", tcpAt(34567, vector("xm_login_frame"), xmMessage(xmLoggedIn, []byte(`{ "Ret" : 203, "SessionID" : "0x0" }`))))
}

func TestXMSearch(t *testing.T) {
	wantVendor(t, xmSearchProtocol, udpAt(34569, 34569, vector("xm_reply_synthetic")),
		"sender xm.present=yes", "sender xm.version=V5.00.R02.00030747.10010.349f17.0000000",
		"sender xm.built=2020-11-24 16:47:14", "sender xm.hostname=camera_abcd", "sender xm.mac=00:12:31:00:ab:cd",
		"sender xm.address=192.0.2.10", "sender xm.serial=0123456789abcdef", "sender xm.channels=1")
	wantVendor(t, xmSearchProtocol, udpAt(50000, 34569, vector("xm_search")), "sender xm.asks=yes")
	wantVendor(t, xmSearchProtocol, udpAt(50000, 34569, xmMessage(1532, []byte("{}"))), "sender xm.command=1532")
}

// The payload was sent by a real Besder camera.
func TestXMSearchRealPayload(t *testing.T) {
	m := udpAt(34569, 34569, xmMessage(xmFound, shared(t, xmPayloads+"1531_IPSEARCH_RSP_response.json")))
	wantVendor(t, xmSearchProtocol, m,
		"sender xm.present=yes", "sender xm.version=V5.00.R02.00030747.10010.349f17.0000000",
		"sender xm.built=2020-11-24 16:47:14", "sender xm.hostname=camera_743c", "sender xm.mac=dc:29:19:e2:74:3c",
		"sender xm.address=192.168.1.103", "sender xm.serial=09d53d540f99b818", "sender xm.channels=1")
}

// A session of a real Besder camera: log-in, refusal, log-in, system information.
func TestXiongmai(t *testing.T) {
	login := vector("xm_login_frame")
	answers := append(xmMessage(xmLoggedIn, shared(t, xmPayloads+"1001_login_response/1001_login_response_successful.json")),
		xmMessage(xmSystemInfo, shared(t, xmPayloads+"1021_system_info_response/1021_SystemInfo_response.json"))...)
	wantVendor(t, xiongmaiProtocol, tcpAt(34567, login, answers),
		"sender xm.client=yes", "receiver xm.login=present", "receiver xm.present=yes", "receiver xm.login_result=ok",
		"receiver xm.type=IPC", "receiver xm.version=V5.00.R02.00030747.10010.349f17.0000000",
		"receiver xm.hardware=XM530_50X50-WG_8M", "receiver xm.model=50X50-WG", "receiver xm.built=2020-11-24 16:47:14",
		"receiver xm.serial=09d53d540f99b818", "receiver xm.channels=1")
	wrong := shared(t, xmPayloads+"1001_login_response/1001_login_response_incorrect_password.json")
	wantVendor(t, xiongmaiProtocol, tcpAt(8899, login, xmMessage(xmLoggedIn, wrong)),
		"sender xm.client=yes", "receiver xm.login=present", "receiver xm.present=yes", "receiver xm.login_result=refused")
	if xiongmaiProtocol.Detect(tcpAt(8899, login, nil)) {
		t.Error("one side is not enough on a foreign port")
	}
}

func TestXiongmaiRefuses(t *testing.T) {
	refuses(t, xiongmaiProtocol, []byte("\xff\x00\x00\x00"), []byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	refuses(t, xmSearchProtocol, []byte("\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xfa\x05\x09\x00\x00\x00"))
}

func FuzzXMSearch(f *testing.F) { fuzzRow(f, xmSearchProtocol) }

func FuzzXiongmai(f *testing.F) { fuzzRow(f, xiongmaiProtocol) }

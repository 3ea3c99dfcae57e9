package find

import (
	"encoding/binary"
	"testing"
)

func init() {
	addSample("gwell", udpAt(gwellPort, gwellPort, gwellMessage(gwellAskLen, 1)), udpAt(gwellPort, gwellReplyPort, gwellReply()))
}

// gwellMessage is a message of n bytes with the numbers given. Questions are as the apps
// send them; answers are our own, by the app's header.
func gwellMessage(n int, fields ...uint32) []byte {
	b := make([]byte, n)
	for i, f := range fields {
		binary.LittleEndian.PutUint32(b[4*i:], f)
	}
	return b
}

func gwellReply() []byte { return gwellMessage(gwellLen, 2, 1, 28, 0, 1234567, 7, 1) }

func TestGwell(t *testing.T) {
	wantVendor(t, gwellProtocol, udpAt(gwellPort, gwellReplyPort, gwellReply()),
		"sender gwell.present=yes", "sender gwell.id=1234567", "sender gwell.type=7", "sender gwell.password=set")
	wantVendor(t, gwellProtocol, udpAt(gwellPort, 50000, gwellMessage(64, 2, 0, 0, 0, 7654321, 2, 0)),
		"sender gwell.present=yes", "sender gwell.id=7654321", "sender gwell.type=2", "sender gwell.password=unset")
	for _, ask := range [][]byte{gwellMessage(gwellAskLen, 1), gwellMessage(gwellLen, 1, 0, 28)} {
		wantVendor(t, gwellProtocol, udpAt(50000, gwellPort, ask), "sender gwell.asks=yes")
	}
}

func TestGwellRefuses(t *testing.T) {
	refuses(t, gwellProtocol, gwellReply()[:27], gwellMessage(gwellAskLen, 1, 1), gwellMessage(gwellAskLen-1, 1), gwellMessage(gwellLen, 1),
		gwellMessage(28, 2, 1, 28, 0, 0, 7, 1), gwellMessage(28, 2, 1, 29, 0, 1, 7, 1), gwellMessage(28, 2, 1, 28, 0, 1, 7, 2),
		gwellMessage(28, 2, 16, 28, 0, 1, 7, 1), gwellMessage(28, 2, 1, 28, 16, 1, 7, 1), gwellMessage(28, 2, 1, 28, 0, 1, 1<<16, 1), gwellMessage(28, 3, 1, 28, 0, 1, 7, 1))
	if gwellProtocol.Detect(udpAt(40001, 40002, gwellReply())) {
		t.Error("detected away from its ports")
	}
}

func FuzzGwell(f *testing.F) { fuzzRow(f, gwellProtocol) }

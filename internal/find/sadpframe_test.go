package find

import "testing"

// sadpFrame builds a frame by the layout in MatrixEditor/hiktools.
func sadpFrame(who, kind byte, payload []byte) *Message {
	b := []byte{0x21, 2, 1, who, 0, 0, 0, 9, 6, 4, kind, 0, 0, 0,
		0xaa, 0xbb, 0xcc, 0, 0x11, 0x22, 192, 0, 2, 64, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 255, 255, 255, 0}
	return &Message{Transport: Ether, EtherType: sadpEtherType, Data: append(b, payload...)}
}

func sadpFramePayload() []byte {
	b := make([]byte, 112)
	copy(b, "DS-2CD2132F-IWS20150101CCWR512345678")
	copy(b[64:], "V5.5.0build 170725")
	return b
}

func init() {
	addSample("sadp-frame", sadpFrame(0xf6, 4, sadpFramePayload()), sadpFrame(0x42, 3, make([]byte, 28)))
}

func TestSADPFrame(t *testing.T) {
	wantVendor(t, sadpFrameProtocol, sadpFrame(0xf6, 4, sadpFramePayload()),
		"sender sadp.present=yes", "sender sadp.mac=aa:bb:cc:00:11:22", "sender sadp.address=192.0.2.64",
		"sender sadp.serial=DS-2CD2132F-IWS20150101CCWR512345678", "sender sadp.serial_model=DS-2CD2132F-IWS",
		"sender sadp.built=2015-01-01", "sender sadp.firmware=V5.5.0build 170725")
	wantVendor(t, sadpFrameProtocol, sadpFrame(0x42, 3, make([]byte, 28)), "sender sadp.asks=yes")
	wantVendor(t, sadpFrameProtocol, sadpFrame(0x42, 0x0a, nil), "sender sadp.command=type 0a")
	other := sadpFrame(0xf6, 4, nil)
	other.EtherType = 0x88cc
	if sadpFrameProtocol.Detect(other) {
		t.Error("takes another EtherType")
	}
}

func FuzzSADPFrame(f *testing.F) { fuzzRow(f, sadpFrameProtocol) }

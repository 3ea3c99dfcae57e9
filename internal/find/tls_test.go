package find

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

var (
	// From camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap: SSL 2's form of hello, whole.
	dlinkHello = unhex("807d01030100540000002000003900003800003500001600001300000a0700c000003300003200002f0000070500800300800000050000040100800000150000120000090600400000140000110000080000060400800000030200800000ff69cd765d385bf0b5592a6218ad816319a5643a96004a65dfe1548bd96be5f1d8")
	// A hello for cam.example with one cipher, h2, TLS 1.3 (layout of RFC 8446 section 4.1.2; made up).
	smallHello = unhex("01000051030300000000000000000000000000000000000000000000000000000000000000000000041a1a13010100002400000010000e00000b63616d2e6578616d706c65001000050003026832002b0003020304")
)

// record wraps a handshake message.
func record(hello []byte) []byte {
	return append([]byte{22, 3, 1, byte(len(hello) >> 8), byte(len(hello))}, hello...)
}

func init() {
	addSample("tls", connection("10.10.10.37:41472", "52.8.178.58:443", dlinkHello, unhex("16030300040e000000")),
		connection("10.0.0.5:4000", "1.2.3.4:443", record(smallHello), nil))
	addSample("quic", datagram("10.0.0.5:4000", "1.2.3.4:443", sealInitial(quicSuite1, quicV1, smallHello, true)),
		datagram("10.0.0.5:4000", "1.2.3.4:443", sealInitial(quicSuite2, quicV2, smallHello, true)))
}

func TestTLS(t *testing.T) {
	_, got := hear(samples["tls"][1])
	wantFacts(t, got, fact{"tls", "10.0.0.5", "tls.sni", "cam.example"}, fact{"tls", "10.0.0.5", "tls.alpn", "h2"})
	if !tlsEnough(samples["tls"][0]) || tlsEnough(samples["tls"][1]) {
		t.Error("enough must mean: both have spoken")
	}
	cutOff := record(smallHello)
	_, got = hear(connection("10.0.0.5:4000", "1.2.3.4:443", cutOff[:len(cutOff)-4], nil))
	wantFacts(t, got, fact{"tls", "10.0.0.5", "tls.sni", "cam.example"})
}

// The JA3 values are those that tshark 4.0 gives for the same captures; the JA4 is the
// example of the specification (Chrome).
func TestTLSCaptures(t *testing.T) {
	wantFacts(t, hearCapture(t, "benign/ndpi/chrome.pcap"),
		fact{Kind: "tls.sni", Value: "www.iit.cnr.it"},
		fact{Kind: "tls.ja4", Value: "t13d1516h2_8daaf6152771_e5627efa2ab1"},
		fact{Kind: "tls.ja3", Value: "1b73862eae8f1711440a446b1ef357fd"})
	wantFacts(t, hearCapture(t, "iot/ndpi/alexa-app.pcapng"),
		fact{Kind: "tls.ja3", Value: "d551fafc4f40f1dec2bb45980bfa9492"},
		fact{Kind: "tls.sni", Value: "mtalk.google.com"})
	wantFacts(t, hearCapture(t, "camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap"),
		fact{"tls", "52.8.178.58", "tls.subject", "CN=*.auto.mydlink.com,OU=IT Dept.,O=D-Link Corporation,L=Taipei,ST=Taiwan,C=TW"},
		fact{"tls", "52.8.178.58", "tls.san", "auto.mydlink.com"},
		fact{"tls", "52.8.178.58", "tls.not_after", "2017-09-22T08:22:05Z"},
		fact{"tls", "52.8.178.58", "tls.version", "TLS 1.0"})
}

// RFC 9001 appendix A.1 and RFC 9369 appendix A.1: the client's keys for the
// destination connection id 8394c8f03e515708.
func TestQUICKeys(t *testing.T) {
	dcid := unhex("8394c8f03e515708")
	for _, c := range []struct {
		suite       *quicSuite
		key, iv, hp string
	}{
		{quicSuite1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"},
		{quicSuite2, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9"},
	} {
		key, iv, hp, ok := c.suite.keys(dcid)
		if !ok || hex.EncodeToString(key) != c.key || hex.EncodeToString(iv) != c.iv || hex.EncodeToString(hp) != c.hp {
			t.Errorf("%s: key %x, iv %x, hp %x", c.suite.key, key, iv, hp)
		}
	}
}

// sealInitial makes a client's Initial of 1200 bytes, the hello in two CRYPTO frames,
// the second first.
func sealInitial(s *quicSuite, version uint32, hello []byte, both bool) []byte {
	half := 30
	frames := append([]byte{6, byte(half), byte(len(hello) - half)}, hello[half:]...)
	frames = append(frames, 1, 0) // a PING and padding between
	if both {
		frames = append(append(frames, 6, 0, byte(half)), hello[:half]...)
	}
	dcid := unhex("8394c8f03e515708")
	header := binary.BigEndian.AppendUint32([]byte{0xC0 | s.initial<<4}, version)
	header = append(append(header, 8), dcid...)
	header = append(header, 0, 0) // no source id, no token
	size := 1200 - len(header) - 2
	header = append(header, 0x40|byte(size>>8), byte(size), 0)
	plain := append(frames, make([]byte, size-1-16-len(frames))...)
	key, iv, hp, _ := s.keys(dcid)
	block, _ := aes.NewCipher(key)
	gcm, _ := cipher.NewGCM(block)
	packet := gcm.Seal(header, iv, plain, header) // packet number 0 leaves the nonce as it is
	mask := make([]byte, 16)
	block, _ = aes.NewCipher(hp)
	pn := len(header) - 1
	block.Encrypt(mask, packet[pn+4:pn+20])
	packet[0] ^= mask[0] & 0x0F
	packet[pn] ^= mask[1]
	return packet
}

func TestQUIC(t *testing.T) {
	for _, m := range samples["quic"] {
		_, got := hear(m)
		wantFacts(t, got, fact{"quic", "10.0.0.5", "quic.sni", "cam.example"}, fact{Kind: "quic.ja4"})
	}
	_, got := hear(datagram("10.0.0.5:4000", "1.2.3.4:443", sealInitial(quicSuite1, quicV1, smallHello, false)))
	wantFacts(t, got, fact{"quic", "10.0.0.5", "quic.sni", "cam.example"})
	bad := sealInitial(quicSuite1, quicV1, smallHello, true)
	bad[600] ^= 1
	if _, got := hear(datagram("10.0.0.5:4000", "1.2.3.4:443", bad)); len(got) > 0 {
		t.Errorf("a forged packet was believed: %v", got)
	}
}

func FuzzTLS(f *testing.F)  { fuzzRow(f, tlsProtocol) }
func FuzzQUIC(f *testing.F) { fuzzRow(f, quicProtocol) }

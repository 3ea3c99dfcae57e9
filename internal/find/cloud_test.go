package find

import (
	"strings"
	"testing"
)

var (
	// An answer to sysDescr.0 and sysObjectID.0 over v2c (RFC 3416 section 3; made up).
	snmpSays = unhex("3042020101040670726976316ca235020101020100020100302a301206082b06010201010100040643616d657261301406082b0601020101020006082b0601040182b17d")
	// A CONNECT of MQTT 3.1.1 with user and password, then SUBSCRIBE (OASIS standard, chapters 3.1 and 3.8; made up).
	mqttAsks = unhex("102c00044d51545404c2003c001030313233343536373839616263646566000561646d696e000773656372657431")
	// A binding request with SOFTWARE "cam", and its answer's head (RFC 8489 section 5; made up).
	stunAsks = unhex("000100082112a442b7e7a701bc34d686fa87dfae8022000363616d00")
	// GET coap://host/storage?x (RFC 7252 appendix A's form; as in iot/ndpi/coap_mqtt.pcap).
	coapAsks = append(unhex("44017d3520000000"), "\xb7storage"...)
	// RFC 5424 section 6.5, example 1, shortened.
	syslogSays = []byte("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - failed for lonvick")
	// A camera registers at a GB/T 28181 platform (the standard's appendix J.1 form; made up).
	gbRegister = []byte("REGISTER sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060\r\nFrom: <sip:34020000001320000001@3402000000>;tag=1\r\nTo: <sip:34020000001320000001@3402000000>\r\nAuthorization: Digest username=\"34020000001320000001\", response=\"secret1\"\r\nUser-Agent: IP Camera\r\nContent-Length: 0\r\n\r\n")
	// A packet of RTP that begins an H.264 slice (RFC 6184 section 5.8; the size of a camera's).
	rtpVideo = append(unhex("8060000100000e1012345678"+"7c85"), make([]byte, 900)...)
	rtpSound = append(unhex("8008000100000140aabbccdd"), []byte(strings.Repeat("\xd5", 160))...)
	// A sender report and a source description (RFC 3550 sections 6.4.1 and 6.5).
	rtcpReport = unhex("80c8000612345678000102030405060708090a0b0c0d0e0f1011121381ca0003123456780102636d00000000")
)

func init() {
	addSample("snmp", datagram("10.0.0.5:161", "10.0.0.9:4000", snmpSays))
	addSample("mqtt", connection("10.0.0.5:4000", "1.2.3.4:1883", mqttAsks, unhex("20020000")))
	addSample("stun", datagram("10.0.0.5:4000", "1.2.3.4:3478", stunAsks))
	addSample("stun-tcp", connection("10.0.0.5:4000", "1.2.3.4:3478", stunAsks, nil))
	addSample("mpegts", datagram("10.0.0.5:4000", "239.1.1.1:1234", []byte(strings.Repeat("\x47\x40\x11\x10"+strings.Repeat("\xff", 184), 7))))
	addSample("coap", datagram("10.0.0.9:4000", "10.0.0.5:5683", coapAsks))
	addSample("syslog", datagram("10.0.0.5:4000", "10.0.0.9:514", syslogSays))
	addSample("sip", datagram("10.0.0.5:5060", "10.0.0.9:5060", gbRegister))
	addSample("sip-tcp", connection("10.0.0.5:5060", "10.0.0.9:5060", gbRegister, []byte("SIP/2.0 200 OK\r\nServer: Platform\r\nContent-Length: 0\r\n\r\n")))
	addSample("rtp", datagram("10.0.0.5:8000", "10.0.0.9:40000", rtpVideo), datagram("10.0.0.5:8002", "10.0.0.9:40002", rtpSound),
		datagram("10.0.0.5:8001", "10.0.0.9:40001", rtcpReport))
	addSample("rtmp", connection("10.0.0.5:4000", "1.2.3.4:1935", append(append([]byte{3}, make([]byte, 3072)...),
		"\x03\x00\x00\x00\x00\x00\x40\x14\x00\x00\x00\x00\x02\x00\x07connect\x00\x3f\xf0\x00\x00\x00\x00\x00\x00\x03\x00\x03app\x02\x00\x04live\x02\x00\x07publish"...),
		append([]byte{3}, make([]byte, 3072)...)))
}

func TestCloudProtocols(t *testing.T) {
	for _, c := range []struct {
		m    *Message
		want []fact
	}{
		{samples["snmp"][0], []fact{{"snmp", "10.0.0.5", "snmp.sysdescr", "Camera"}, {"snmp", "10.0.0.5", "snmp.sysobjectid", "1.3.6.1.4.1.39165"},
			{"snmp", "10.0.0.5", "snmp.community", "present"}, {"snmp", "10.0.0.5", "snmp.version", "2c"}}},
		{samples["mqtt"][0], []fact{{"mqtt", "10.0.0.5", "mqtt.client", "01234567…"}, {"mqtt", "10.0.0.5", "mqtt.login", "present"}, {"mqtt", "1.2.3.4", "mqtt.broker", "yes"}}},
		{samples["stun"][0], []fact{{"stun", "10.0.0.5", "stun.client", "yes"}, {"stun", "10.0.0.5", "stun.software", "cam"}}},
		{samples["stun-tcp"][0], []fact{{"stun-tcp", "10.0.0.5", "stun.client", "yes"}}},
		{samples["mpegts"][0], []fact{{"mpegts", "10.0.0.5", "rtp.video", "MP2T"}}},
		{samples["coap"][0], []fact{{"coap", "10.0.0.5", "coap.path", "/storage"}}},
		{samples["syslog"][0], []fact{{"syslog", "10.0.0.5", "syslog.sender", "yes"}}},
		{samples["sip"][0], []fact{{"sip", "10.0.0.5", "gb28181.device", "34020000001320000001"}, {"sip", "10.0.0.9", "gb28181.server", "yes"},
			{"sip", "10.0.0.5", "sip.user_agent", "IP Camera"}, {"sip", "10.0.0.5", "sip.method", "REGISTER"}, {"sip", "10.0.0.5", "sip.login", "digest"}}},
		{samples["sip-tcp"][0], []fact{{"sip-tcp", "10.0.0.9", "sip.server", "Platform"}}},
		{samples["rtp"][0], []fact{{"rtp", "10.0.0.5", "rtp.video", "H264"}}},
		{samples["rtp"][1], []fact{{"rtp", "10.0.0.5", "rtp.audio", "PCMA"}}},
		{samples["rtmp"][0], []fact{{"rtmp", "1.2.3.4", "rtmp.app", "live"}, {"rtmp", "10.0.0.5", "rtmp.publish", "yes"}, {"rtmp", "1.2.3.4", "rtmp.server", "yes"}}},
	} {
		_, got := hear(c.m)
		wantFacts(t, got, c.want...)
		noSecret(t, got, "secret1", "priv1l")
	}
}

func TestCloudCaptures(t *testing.T) {
	wantFacts(t, hearCapture(t, "iot/ndpi/mqtt.pcap"),
		fact{"mqtt", "192.168.0.1", "mqtt.topic", "astr/admin"}, fact{"mqtt", "10.10.10.1", "mqtt.broker", "yes"})
	wantFacts(t, hearCapture(t, "iot/ndpi/coap_mqtt.pcap"),
		fact{"coap", "bbbb::3", "coap.path", "/storage/myresource"}, fact{"mqtt", "192.168.56.1", "mqtt.topic", "Bus17Cmd"})
	wantFacts(t, hearCapture(t, "proto/ndpi/rtmp.pcap"), fact{"rtmp", "192.168.43.128", "rtmp.app", "StreamPlayer/"})
	wantFacts(t, hearCapture(t, "proto/ndpi/stun.pcap"), fact{"stun", "192.168.12.169", "stun.client", "yes"})
	wantFacts(t, hearCapture(t, "iot/iotsentinel-WeMoSwitch/Setup-A-1-STA.pcap"), fact{App: "stun-tcp", Kind: "stun.software", Value: "pjnath-1.8.10"})
	wantFacts(t, hearCapture(t, "benign/ndpi/zoom.pcap"), fact{"nbns", "192.168.1.117", "nbns.name", "LUCAS-IMAC"})
	wantFacts(t, hearCapture(t, "attack/ndpi/telnet.pcap"), fact{"telnet", "192.168.0.1", "telnet.login", "present"})
}

// A datagram that merely looks like RTP's header is not enough, but it is on a port
// that was agreed on.
func TestRTPIsStrict(t *testing.T) {
	b := append(unhex("8061000100000e1012345678"+"0102"), make([]byte, 600)...)
	if detectRTP(b) || !isRTP(b) {
		t.Error("strictness is the wrong way round")
	}
}

func FuzzSNMP(f *testing.F)    { fuzzRow(f, snmpProtocol) }
func FuzzMQTT(f *testing.F)    { fuzzRow(f, mqttProtocol) }
func FuzzSTUN(f *testing.F)    { fuzzRow(f, stunProtocol) }
func FuzzSTUNTCP(f *testing.F) { fuzzRow(f, stunTCPProtocol) }
func FuzzMPEGTS(f *testing.F)  { fuzzRow(f, mpegtsProtocol) }
func FuzzCoAP(f *testing.F)    { fuzzRow(f, coapProtocol) }
func FuzzSyslog(f *testing.F)  { fuzzRow(f, syslogProtocol) }
func FuzzSIP(f *testing.F)     { fuzzRow(f, sipProtocol) }
func FuzzSIPTCP(f *testing.F)  { fuzzRow(f, sipTCPProtocol) }
func FuzzRTP(f *testing.F)     { fuzzRow(f, rtpProtocol) }
func FuzzRTMP(f *testing.F)    { fuzzRow(f, rtmpProtocol) }

package find

import "testing"

var (
	// From camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap: a camera asks ntp1.dlink.com for the time.
	dlinkNTP       = unhex("1b0004fa000100000001000000000000000000000000000000000000000000000000000000000000d75c78fda12c3866")
	dlinkNTPAnswer = unhex("1c0205ed0000025000000bec803b00f5dabb7aa27636e0cfd75c78fda12c3866dabb827ac85a2b55dabb827ac85d82d4")
	// From camera/iotsentinel-EdnetCam1/Setup-A-1-STA.pcap: the camera asks for a script to fetch.
	ednetTFTP = unhex("00012f7570646174652e7368006f63746574007473697a65003000")
	// From proto/ndpi/natpmp.pcap.
	natpmpMap = unhex("00020000c8d5c8d500000e10")
	// A PCP MAP request for TCP 554 from 10.0.0.5 (RFC 6887 figure 9; made up).
	pcpMap = unhex("0201000000000e1000000000000000000000ffff0a000005" +
		"0102030405060708090a0b0c" + "06000000" + "022a022a" + "00000000000000000000ffff00000000")
	// From camera/iotsentinel-D-LinkCam and proto/ndpi/ssdp-m-search.pcap, shortened.
	dlinkNotify = []byte("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: http://10.10.10.37:50510/\r\nSERVER: Linux/2.6 UPnP/1.0 DCS-935L/1.06\r\nNT: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\nNTS: ssdp:alive\r\n\r\n")
	searchVLC   = []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 5\r\nST: urn:schemas-upnp-org:device:MediaServer:1\r\n\r\n")
)

func init() {
	addSample("ntp", datagram("10.10.10.37:44542", "54.86.11.193:123", dlinkNTP), datagram("54.86.11.193:123", "10.10.10.37:44542", dlinkNTPAnswer))
	addSample("tftp", datagram("10.10.10.186:3072", "192.168.1.13:69", ednetTFTP))
	addSample("natpmp", datagram("192.168.1.128:36852", "192.168.1.254:5351", natpmpMap), datagram("10.0.0.5:36852", "10.0.0.1:5351", pcpMap))
	addSample("ssdp", datagram("10.10.10.37:1900", "239.255.255.250:1900", dlinkNotify), datagram("10.0.0.4:50000", "239.255.255.250:1900", searchVLC))
	addSample("ssh", connection("10.0.0.1:4000", "10.0.0.2:22", []byte("SSH-2.0-libssh2_1.4\r\n"), []byte("SSH-2.0-dropbear_2012.55\r\n\x00\x00")))
	addSample("ftp", connection("10.0.0.1:4000", "10.0.0.2:21", []byte("USER admin\r\nPASS 12345\r\nQUIT\r\n"), []byte("220 Network Camera FTP server ready.\r\n331 Password required\r\n230 ok\r\n")))
	addSample("smtp", connection("10.0.0.1:4000", "10.0.0.2:25", []byte("EHLO cam\r\n"), []byte("220 mail.example ESMTP Postfix\r\n250 ok\r\n")))
	// The openings of both sides in attack/ndpi/telnet.pcap, shortened.
	addSample("telnet", connection("192.168.0.2:1550", "192.168.0.1:23",
		append(unhex("fffd03fffb18fffa220301000003620304fff0fffd01"), "fake\r\nuser\r\nls\r\n"...),
		append(unhex("fffd25fffb03fffa2001fff0"), "\r\nOpenBSD/i386 (oof) (ttyp2)\r\n\r\nlogin: Password:Last login: Sat Nov 27\r\n"...)))
}

func TestSmallProtocols(t *testing.T) {
	for _, c := range []struct {
		m    *Message
		want []fact
	}{
		{samples["ntp"][0], []fact{{"ntp", "10.10.10.37", "ntp.client", "yes"}}},
		{samples["ntp"][1], []fact{{"ntp", "54.86.11.193", "ntp.server", "yes"}}},
		{samples["tftp"][0], []fact{{"tftp", "10.10.10.186", "tftp.read", "/update.sh"}}},
		{samples["natpmp"][0], []fact{{"natpmp", "192.168.1.128", "upnp.portmap", "tcp 51413 -> 192.168.1.128:51413"}}},
		{samples["natpmp"][1], []fact{{"natpmp", "10.0.0.5", "upnp.portmap", "tcp 554 -> 10.0.0.5:554"}}},
		{samples["ssdp"][0], []fact{
			{"ssdp", "10.10.10.37", "ssdp.server", "Linux/2.6 UPnP/1.0 DCS-935L/1.06"},
			{"ssdp", "10.10.10.37", "ssdp.location", "http://10.10.10.37:50510/"}}},
		{samples["ssdp"][1], []fact{{"ssdp", "10.0.0.4", "ssdp.search", "urn:schemas-upnp-org:device:MediaServer:1"}}},
		{samples["ssh"][0], []fact{{"ssh", "10.0.0.2", "ssh.banner", "SSH-2.0-dropbear_2012.55"}}},
		{samples["ftp"][0], []fact{{"ftp", "10.0.0.2", "ftp.banner", "220 Network Camera FTP server ready."}, {"ftp", "10.0.0.2", "ftp.login", "present"}}},
		{samples["smtp"][0], []fact{{"smtp", "10.0.0.2", "smtp.banner", "220 mail.example ESMTP Postfix"}}},
		{samples["telnet"][0], []fact{{"telnet", "192.168.0.1", "telnet.banner", "OpenBSD/i386 (oof) (ttyp2)\r\n\r\nlogin:"}, {"telnet", "192.168.0.1", "telnet.login", "present"}}},
	} {
		_, got := hear(c.m)
		wantFacts(t, got, c.want...)
	}
}

// A searcher announces nothing.
func TestSearcherIsNoDevice(t *testing.T) {
	_, got := hear(samples["ssdp"][1])
	if len(got) != 1 {
		t.Errorf("heard %v", got)
	}
}

func TestCleanURL(t *testing.T) {
	for in, want := range map[string]string{
		"rtsp://admin:secret@10.0.0.5/live":                      "rtsp://10.0.0.5/live",
		"/video.cgi?user=admin&pwd=x&rate=0":                     "/video.cgi?user=…&pwd=…&rate=0",
		"/get_status.cgi?loginuse=admin&loginpas=888888":         "/get_status.cgi?loginuse=…&loginpas=…",
		"/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp":   "/user=…_password=…_channel=1_stream=0.sdp",
		"/user=admin&password=x&channel=1&stream=0.sdp?real":     "/user=…&password=…&channel=1&stream=0.sdp?real",
		"/cam/realmonitor?channel=1&subtype=0":                   "/cam/realmonitor?channel=1&subtype=0",
		"/relay/admin:secret@10.0.0.5/live?x=1":                  "/relay/10.0.0.5/live?x=1",
		"/Streaming/Channels/101":                                "/Streaming/Channels/101",
		"http://10.0.0.5:80/a@b?auth=YWRtaW46MTIz":               "http://10.0.0.5:80/a@b?auth=…",
		"/cgi-bin/CGIProxy.fcgi?cmd=getDevInfo&usr=admin&pwd=ab": "/cgi-bin/CGIProxy.fcgi?cmd=getDevInfo&usr=…&pwd=…",
	} {
		if got := CleanURL(in); got != want {
			t.Errorf("CleanURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzNTP(f *testing.F)    { fuzzRow(f, ntpProtocol) }
func FuzzTFTP(f *testing.F)   { fuzzRow(f, tftpProtocol) }
func FuzzNATPMP(f *testing.F) { fuzzRow(f, natpmpProtocol) }
func FuzzSSDP(f *testing.F)   { fuzzRow(f, ssdpProtocol) }
func FuzzSSH(f *testing.F)    { fuzzRow(f, sshProtocol) }
func FuzzFTP(f *testing.F)    { fuzzRow(f, ftpProtocol) }
func FuzzSMTP(f *testing.F)   { fuzzRow(f, smtpProtocol) }
func FuzzTelnet(f *testing.F) { fuzzRow(f, telnetProtocol) }

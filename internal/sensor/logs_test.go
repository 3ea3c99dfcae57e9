package sensor

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cordon/internal/packet"
)

// The samples below are written after the formats' public documentation: docs.zeek.org ("conn.log",
// "dns.log", "ssl.log", "http.log", "dhcp.log"), docs.suricata.io ("EVE JSON Format"), dhcpd.leases(5),
// dnsmasq's lease.c, the Kea Administrator Reference Manual, the kernel's nf_log_syslog.c,
// Netgate's "Raw Filter Log Format" and tcpdump(1). Addresses are documentation's (RFC 5737).
const (
	zeekDNS = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#open\t2026-01-02-03-00-00\n" +
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\tquery\tqtype_name\trcode_name\tanswers\n" +
		"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tstring\tstring\tstring\tvector[string]\n" +
		"1767323040.100000\tCd1\t192.168.1.20\t40000\t192.168.1.1\t53\tudp\t7\tP2P.Example.com\tA\tNOERROR\tcdn.example.net,198.51.100.9\n" +
		"1767323040.200000\tCd2\t192.168.1.20\t5353\t224.0.0.251\t5353\tudp\t0\t_http._tcp.local\tPTR\t-\t-\n" +
		"#close\t2026-01-02-04-00-00\n"
	zeekSSL = "#separator \\x09\n#path\tssl\n#unset_field\t-\n" +
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tversion\tcipher\tserver_name\testablished\tsubject\tissuer\n" +
		"1767323045.250000\tCs1\t192.168.1.20\t50000\t198.51.100.7\t443\tTLSv12\tTLS_AES\tCloud.Example.com\tT\tCN=*.example.com,O=Acme\\x2c Inc\tCN=Acme CA\n"
	zeekHTTP = `{"ts":1767323046.5,"uid":"Ch1","id.orig_h":"192.168.1.20","id.orig_p":50001,"id.resp_h":"198.51.100.8","id.resp_p":80,"method":"GET","host":"fw.example.com","uri":"/fw/cam.bin?token=geheim","user_agent":"curl/7.1","status_code":200,"response_body_len":8000000,"resp_mime_types":["application/octet-stream"],"username":"admin","password":"geheim"}` + "\n"
	zeekDHCP = `{"ts":"2026-01-02T03:04:00.000000Z","uids":["Cx"],"client_addr":"192.168.1.20","server_addr":"192.168.1.1","mac":"02:00:00:00:00:20","host_name":"IPCAM","requested_addr":"192.168.1.20","assigned_addr":"192.168.1.20","msg_types":["REQUEST","ACK"]}` + "\n"
	zeekConn = "#separator \\x09\n#set_separator\t,\n#unset_field\t-\n#path\tconn\n" +
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\torig_l2_addr\n" +
		"1767323045.123456\tCs1\t192.168.1.20\t50000\t198.51.100.7\t443\ttcp\tssl\t12.5\t9000\t400\tSF\t10\t9520\t8\t816\t02:00:00:00:00:20\n" +
		"1767323047.000000\tCq1\t192.168.1.20\t50002\t198.51.100.9\t32100\tudp\t-\t-\t-\t-\tS0\t1\t60\t0\t0\t-\n" +
		"1767323048.000000\tCr1\t192.168.1.20\t50003\t198.51.100.7\t8443\ttcp\t-\t0.1\t0\t0\tREJ\t1\t60\t1\t40\t-\n" +
		"1767323049.000000\tCt1\t192.168.1.20\t50004\t198.51.100.7\t8444\ttcp\t-\t-\t-\t-\tS0\t3\t180\t0\t0\t-\n" +
		"1767323049.500000\tCi1\tfe80::1\t135\tff02::1\t136\ticmp\t-\t-\t-\t-\tOTH\t1\t72\t0\t0\t-\n"

	eveLog = `{"timestamp":"2026-01-02T03:04:00.100000+0000","flow_id":11,"event_type":"dns","src_ip":"192.168.1.20","src_port":40000,"dest_ip":"192.168.1.1","dest_port":53,"proto":"UDP","dns":{"version":2,"type":"answer","rrname":"p2p.example.com","rcode":"NOERROR","answers":[{"rrname":"p2p.example.com","rrtype":"A","ttl":60,"rdata":"198.51.100.9"}],"grouped":{"A":["198.51.100.9"]}}}
{"timestamp":"2026-01-02T04:04:00.200000+0100","flow_id":12,"event_type":"dns","src_ip":"192.168.1.20","src_port":40001,"dest_ip":"192.168.1.1","dest_port":53,"proto":"UDP","dns":{"version":3,"type":"response","queries":[{"rrname":"v3.example.com","rrtype":"AAAA"}],"answers":[{"rrname":"v3.example.com","rrtype":"AAAA","rdata":"2001:db8::9"}]}}
{"timestamp":"2026-01-02T03:04:05.250000+0000","flow_id":13,"event_type":"tls","src_ip":"192.168.1.20","src_port":50000,"dest_ip":"198.51.100.7","dest_port":443,"proto":"TCP","tls":{"subject":"CN=*.example.com","issuerdn":"CN=Acme CA","version":"TLS 1.2","sni":"cloud.example.com","ja3":{"hash":"0123456789abcdef0123456789abcdef"}}}
{"timestamp":"2026-01-02T03:04:06.000000+0000","flow_id":14,"event_type":"http","src_ip":"192.168.1.20","src_port":50001,"dest_ip":"198.51.100.8","dest_port":80,"proto":"TCP","http":{"hostname":"fw.example.com","url":"/fw/cam.bin?token=geheim","http_user_agent":"curl/7.1","http_content_type":"application/zip","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":8000000,"response_headers":[{"name":"Server","value":"nginx"}]}}
{"timestamp":"2026-01-02T03:04:07.000000+0000","flow_id":15,"event_type":"dhcp","src_ip":"192.168.1.1","src_port":67,"dest_ip":"192.168.1.20","dest_port":68,"proto":"UDP","dhcp":{"type":"reply","id":1,"client_mac":"02:00:00:00:00:20","assigned_ip":"192.168.1.20","dhcp_type":"ack","hostname":"IPCAM","vendor_class_identifier":"udhcp 1.22.1"}}
{"timestamp":"2026-01-02T03:05:00.000000+0000","flow_id":13,"event_type":"flow","src_ip":"192.168.1.20","src_port":50000,"dest_ip":"198.51.100.7","dest_port":443,"proto":"TCP","app_proto":"tls","flow":{"pkts_toserver":10,"pkts_toclient":8,"bytes_toserver":9660,"bytes_toclient":928,"start":"2026-01-02T03:04:05.123456+0000","end":"2026-01-02T03:04:17.623456+0000","age":12,"state":"closed","reason":"timeout"},"ether":{"dest_macs":["02:00:00:00:00:01"],"src_macs":["02:00:00:00:00:20"]},"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b"}}
{"timestamp":"2026-01-02T03:05:01.000000+0000","flow_id":16,"event_type":"flow","src_ip":"192.168.1.20","src_port":50002,"dest_ip":"198.51.100.9","dest_port":32100,"proto":"UDP","app_proto":"failed","flow":{"pkts_toserver":1,"pkts_toclient":0,"bytes_toserver":74,"bytes_toclient":0,"start":"2026-01-02T03:04:07.000000+0000","end":"2026-01-02T03:04:07.000000+0000","state":"new"}}
{"timestamp":"2026-01-02T03:05:02.000000+0000","flow_id":17,"event_type":"flow","src_ip":"192.168.1.20","src_port":50003,"dest_ip":"198.51.100.7","dest_port":8443,"proto":"TCP","flow":{"pkts_toserver":1,"pkts_toclient":1,"bytes_toserver":74,"bytes_toclient":54,"start":"2026-01-02T03:04:08.000000+0000","end":"2026-01-02T03:04:08.000000+0000","state":"closed"},"tcp":{"tcp_flags_ts":"02","tcp_flags_tc":"14"}}
{"timestamp":"2026-01-02T03:05:02.000000+0000","event_type":"stats","stats":{"uptime":1}}
`
)

// readAll reads logs one after the other and gives what was told.
func readAll(t *testing.T, c SourceConfig, files ...string) (*flowRig, []LogRead) {
	t.Helper()
	r := &flowRig{}
	l, err := NewLogs(c, Env{Sink: r, Key: []byte("k")})
	if err != nil {
		t.Fatal(err)
	}
	l.Written(time.Unix(sentAt+3600, 0))
	var reads []LogRead
	for i, text := range files {
		got, err := l.Read(t.Context(), strings.NewReader(text), "log"+string(rune('0'+i)))
		if err != nil {
			t.Fatal(err)
		}
		reads = append(reads, got)
	}
	return r, reads
}

func (r *flowRig) wantFacts(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(r.facts, w) {
			t.Errorf("no fact %q among %q", w, r.facts)
		}
	}
	for _, f := range r.facts {
		if strings.Contains(f, "geheim") {
			t.Errorf("a secret was told: %q", f)
		}
	}
}

// seen is a flow in short: who opened to whom, how far it got, what it was and is called.
func (r *flowRig) seen() (out []string) {
	states := map[packet.State]string{packet.StateMidway: "midway", packet.StateAttempt: "attempt", packet.StateRefused: "refused", packet.StateAnswered: "answered"}
	for i, f := range r.flows {
		out = append(out, strings.TrimSpace(strings.Join([]string{f.End[0].Addr.String(), ">", f.End[1].Addr.String(), strconv.Itoa(int(f.End[1].Port)), states[f.State], r.apps[i], r.names[i]}, " ")))
	}
	return out
}

func TestZeek(t *testing.T) {
	r, reads := readAll(t, SourceConfig{}, zeekDNS, zeekSSL, zeekHTTP, zeekDHCP, zeekConn)
	r.wantFacts(t, "192.168.1.20 dns.query p2p.example.com", "192.168.1.1 dns.server yes", "192.168.1.20 tls.sni cloud.example.com",
		"198.51.100.7 tls.version TLS 1.2", "198.51.100.7 tls.subject CN=*.example.com,O=Acme, Inc", "192.168.1.20 http.host fw.example.com",
		"192.168.1.20 http.request GET /fw/cam.bin", "192.168.1.20 http.download fw.example.com/fw/cam.bin 8000000 application/octet-stream",
		"198.51.100.8 http.login basic", "02:00:00:00:00:20 dhcp.hostname IPCAM", "02:00:00:00:00:20 dhcp.address 192.168.1.20", "192.168.1.1 dhcp.server yes")
	want := []string{
		"192.168.1.20 > 198.51.100.7 443 answered tls cloud.example.com sni",
		"192.168.1.20 > 198.51.100.9 32100 attempt  p2p.example.com dns",
		"192.168.1.20 > 198.51.100.7 8443 refused",
		"192.168.1.20 > 198.51.100.7 8444 attempt",
		"fe80::1 > ff02::1 0 midway",
	}
	if got := r.seen(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	f := r.flows[0]
	if f.First != 1767323045_123456000 || f.Last-f.First != 12.5e9 || f.Bytes != [2]uint64{9520, 816} || f.Payload != [2]uint64{9000, 400} || f.End[0].MAC.String() != "02:00:00:00:00:20" {
		t.Errorf("%+v", f)
	}
	if r.flows[4].Proto != packet.ProtoICMPv6 {
		t.Errorf("ICMP over IPv6 is %d", r.flows[4].Proto)
	}
	for _, x := range reads {
		if x.Kind != "zeek" || x.Refused != 0 || x.Records == 0 || x.First.IsZero() {
			t.Errorf("%+v", x)
		}
	}
}

func TestEve(t *testing.T) {
	r, reads := readAll(t, SourceConfig{}, eveLog)
	r.wantFacts(t, "192.168.1.20 dns.query p2p.example.com", "192.168.1.20 dns.query v3.example.com", "192.168.1.20 tls.sni cloud.example.com",
		"192.168.1.20 tls.ja3 0123456789abcdef0123456789abcdef", "198.51.100.8 http.server nginx", "192.168.1.20 http.request GET /fw/cam.bin",
		"02:00:00:00:00:20 dhcp.vendor_class udhcp 1.22.1", "02:00:00:00:00:20 dhcp.address 192.168.1.20", "192.168.1.1 dhcp.server yes")
	want := []string{
		"192.168.1.20 > 198.51.100.7 443 answered tls cloud.example.com sni",
		"192.168.1.20 > 198.51.100.9 32100 attempt  p2p.example.com dns",
		"192.168.1.20 > 198.51.100.7 8443 refused",
	}
	if got := r.seen(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if x := reads[0]; x.Kind != "eve" || x.Refused != 0 || x.Lines != 9 {
		t.Errorf("%+v", x)
	}
	if f := r.flows[0]; f.First != 1767323045_123456000 || f.End[0].MAC.String() != "02:00:00:00:00:20" || f.Bytes[0] != 9660 {
		t.Errorf("%+v", f)
	}
}

func TestLeases(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		class bool
	}{
		"dhcpd": {"# The format of this file is documented in the dhcpd.leases(5) manual page.\nauthoring-byte-order little-endian;\n\nlease 192.168.1.20 {\n  starts 5 2026/01/02 03:04:05;\n  ends 5 2026/01/02 15:04:05;\n  cltt 5 2026/01/02 03:04:05;\n" +
			"  binding state active;\n  hardware ethernet 02:00:00:00:00:20;\n  uid \"\\001\\002\";\n  set vendor-class-identifier = \"udhcp \\0611.22\";\n  client-hostname \"IPCAM\";\n}\nlease 192.168.1.21 {\n  starts 5 2026/01/02 03:04:05;\n}\n", true},
		"dnsmasq": {"1767323045 02:00:00:00:00:20 192.168.1.20 IPCAM 01:02:00:00:00:00:20\n1767323045 02:00:00:00:00:21 192.168.1.21 * *\nduid 00:01:00:01\n1767323045 7 2001:db8::20 IPCAM 00:01\n", false},
		"kea": {"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n192.168.1.20,02:00:00:00:00:20,01:02,3600,1767326645,1,0,0,ipcam.,0,,0\n" +
			"192.168.1.22,02:00:00:00:00:22,,3600,1767326645,1,0,0,,1,,0\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			r, reads := readAll(t, SourceConfig{}, c.text, c.text)
			if reads[0].Kind != "leases" || !reads[0].First.Equal(time.Unix(sentAt, 0)) {
				t.Errorf("%+v", reads[0])
			}
			r.wantFacts(t, "02:00:00:00:00:20 dhcp.address 192.168.1.20")
			if c.class {
				r.wantFacts(t, "02:00:00:00:00:20 dhcp.vendor_class udhcp 11.22", "02:00:00:00:00:20 dhcp.hostname IPCAM")
			}
			for _, f := range r.facts {
				if strings.Contains(f, "192.168.1.22") {
					t.Errorf("a declined address was told: %q", f)
				}
			}
		})
	}
}

func TestFirewall(t *testing.T) {
	for name, c := range map[string]struct {
		line, want string
		bytes      uint64
		at         int64
	}{
		"syslog": {"Jan  2 03:04:05 gw kernel: [12345.678901] DROP-FWD IN=br0 OUT=eth0 MAC=02:00:00:00:00:01:02:00:00:00:00:20:08:00 SRC=192.168.1.20 DST=198.51.100.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=50000 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0",
			"192.168.1.20 > 198.51.100.9 443 attempt", 60, sentAt},
		"ufw": {"2026-01-02T03:04:05.000000+00:00 gw kernel: [UFW BLOCK] IN=br0 OUT=eth0 SRC=192.168.1.20 DST=198.51.100.9 LEN=48 PROTO=UDP SPT=50000 DPT=32100 LEN=28",
			"192.168.1.20 > 198.51.100.9 32100 attempt", 48, sentAt},
		"RFC 5424": {"<4>1 2026-01-02T04:04:05+01:00 gw kernel - - - filter_FWD_REJECT: IN=br0 OUT=eth0 SRC=2001:db8::20 DST=2001:db8:1::9 LEN=80 TC=0 HOPLIMIT=63 PROTO=TCP SPT=50000 DPT=443 SYN URGP=0",
			"2001:db8::20 > 2001:db8:1::9 443 refused", 80, sentAt},
		"journal": {`{"__REALTIME_TIMESTAMP":"1767323045000000","MESSAGE":"accept: IN=br0 OUT=eth0 SRC=192.168.1.20 DST=198.51.100.9 LEN=60 PROTO=TCP SPT=50000 DPT=443 SYN","_TRANSPORT":"kernel"}`,
			"192.168.1.20 > 198.51.100.9 443 midway", 60, sentAt},
		"late answer": {"2026-01-02 03:04:05 gw kernel: DROP IN=eth0 OUT=br0 SRC=198.51.100.9 DST=192.168.1.20 LEN=40 PROTO=TCP SPT=443 DPT=50000 ACK RST",
			"192.168.1.20 > 198.51.100.9 443 midway", 0, sentAt},
		"echo": {"Fri 2026-01-02 03:04:05 UTC gw kernel: deny IN=br0 OUT=eth0 SRC=192.168.1.20 DST=198.51.100.9 LEN=84 PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=1",
			"192.168.1.20 > 198.51.100.9 0 attempt", 84, sentAt},
		"own word": {"1767323045.000000 gw kernel: QUARANTINE: IN=br0 OUT=eth0 SRC=192.168.1.20 DST=198.51.100.9 LEN=60 PROTO=TCP SPT=50000 DPT=443 SYN",
			"192.168.1.20 > 198.51.100.9 443 attempt", 60, sentAt},
		"filterlog": {"<134>1 2026-01-02T03:04:05+00:00 OPNsense.lan filterlog 71234 - [meta sequenceId=\"1\"] 82,,,fae559338f65e11c53669fc3642c93c2,igb0,match,block,in,4,0x0,,64,12345,0,DF,6,tcp,60,192.168.1.20,198.51.100.9,50000,443,0,S,123,,64240,,mss;nop",
			"192.168.1.20 > 198.51.100.9 443 attempt", 60, sentAt},
		"filterlog 6": {"Jan  2 03:04:05 pfSense filterlog[71234]: 5,,,1000000103,em0,match,block,in,6,0x00,0x00000,64,UDP,17,28,2001:db8::20,2001:db8:1::9,50000,53,20",
			"2001:db8::20 > 2001:db8:1::9 53 attempt", 68, sentAt},
		"pflog": {"2026-01-02 03:04:05.000000 rule 2/0(match): block in on em0: 192.168.1.20.50000 > 198.51.100.9.443: Flags [S], seq 1, win 64240, options [mss 1460], length 0",
			"192.168.1.20 > 198.51.100.9 443 attempt", 40, sentAt},
		"OpenBSD": {"Jan 02 03:04:05.000000 rule 2/(match) block in on em0: 192.168.1.20.50000 > 198.51.100.9.443: S 1:1(0) win 64240 <mss 1460> (DF)",
			"192.168.1.20 > 198.51.100.9 443 attempt", 40, sentAt},
		"pflog UDP": {"2026-01-02 03:04:05.000000 rule 2/0(match): pass out on em0: 2001:db8::20.50000 > 2001:db8:1::9.32100: UDP, length 20",
			"2001:db8::20 > 2001:db8:1::9 32100 midway", 68, sentAt},
	} {
		t.Run(name, func(t *testing.T) {
			r, reads := readAll(t, SourceConfig{Block: []string{"quarantine"}}, "2026-01-02T03:04:04+00:00 gw sshd[1]: something else\n"+c.line+"\n")
			if got := r.seen(); !slices.Equal(got, []string{c.want}) {
				t.Fatalf("%q, want %q", got, c.want)
			}
			f := r.flows[0]
			if f.Bytes[0] != c.bytes || f.First != c.at*1e9 || reads[0].Kind != "firewall" || reads[0].Refused != 0 {
				t.Errorf("%d bytes, at %v, %+v", f.Bytes[0], time.Unix(0, f.First).UTC(), reads[0])
			}
		})
	}
}

func TestCSV(t *testing.T) {
	c := SourceConfig{Kind: "csv", Zone: "Europe/Berlin", CSV: &CSVMapping{
		Separator: ";", Date: "Day", Time: "Clock", TimeFormat: "02.01.2006 15:04:05", Source: "From", SourcePort: "FP", Destination: "To", DestinationPort: "TP",
		Protocol: "Proto", Action: "Did", Blocked: []string{"nope"}, Sent: "Out", Received: "In", Name: "Host",
	}}
	r, reads := readAll(t, c, "Day;Clock;From;FP;To;TP;Proto;Did;Out;In;Host\n02.01.2026;04:04:05;192.168.1.20;50000;198.51.100.7;443;TCP;allow;9000;400;\"cloud.example.com\"\n"+
		"02.01.2026;04:04:06;192.168.1.20;50000;198.51.100.9;443;6;Nope;0;0;\nrubbish\n")
	want := []string{"192.168.1.20 > 198.51.100.7 443 answered  cloud.example.com host", "192.168.1.20 > 198.51.100.9 443 attempt"}
	if got := r.seen(); !slices.Equal(got, want) || reads[0].Refused != 1 || r.flows[0].First != exportTime {
		t.Errorf("%q, %+v, %v", got, reads[0], time.Unix(0, r.flows[0].First).UTC())
	}
	if _, err := OpenSource(SourceConfig{Kind: "csv", Path: "x", CSV: &CSVMapping{Time: "t"}}, Env{}); err == nil {
		t.Error("a mapping without addresses was taken")
	}
}

// Rotated logs are packed; what is no log is refused by name.
func TestReadPacked(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(zeekConn))
	z.Close()
	r, _ := readAll(t, SourceConfig{}, b.String())
	if len(r.flows) != 5 {
		t.Errorf("%d flows", len(r.flows))
	}
	l, _ := NewLogs(SourceConfig{}, Env{Sink: r})
	if _, err := l.Read(t.Context(), strings.NewReader("hello\n"), "x.txt"); err == nil || !strings.Contains(err.Error(), "x.txt") {
		t.Errorf("%v", err)
	}
}

func TestLogOrder(t *testing.T) {
	if LogOrder([]byte(zeekConn)) <= LogOrder([]byte(zeekDNS)) || LogOrder([]byte(zeekConn)) <= LogOrder([]byte(zeekSSL)) {
		t.Error("conversations come before their names")
	}
}

// FuzzLogs reads any bytes as every kind of log.
func FuzzLogs(f *testing.F) {
	for _, s := range []string{zeekDNS, zeekSSL, zeekHTTP, zeekDHCP, zeekConn, eveLog} {
		f.Add([]byte(s))
	}
	f.Add([]byte("lease 192.168.1.20 {\n starts 5 2026/01/02 03:04:05;\n hardware ethernet 02:00:00:00:00:20;\n client-hostname \"a\\06\";\n}\n"))
	f.Add([]byte("address,hwaddr,expire,valid_lifetime\n192.168.1.20,02:00:00:00:00:20,1,99999999999\n"))
	f.Add([]byte("1767323045 02:00:00:00:00:20 192.168.1.20 IPCAM *\n"))
	f.Add([]byte("Feb 29 03:04:05.1 gw kernel: DROP IN=a OUT= SRC=192.168.1.20 DST=198.51.100.9 LEN=60 PROTO=TCP SPT=1 DPT=2 SYN [SRC=1.2.3.4 ]\n"))
	f.Add([]byte("x filterlog: 5,,,1,em0,match,block,in,6,0x00,0x00000,64,UDP,17,28,2001:db8::20,2001:db8:1::9,50000,53,20\n"))
	f.Add([]byte("00:00:01 rule 2/0(match): block in on em0: 192.168.1.20.50000 > 198.51.100.9.443: Flags [S], length 0\n"))
	f.Add([]byte("t;s;d\n1;192.168.1.20;198.51.100.9\n"))
	names := NewNames() // large to make
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{"", "zeek", "eve", "leases", "firewall", "csv"} {
			r := &flowRig{}
			l, err := NewLogs(SourceConfig{Kind: kind, CSV: &CSVMapping{Separator: ";", Time: "t", Source: "s", Destination: "d"}}, Env{Sink: r, Names: names})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Read(t.Context(), bytes.NewReader(b), "fuzz.log"); err != nil {
				continue
			}
			for _, x := range r.flows {
				if !x.End[0].Addr.IsValid() || !x.End[1].Addr.IsValid() || x.Last < x.First {
					t.Fatalf("%s: %+v", kind, x)
				}
			}
			for _, x := range r.facts {
				if strings.HasPrefix(x, " ") {
					t.Fatalf("%s: about nobody: %q", kind, x)
				}
			}
		}
	})
}

package find

import (
	"strings"
	"testing"
)

func init() {
	for _, b := range []string{topseeAsk, topseeAnswer, anjvisionAnswer, anjvisionNotice} {
		addSample("topsee", udpAt(topseePort, topseePort, []byte(b)))
	}
}

// Messages of our own in the shapes that the row's sources show: types and models are
// those that the sources name, all else is made up.
const (
	topseeXML = "<?xml version=\"1.0\" encoding=\"GB2312\" ?>\n"
	topseeAsk = topseeXML + "<XML_TOPSEE>\n<MESSAGE_HEADER\nMsg_type=\"SYSTEM_SEARCHIPC_MESSAGE\"\nMsg_code=\"1\"\nMsg_flag=\"0\"\n/>\n" +
		"<MESSAGE_BODY>\n</MESSAGE_BODY>\n</XML_TOPSEE>"
	topseeAnswer = topseeXML + "<XML_TOPSEE>\n<MESSAGE_HEADER\nMsg_type=\"SYSTEM_SEARCHIPC_MESSAGE\"\nMsg_code=\"3\"\nMsg_flag=\"0\"\n/>\n<MESSAGE_BODY>\n" +
		"<DEVICE_TYPE\nDeviceType=\"NVS-IPCAM\"\nDeviceModule=\"NVS-DM36X-HD\"\n/>\n<IPC_SERIALNUMBER\nSerialNumber=\"06D80000000000A\"  PLATFORMID=\"\" P2PID=\"TTTT000001\"\n/>\n" +
		"<VERSION FileSystemVersion=\"V1.0.0.7\"/>\n<LANConfig\nMacAddress=\"00:11:22:33:44:55\"\nDHCP=\"0\"\nIPAddress=\"192.0.2.10\"\n/>\n" +
		"<UserConfig>\n<Account\nUsername=\"owner\"\nPassword=\"hunter2\"\nStatus=\"Enable\"\n/>\n</UserConfig>\n</MESSAGE_BODY>\n</XML_TOPSEE>"
	anjvisionAnswer = topseeXML + `<XML_ANJVISION><MESSAGE_HEADER Msg_type="SYSTEM_SEARCHIPC_MESSAGE" /><MESSAGE_BODY>` +
		`<DEVICE_TYPE DeviceType="IPC" DeviceModule="MC-J40H" OSD="48616c6c" /><IPC_SERIALNUMBER UUID="U1" SerialNumber="SN123" VERSION="3.4.1" FACTORYMODE="0" />` +
		`<LANConfig MacAddress="00:11:22:33:44:55" IPAddress="192.0.2.10" hostname="cam" /></MESSAGE_BODY></XML_ANJVISION>`
	anjvisionNotice = topseeXML + "<XML_ANJVISION>\n<MESSAGE_HEADER Msg_type=\"SYSTEM_NOTIFY_INFO_MESSAGE\" />\n<MESSAGE_BODY>\n" +
		"<DEVICE_TYPE DeviceType=\"NVS-IPCAM\" DeviceModule=\"MC200D_KO_V0\" />\n<LANConfig\nMacAddress=\"00:11:22:33:44:55\"\n/>\n</MESSAGE_BODY>\n</XML_ANJVISION>"
	topseeModify = topseeXML + `<XML_TOPSEE><MESSAGE_HEADER Msg_type="SYSTEM_SEARCHIPC_MESSAGE" Msg_code="2" Msg_flag="0"/><MESSAGE_BODY>` +
		`<IPC_SERIALNUMBER SerialNumber="SN123"/><LANConfig IPAddress="192.0.2.99"/></MESSAGE_BODY></XML_TOPSEE>`
)

func TestTopsee(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want []string
	}{
		"question": {topseeAsk, []string{"asks=yes"}},
		"answer with its accounts": {topseeAnswer, []string{"present=yes", "dialect=topsee", "type=NVS-IPCAM", "model=NVS-DM36X-HD", "firmware=V1.0.0.7",
			"serial=06D80000000000A", "id=TTTT000001", "mac=00:11:22:33:44:55", "address=192.0.2.10", "login=present"}},
		"Anjvision": {anjvisionAnswer, []string{"present=yes", "dialect=anjvision", "type=IPC", "model=MC-J40H", "firmware=3.4.1", "serial=SN123",
			"mac=00:11:22:33:44:55", "address=192.0.2.10"}},
		"announcement": {anjvisionNotice, []string{"present=yes", "dialect=anjvision", "type=NVS-IPCAM", "model=MC200D_KO_V0", "mac=00:11:22:33:44:55"}},
		"change":       {topseeModify, []string{"command=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, f := range c.want {
				want = append(want, "sender topsee."+f)
			}
			m := udpAt(topseePort, topseePort, []byte(c.data))
			wantVendor(t, topseeProtocol, m, want...)
			for _, f := range facts(t, topseeProtocol, m) {
				if strings.Contains(f, "hunter2") || strings.Contains(f, "owner") {
					t.Errorf("%s carries a credential out", f)
				}
			}
		})
	}
}

func TestTopseeRefuses(t *testing.T) {
	refuses(t, topseeProtocol, []byte("x"+topseeAsk), []byte(strings.Replace(topseeAsk, "XML_TOPSEE", "XML_OTHER", 1)),
		[]byte(strings.Replace(topseeAsk, "SEARCHIPC", "OTHER", 1)), []byte(topseeXML+strings.Repeat(" ", 512)+topseeAsk[len(topseeXML):]))
}

func TestXMLAttr(t *testing.T) {
	for in, want := range map[string]string{
		`<a b="1"/>`:                     "1",
		`<p:a x='"' b = '2' >`:           "2",
		`<aa b="1"/><a c="0" b="&lt;"/>`: "<",
		`<a c="1"><a b="1">`:             "", // the first element decides
		`<a xb="1"/>`:                    "",
		`<a x="b=3" b="1`:                "",
		`<a b=1>`:                        "",
		`<a><b c="1">`:                   "",
		`<a`:                             "",
	} {
		if got := xmlAttr([]byte(in), "a", "b"); got != want {
			t.Errorf("xmlAttr(%s) = %q, want %q", in, got, want)
		}
	}
}

func FuzzTopsee(f *testing.F) { fuzzRow(f, topseeProtocol) }

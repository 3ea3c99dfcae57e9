package find

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// settingsCases are answers as the makers' documents and public integrations show them, with
// made-up addresses and names; where a parser says that it guesses, its answer here is made up as well.
var settingsCases = []struct{ path, body, want string }{
	{"/ISAPI/Security/users", `<?xml version="1.0" encoding="UTF-8"?><UserList version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><User><id>1</id><userName>admin</userName><userLevel>Administrator</userLevel></User>` +
		`<User><id>2</id><userName>front desk</userName><userLevel>Viewer</userLevel></User></UserList>`, "auth.user=admin Administrator|auth.user=front_desk Viewer"},
	{"/ISAPI/Security/illegalLoginLock", `<IllegalLoginLock version="2.0"><enabled>true</enabled><maxIllegalLoginTimes>5</maxIllegalLoginTimes><maxIllegalLoginLockTime>1800</maxIllegalLoginLockTime></IllegalLoginLock>`,
		"auth.limit=5|auth.window=1800"},
	{"/ISAPI/Security/illegalLoginLock", `<IllegalLoginLock version="2.0"><enabled>false</enabled><maxIllegalLoginTimes>5</maxIllegalLoginTimes></IllegalLoginLock>`, ""},
	{"/ISAPI/Security/onlineUser", `<OnlineUserList><OnlineUser><id>1</id><userName>admin</userName><clientAddress><ipAddress>203.0.113.9</ipAddress></clientAddress></OnlineUser></OnlineUserList>`, "auth.session=203.0.113.9 admin"},
	{"/ISAPI/Security/adminAccesses", `<AdminAccessProtocolList><AdminAccessProtocol><id>1</id><enabled>true</enabled><protocol>HTTP</protocol><portNo>80</portNo></AdminAccessProtocol>` +
		`<AdminAccessProtocol><id>2</id><enabled>false</enabled><protocol>HTTPS</protocol></AdminAccessProtocol></AdminAccessProtocolList>`, "service.enabled=http"},
	{"/ISAPI/System/Network/EZVIZ", `<EZVIZ><enabled>true</enabled><serverAddress><hostName>dev.hik-connect.com</hostName></serverAddress></EZVIZ>`, "cloud.enabled=Hik-Connect"},
	{"/pramaAPI/System/Network/telnetd", `<Telnetd><enabled>true</enabled></Telnetd>`, "service.enabled=telnet"},
	{"/ISAPI/System/time", `<Time><timeMode>NTP</timeMode><localTime>2026-01-02T11:04:05+08:00</localTime></Time>`, "http.time=2026-01-02T03:04:05Z"},
	{"/ISAPI/System/time/ntpServers", `<NTPServerList><NTPServer><id>1</id><addressingFormatType>hostname</addressingFormatType><hostName>Time.Windows.com</hostName></NTPServer></NTPServerList>`, "clock.ntp=time.windows.com"},
	{"/ISAPI/System/Network/interfaces", `<NetworkInterfaceList><NetworkInterface><IPAddress><PrimaryDNS><ipAddress>8.8.8.8</ipAddress></PrimaryDNS><SecondaryDNS><ipAddress>0.0.0.0</ipAddress></SecondaryDNS></IPAddress></NetworkInterface></NetworkInterfaceList>`, "net.dns=8.8.8.8"},
	{"/ISAPI/ContentMgmt/Storage", `<storage><hddList><hdd><id>1</id><hddName>sdA</hddName><capacity>60906</capacity><status>ok</status></hdd></hddList></storage>`, "storage.card=sdA ok 60906 MB"},
	{"/ISAPI/ContentMgmt/InputProxy/channels", `<InputProxyChannelList><InputProxyChannel version="1.0"><id>2</id><name>Main Entrance</name><sourceInputPortDescriptor><proxyProtocol>HIKVISION</proxyProtocol><ipAddress>192.168.1.210</ipAddress>` +
		`<managePortNo>8000</managePortNo><userName>admin</userName><password>gone</password><model>DS-2CD1023G2-LIU</model></sourceInputPortDescriptor></InputProxyChannel></InputProxyChannelList>`,
		"recorder.channel=2 address=192.168.1.210 model=DS-2CD1023G2-LIU protocol=HIKVISION name=Main_Entrance"},
	{"/ISAPI/ContentMgmt/InputProxy/channels/status", `<InputProxyChannelStatusList><InputProxyChannelStatus><id>1</id><online>true</online></InputProxyChannelStatus><InputProxyChannelStatus><id>2</id><online>false</online></InputProxyChannelStatus></InputProxyChannelStatusList>`,
		"recorder.status=1 online|recorder.status=2 offline"},
	{"/ISAPI/Smart/FaceDetect/1", `<FaceDetect><id>1</id><enabled>true</enabled></FaceDetect>`, "analytics.people=face"},
	{"/ISAPI/Intelligent/channels/1/faceContrast", `<FaceContrastList><FaceContrast><enabled>true</enabled><ethnicDetect>true</ethnicDetect><glass>false</glass></FaceContrast></FaceContrastList>`, "analytics.people=face|analytics.people=ethnicity"},
	{"/ISAPI/Smart/FaceDetect/1", `<FaceDetect><id>1</id><enabled>false</enabled></FaceDetect>`, ""},
	{"/ISAPI/ContentMgmt/logSearch", `<CMSearchResult><matchList><searchMatchItem><logDescriptor><metaId>log.hikvision.com/Operation/remoteLogin</metaId><StartDateTime>2026-01-01T03:04:05Z</StartDateTime><userName>admin</userName><ipAddress>203.0.113.9</ipAddress></logDescriptor></searchMatchItem>` +
		`<searchMatchItem><logDescriptor><metaId>log.hikvision.com/Operation/remoteReboot</metaId></logDescriptor></searchMatchItem></matchList></CMSearchResult>`, "auth.access=2026-01-01T03:04:05Z ok 203.0.113.9 admin"},
	{"/cgi-bin/configManager.cgi", "table.General.LocalNo=8\r\ntable.General.LockLoginEnable=true\r\ntable.General.LockLoginTimes=5\r\ntable.General.LoginFailLockTime=1800\r\n", "auth.limit=5|auth.window=1800"},
	{"/cgi-bin/configManager.cgi", "table.T2UServer.Enable=true\r\n", "cloud.enabled=P2P"},
	{"/cgi-bin/configManager.cgi", "table.Telnet.Enable=false\r\n", ""},
	{"/cgi-bin/configManager.cgi", "table.NTP.Address=clock.isc.org\r\ntable.NTP.Enable=true\r\n", "clock.ntp=clock.isc.org"},
	{"/cgi-bin/configManager.cgi", "table.Network.eth0.DnsServers[0]=8.8.8.8\r\n", "net.dns=8.8.8.8"},
	{"/cgi-bin/configManager.cgi", "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Address=192.168.20.21\r\ntable.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Enable=true\r\n" +
		"table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Mac=08:ed:ed:28:8f:97\r\ntable.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Password=cam-secret-1\r\n" +
		"table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.VideoInputs[0].Name=x\r\ntable.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_1.Address=192.168.0.0\r\ntable.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_1.Enable=true\r\n",
		"recorder.channel=1 address=192.168.20.21 mac=08:ed:ed:28:8f:97"},
	{"/cgi-bin/userManager.cgi", "users[0].Group=admin\r\nusers[0].Id=1\r\nusers[0].Name=admin\r\n", "auth.user=admin admin"},
	{"/cgi-bin/userManager.cgi", "users[0].ClientAddress=203.0.113.9\r\nusers[0].Name=admin\r\n", "auth.session=203.0.113.9 admin"},
	{"/cgi-bin/log.cgi", "found=2\r\nitems[0].Detail.Address=192.168.1.2\r\nitems[0].Detail.Type=CGI\r\nitems[0].Time=2020-01-02 22:05:33\r\nitems[0].Type=Login\r\nitems[0].User=admin\r\nitems[1].Type=Logout\r\n",
		"auth.access=2020-01-02T22:05:33 ok 192.168.1.2 admin"},
	{"/cgi-bin/configManager.cgi", "table.VideoAnalyseRule[0][0].Class=FaceDetection\r\ntable.VideoAnalyseRule[0][0].Config.FeatureList[0]=Age\r\ntable.VideoAnalyseRule[0][0].Config.FeatureList[1]=Race\r\ntable.VideoAnalyseRule[0][0].Enable=true\r\n",
		"analytics.people=face|analytics.people=age|analytics.people=ethnicity"},
	{"/axis-cgi/param.cgi", "root.Time.NTP.Server=pool.ntp.org\nroot.RemoteService.Enabled=yes\nroot.Network.SSH.Enabled=no\n", "clock.ntp=pool.ntp.org|cloud.enabled=AXIS O3C"},
	{"/axis-cgi/disks/list.cgi", `<root><disks><disk diskid="SD_DISK" totalsize="31166976" status="OK"/><disk diskid="NetworkShare" status="disconnected"/></disks></root>`, "storage.card=SD_DISK OK"},
	{"/axis-cgi/applications/list.cgi", `<reply result="ok"><application Name="vmd" NiceName="Motion" Status="Running"/><application Name="f" NiceName="Face Detector" Status="Running"/><application Name="m" NiceName="Mask Guard" Status="Stopped"/></reply>`, "analytics.people=face"},
	{"/axis-cgi/pwdgrp.cgi", "admin=\"root,joe\"\nviewer=\"\"\n", "auth.user=root admin|auth.user=joe admin"},
	{"/axis-cgi/auditlog.cgi", "2025-07-22T15:38:25.307+00:00 axis-abcdef123456 [ INFO    ] fwmgr[4518]: Entity Management: Upgrade completed (12.6).\n" +
		"2025-07-22T15:39:57.364+00:00 axis-abcdef123456 [ INFO ] sshd-session[7445]: Authentication: judy@203.0.113.9 Authentication failed (SSH).\n" +
		"2025-07-22T17:39:58.917+02:00 axis-abcdef123456 [ INFO ] sshd-session[7445]: Authentication: judy@192.168.0.87 Authentication successful (SSH).\n" +
		"2025-07-22T15:40:42.707+00:00 axis-abcdef123456 [ INFO ] sshd-session[7457]: Authentication: chris Logged out (SSH).\n",
		"auth.access=2025-07-22T15:39:57Z refused 203.0.113.9 judy|auth.access=2025-07-22T15:39:58Z ok 192.168.0.87 judy"},
	{"/LAPI/V1.0/System/Time/NTP", `{"Response":{"ResponseCode":0,"Data":{"Nums":2,"NTPServerInfos":[{"Enabled":1,"IPAddress":"203.0.113.4","Port":123},{"Enabled":0,"IPAddress":"203.0.113.5"}]}}}`, "clock.ntp=203.0.113.4"},
	{"/LAPI/V1.0/System/Time/NTP", `{"Response":{"Data":{"NTPServerInfos":[{"Enabled":"1","IPAddress":"0.0.0.0","DomainName":"Pool.NTP.org"}]}}}`, "clock.ntp=pool.ntp.org"},
	{"/LAPI/V1.0/Channels/System/ChannelDetailInfos", `{"Response":{"ResponseCode":0,"Data":{"Nums":3,"DetailInfos":[{"ID":1,"Name":"Back Door","Status":1,"Manufacturer":"HIKVISION","DeviceModel":"DS-2CD1131-I",` +
		`"AddressInfo":{"Address":"192.168.112.67","Port":80,"MAC":"F8:4D:FC:58:EF:C2"}},{"ID":2,"Name":"IP Camera 2","Status":0,"Manufacturer":"","DeviceModel":"","AddressInfo":{"Address":"","MAC":""}},` +
		`{"ID":3,"Status":0,"AddressInfo":{"Address":"192.168.112.68"}},{"ID":4,"Addre`,
		"recorder.channel=1 address=192.168.112.67 mac=f8:4d:fc:58:ef:c2 model=DS-2CD1131-I name=Back_Door|recorder.status=1 online|recorder.channel=3 address=192.168.112.68|recorder.status=3 offline"},
	{"/onvif/media_service", `<s:Envelope><s:Body><trt:GetVideoSourcesResponse xmlns:trt="http://www.onvif.org/ver10/media/wsdl"><trt:VideoSources token="a"><tt:Framerate>25</tt:Framerate></trt:VideoSources>` +
		`<trt:VideoSources token="b"><tt:Framerate>25</tt:Framerate></trt:VideoSources></trt:GetVideoSourcesResponse></s:Body></s:Envelope>`, "onvif.sources=2"},
	{"/onvif/media_service", `<s:Envelope><s:Body><trt:GetProfilesResponse xmlns:trt="http://www.onvif.org/ver10/media/wsdl"><trt:Profiles token="p"><tt:Name>main</tt:Name><tt:VideoEncoderConfiguration token="v"><tt:Encoding>H264</tt:Encoding></tt:VideoEncoderConfiguration>` +
		`<tt:AudioEncoderConfiguration token="a"><tt:Name>x</tt:Name><tt:Encoding>G711</tt:Encoding></tt:AudioEncoderConfiguration></trt:Profiles></trt:GetProfilesResponse></s:Body></s:Envelope>`, "onvif.audio=G711"},
	{"/onvif/device_service", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><tds:GetUsersResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><tds:User><tt:Username>admin</tt:Username><tt:UserLevel>Administrator</tt:UserLevel></tds:User></tds:GetUsersResponse></s:Body></s:Envelope>`,
		"auth.user=admin Administrator"},
	{"/onvif/media_service", `<s:Envelope><s:Body><trt:GetVideoAnalyticsConfigurationsResponse xmlns:trt="http://www.onvif.org/ver10/media/wsdl"><tt:AnalyticsModule Name="MyFace" Type="ttr:FaceRecognition"/></trt:GetVideoAnalyticsConfigurationsResponse></s:Body></s:Envelope>`, "analytics.people=face"},
}

func settingsTalk(path, auth, body string) *Message {
	return tcpAt(80, []byte("GET "+path+" HTTP/1.1\r\nHost: 192.0.2.10\r\n"+auth+"\r\n"), []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body))
}

func init() {
	for _, c := range settingsCases {
		addSample("http", settingsTalk(c.path, "Authorization: Digest username=\"a\"\r\n", c.body))
	}
}

func TestSettings(t *testing.T) {
	for _, c := range settingsCases {
		hear := func(auth string) []string {
			var got []string
			Hear(httpProtocol, settingsTalk(c.path, auth, c.body), func(_ Subject, kind Kind, value string) {
				if slices.Contains(settingsKinds, kind) {
					got = append(got, string(kind)+"="+value)
				}
				if strings.Contains(value, "cam-secret-1") || strings.Contains(value, ">gone<") {
					t.Errorf("%s: a password stands in %s: %q", c.path, kind, value)
				}
			})
			return got
		}
		if got := strings.Join(hear("Authorization: Digest username=\"a\"\r\n"), "|"); got != c.want {
			t.Errorf("%s\n gives %q\n want  %q", c.path, got, c.want)
		}
		if got := hear(""); len(got) > 0 {
			t.Errorf("%s without a log-in gives %q", c.path, got)
		}
	}
}

// What a recorder of Uniview's says of its cameras is not about itself.
func TestChannelsAreNotTheRecorder(t *testing.T) {
	m := settingsTalk("/LAPI/V1.0/Channels/System/ChannelDetailInfos", "Authorization: Digest username=\"a\"\r\n",
		`{"Response":{"Data":{"DetailInfos":[{"ID":1,"Manufacturer":"HIKVISION","DeviceModel":"DS-2CD1131-I","AddressInfo":{"Address":"192.168.112.67"}}]}}}`)
	Hear(httpProtocol, m, func(_ Subject, kind Kind, value string) {
		if kind == "http.model" || kind == "http.manufacturer" {
			t.Errorf("the recorder itself gets %s %q", kind, value)
		}
	})
}

// A stream counts as open when media came: PLAY answered is not enough, nor is RTCP, nor a log-in's.
func TestMediaArrived(t *testing.T) {
	ask := "DESCRIBE rtsp://192.0.2.10/ RTSP/1.0\r\nCSeq: 1\r\n\r\nPLAY rtsp://192.0.2.10/ RTSP/1.0\r\nCSeq: 2\r\n\r\n"
	said := "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n"
	rtp, rtcp := "$\x00\x04\x00\x80\x60\x00\x01\x00\x00\x00\x01\x12\x34\x56\x78", "$\x01\x00\x0c\x80\xc8\x00\x01abcdefgh"
	for _, c := range []struct {
		ask, said string
		want      bool
	}{
		{ask, said + rtp, true}, {ask, said + rtcp + rtp, true}, {ask, said, false}, {ask, said + rtcp, false}, {ask, said + rtp[:12], false},
		{strings.Replace(ask, "CSeq: 1", "CSeq: 1\r\nAuthorization: Digest username=\"x\"", 1), said + rtp, false},
	} {
		got := false
		Hear(rtspProtocol, tcpAt(554, []byte(c.ask), []byte(c.said)), func(_ Subject, kind Kind, _ string) { got = got || kind == "rtsp.media" })
		if got != c.want {
			t.Errorf("%q, answered %q: media %v", c.ask, c.said, got)
		}
	}
}

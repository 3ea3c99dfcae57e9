package lab

import (
	"fmt"
	"time"

	"cordon/specimens"
)

func onvifTime(l *life, _ *specimens.HTTP) string {
	t := time.Now().UTC().Add(l.clockOff())
	return fmt.Sprintf("<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone>"+
		"<tt:UTCDateTime><tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d</tt:Minute><tt:Second>%d</tt:Second></tt:Time><tt:Date><tt:Year>%d</tt:Year><tt:Month>%d</tt:Month><tt:Day>%d</tt:Day></tt:Date></tt:UTCDateTime>"+
		"</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>", t.Hour(), t.Minute(), t.Second(), t.Year(), t.Month(), t.Day())
}

func onvifCapabilities(l *life, h *specimens.HTTP) string {
	return "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>" + l.soapURL(h, l.devicePath()) + "</tt:XAddr></tt:Device>" +
		"<tt:Media><tt:XAddr>" + l.soapURL(h, "/onvif/Media") + "</tt:XAddr><tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>" +
		"</tds:Capabilities></tds:GetCapabilitiesResponse>"
}

func onvifServices(l *life, h *specimens.HTTP) string {
	service := func(ns, path string) string {
		return "<tds:Service><tds:Namespace>" + ns + "</tds:Namespace><tds:XAddr>" + l.soapURL(h, path) + "</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
	}
	return "<tds:GetServicesResponse>" + service("http://www.onvif.org/ver10/device/wsdl", l.devicePath()) + service("http://www.onvif.org/ver10/media/wsdl", "/onvif/Media") + "</tds:GetServicesResponse>"
}

func onvifServiceCapabilities(*life, *specimens.HTTP) string {
	return `<tds:GetServiceCapabilitiesResponse><tds:Capabilities><tds:Network IPFilter="false" ZeroConfiguration="true" IPVersion6="true" NTP="1"/><tds:Security TLS1.2="true" UsernameToken="true" HttpDigest="true"/><tds:System DiscoveryBye="true" RemoteDiscovery="false"/></tds:Capabilities></tds:GetServiceCapabilitiesResponse>`
}

func onvifProtocols(l *life, _ *specimens.HTTP) string {
	one := func(name string, port uint16) string {
		return fmt.Sprintf("<tds:NetworkProtocols><tt:Name>%s</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>%d</tt:Port></tds:NetworkProtocols>", name, port)
	}
	out := "<tds:GetNetworkProtocolsResponse>"
	for _, h := range l.model.HTTP {
		name := "HTTP"
		if h.TLS {
			name = "HTTPS"
		}
		out += one(name, h.Port)
	}
	if len(l.model.RTSP) > 0 {
		out += one("RTSP", l.firstRTSP())
	}
	return out + "</tds:GetNetworkProtocolsResponse>"
}

func onvifInterfaces(l *life, _ *specimens.HTTP) string {
	return `<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>` + l.mac.String() +
		"</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info><tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual><tt:Address>" + l.shown() +
		"</tt:Address><tt:PrefixLength>24</tt:PrefixLength></tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4></tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
}

func onvifNTP(l *life, _ *specimens.HTTP) string {
	return "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>false</tt:FromDHCP><tt:NTPManual><tt:Type>DNS</tt:Type><tt:DNSname>" + escape(l.value("ntp", "time.windows.com")) + "</tt:DNSname></tt:NTPManual></tds:NTPInformation></tds:GetNTPResponse>"
}

func onvifDNS(l *life, _ *specimens.HTTP) string {
	return "<tds:GetDNSResponse><tds:DNSInformation><tt:FromDHCP>false</tt:FromDHCP><tt:DNSManual><tt:Type>IPv4</tt:Type><tt:IPv4Address>" + escape(l.value("dns", "8.8.8.8")) + "</tt:IPv4Address></tt:DNSManual></tds:DNSInformation></tds:GetDNSResponse>"
}

// value gives one of the device's values, or the one given where its model has none of the name.
func (d *Device) value(name, instead string) string {
	if v, ok := d.values[name]; ok {
		return v
	}
	return instead
}

// onvifAnalytics: ver10 Media, GetVideoAnalyticsConfigurations; the types of modules are those of the
// Analytics Service Specification, annexes B (cell motion) and E (face recognition).
func onvifAnalytics(l *life, _ *specimens.HTTP) string {
	module := `<tt:AnalyticsModule Name="MyCellMotionModule" Type="tt:CellMotionEngine"/>`
	if l.value("faces", "") == "true" {
		module += `<tt:AnalyticsModule Name="MyFaceModule" Type="tt:FaceRecognition"/>`
	}
	return `<trt:GetVideoAnalyticsConfigurationsResponse><trt:Configurations token="VideoAnalyticsToken"><tt:Name>VideoAnalyticsName</tt:Name><tt:UseCount>1</tt:UseCount><tt:AnalyticsEngineConfiguration>` +
		module + `</tt:AnalyticsEngineConfiguration></trt:Configurations></trt:GetVideoAnalyticsConfigurationsResponse>`
}

func onvifProfiles(*life, *specimens.HTTP) string {
	return fmt.Sprintf(`<trt:GetProfilesResponse><trt:Profiles token="Profile_1" fixed="true"><tt:Name>mainStream</tt:Name>`+
		`<tt:VideoSourceConfiguration token="VideoSourceToken"><tt:Name>VideoSourceConfig</tt:Name><tt:UseCount>1</tt:UseCount><tt:SourceToken>VideoSource_1</tt:SourceToken><tt:Bounds x="0" y="0" width="%[1]d" height="%[2]d"/></tt:VideoSourceConfiguration>`+
		`<tt:VideoEncoderConfiguration token="VideoEncoderToken_1"><tt:Name>VideoEncoder_1</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>%[1]d</tt:Width><tt:Height>%[2]d</tt:Height></tt:Resolution><tt:Quality>3</tt:Quality>`+
		`<tt:RateControl><tt:FrameRateLimit>%[3]d</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>1024</tt:BitrateLimit></tt:RateControl><tt:H264><tt:GovLength>1</tt:GovLength><tt:H264Profile>Baseline</tt:H264Profile></tt:H264><tt:SessionTimeout>PT5S</tt:SessionTimeout></tt:VideoEncoderConfiguration>`+
		`</trt:Profiles></trt:GetProfilesResponse>`, pictureWidth, pictureHeight, frameRate)
}

func onvifSources(*life, *specimens.HTTP) string {
	return fmt.Sprintf(`<trt:GetVideoSourcesResponse><trt:VideoSources token="VideoSource_1"><tt:Framerate>%d</tt:Framerate><tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution></trt:VideoSources></trt:GetVideoSourcesResponse>`, frameRate, pictureWidth, pictureHeight)
}

// clockOff is how far the device's clock is off: one in three by hours, the others not.
func (d *Device) clockOff() time.Duration {
	dice := d.dice("clock")
	if dice.IntN(3) > 0 {
		return 0
	}
	return -time.Duration(1+dice.IntN(72)) * time.Hour
}

package find

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"
	"strings"
)

// maxPage is how much of a body is read for what it says of the device: an ONVIF or
// UPnP description is 1 to 6 KiB.
const maxPage = 16 << 10

// textual reports whether a body can be read: by its type, or by looking like markup
// or JSON where the type is missing or wrong.
func textual(kind string, body []byte) bool {
	if len(body) == 0 || strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") || strings.HasPrefix(kind, "audio/") {
		return false
	}
	switch kind {
	case "text/css", "text/javascript", "application/javascript", "application/x-javascript":
		return false
	}
	if strings.HasPrefix(kind, "text/") || strings.Contains(kind, "xml") || strings.Contains(kind, "json") {
		return true
	}
	b := bytes.TrimLeft(body[:min(len(body), 16)], " \t\r\n")
	return len(b) > 0 && (b[0] == '<' || b[0] == '{' || b[0] == '[') && plainText(b)
}

// plainBody is the body without chunks and gzip, at most maxPage bytes.
func plainBody(t text, encoding []byte) []byte {
	b := t.body
	if t.coded {
		b = dechunk(b, maxPage)
	}
	if !containsFold(encoding[:min(len(encoding), 32)], "gzip") {
		return b[:min(len(b), maxPage)]
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	b, _ = io.ReadAll(io.LimitReader(z, maxPage)) // a cut-off body still gives its beginning
	return b
}

// size is a body's length in bytes as announced, else as far as it was captured.
func size(t text) string {
	if v := t.field("content-length"); len(v) > 0 && len(v) < 16 {
		if n, err := strconv.ParseUint(string(v), 10, 63); err == nil {
			return strconv.FormatUint(n, 10)
		}
	}
	return strconv.Itoa(len(t.body))
}

// downloadTypes are the content types under which firmware and archives are served.
var downloadTypes = map[string]bool{
	"application/octet-stream": true, "binary/octet-stream": true, "application/x-binary": true, "application/macbinary": true,
	"application/zip": true, "application/x-zip-compressed": true, "application/gzip": true, "application/x-gzip": true,
	"application/x-tar": true, "application/x-gtar": true, "application/x-bzip2": true, "application/x-xz": true,
	"application/x-7z-compressed": true, "application/x-sh": true, "application/x-executable": true, "application/x-firmware": true,
}

// downloadNames are endings of firmware, update and script files.
var downloadNames = []string{".bin", ".img", ".dav", ".pak", ".rom", ".fw", ".ubi", ".squashfs", ".tar", ".tgz", ".gz", ".zip",
	".sh", ".elf", ".upg", ".pkg", ".rar", ".7z", ".hex", ".ota"}

func download(kind, path string) bool {
	if downloadTypes[kind] {
		return true
	}
	path = strings.ToLower(path)
	for _, end := range downloadNames {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// body passes on what a text body says: its title, its beginning, and the device's
// own description in the forms that are known.
func (h *httpTalk) body(a httpAsked, b []byte, kind string) {
	if len(b) == 0 {
		return
	}
	h.emit(h.server, "http.body", bodyStart(b))
	h.settings(a, b)
	head := b[:min(len(b), 1024)]
	switch {
	case bytes.Contains(head, []byte("schemas-upnp-org:device-1-0")):
		h.fields(b, upnpFields)
	case h.igdReply(b), h.onvifReply(a, b):
	case bytes.Contains(b, []byte("purenetworks.com/HNAP1")):
		h.fields(b, hnapFields)
	case bytes.Contains(head, []byte("<DeviceInfo")):
		h.fields(b, isapiFields)
	case bytes.Contains(head, []byte(`"propertyList"`)):
		h.axisJSON(b)
	case strings.HasPrefix(a.path, lapiChannels): // about the cameras behind it
	case bytes.HasPrefix(head, []byte("{")), bytes.HasPrefix(head, []byte("[")):
		h.json(b)
	case bytes.IndexByte(head, '<') < 0 && bytes.IndexByte(head, '=') > 0:
		h.lines(b)
	}
	if kind == "text/html" || bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<HTML")) {
		h.emit(h.server, "http.title", xmlText(b[:min(len(b), 8192)], "title"))
	}
}

// bodyStart is a body's first 512 bytes without secrets. More is read, so that a
// secret at the cut is seen as one.
func bodyStart(b []byte) string {
	s := hideTokens(secretText(b[:min(len(b), 1024)]))
	if len(s) > 512 {
		s = s[:cut(s, 512)]
	}
	return s
}

// infoField says which kind the text of an element (or a line's name) is passed on as.
type infoField struct {
	name string
	kind Kind
}

// The elements of the known descriptions:
// UPnP Device Architecture 2.0 section 2.3; ONVIF Device Management, GetDeviceInformation;
// D-Link HNAP GetDeviceSettings (camera/iotsentinel-D-LinkCam); Hikvision ISAPI /System/deviceInfo
// (ISAPI developer guide 2.0, XML_DeviceInfo).
var (
	upnpFields = []infoField{{"manufacturer", "upnp.manufacturer"}, {"modelName", "upnp.model"}, {"modelNumber", "upnp.model_number"},
		{"friendlyName", "upnp.friendly_name"}, {"deviceType", "upnp.device_type"}, {"serialNumber", "upnp.serial"}}
	onvifFields = []infoField{{"Manufacturer", "onvif.manufacturer"}, {"Model", "onvif.model"}, {"FirmwareVersion", "onvif.firmware"},
		{"HardwareId", "onvif.hardware"}, {"SerialNumber", "onvif.serial"}}
	hnapFields = []infoField{{"VendorName", "http.manufacturer"}, {"ModelName", "http.model"}, {"FirmwareVersion", "http.firmware"},
		{"DeviceName", "http.device_name"}, {"DeviceMacId", "http.mac"}}
	isapiFields = []infoField{{"manufacturer", "http.manufacturer"}, {"model", "http.model"}, {"firmwareVersion", "http.firmware"},
		{"deviceName", "http.device_name"}, {"macAddress", "http.mac"}, {"serialNumber", "http.serial"}}
)

func (h *httpTalk) fields(b []byte, wanted []infoField) {
	for _, f := range wanted {
		h.emit(h.server, f.kind, xmlText(b, f.name))
	}
}

func (h *httpTalk) scopes(b []byte) {
	for i := 0; i < 32; i++ {
		scope, rest, ok := xmlTag(b, "ScopeItem")
		if !ok {
			return
		}
		h.emit(h.server, "onvif.scope", cleanScope(scope))
		b = rest
	}
}

// lineKinds are the names in answers of one name=value a line. Axis: root.Brand.* and
// root.Properties.* of VAPIX param.cgi. Dahua: magicBox.cgi getSystemInfo, getSoftwareVersion,
// getDeviceType, getVendor. Hi3510 and its kin: "var model=" of getserverinfo.
var lineKinds = map[string]Kind{
	"root.brand.brand": "http.manufacturer", "root.brand.prodnbr": "http.model", "root.brand.prodfullname": "http.device_name",
	"root.properties.firmware.version": "http.firmware", "root.properties.system.serialnumber": "http.serial",
	"devicetype": "http.model", "type": "http.model", "updateserial": "http.model", "vendor": "http.manufacturer",
	"version": "http.firmware", "serialnumber": "http.serial", "sn": "http.serial",
	"model": "http.model", "softversion": "http.firmware", "firmware": "http.firmware", "manufacturer": "http.manufacturer", "name": "http.device_name",
	"macaddress": "http.mac", "devname": "http.device_name",
	// Hanwha SUNAPI deviceinfo; Vivotek anonymous/getparam.cgi?system_info; D-Link common/info.cgi;
	// Foscam, Netwave and VStarcam get_status.cgi.
	"firmwareversion": "http.firmware", "connectedmacaddress": "http.mac", "devicename": "http.device_name",
	"system_info_modelname": "http.model", "system_info_firmwareversion": "http.firmware", "system_info_serialnumber": "http.serial",
	"brand": "http.manufacturer", "macaddr": "http.mac",
	"sys_ver": "http.firmware", "deviceid": "http.serial", "realdeviceid": "http.serial",
}

// lines reads name=value lines; the values may stand in quotes, after "var".
func (h *httpTalk) lines(b []byte) {
	for i := 0; i < 256 && len(b) > 0; i++ {
		var line []byte
		line, b, _ = bytes.Cut(b, newline)
		name, value, ok := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 256)])), "=")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "var ")))
		value = strings.Trim(value, "\"'; \r")
		if name == "id" { // Foscam's and Netwave's is the MAC address in twelve digits
			h.emit(h.server, "http.mac", textMAC(value))
		}
		if kind := lineKinds[name]; kind != "" {
			h.emit(h.server, kind, value)
		}
	}
}

// jsonKinds are the names in JSON answers. JVC: camera/jvc-ptz (GetCamFeature). Hue:
// iot/iotsentinel-HueBridge (/api/config). Reolink: GetDevInfo. Shelly: /shelly.
// ISAPI and others in JSON form: deviceName, model, firmwareVersion.
var jsonKinds = map[string]Kind{
	"firmwarever": "http.firmware", "firmwareversion": "http.firmware", "firmware_version": "http.firmware", "swversion": "http.firmware", "firmver": "http.firmware",
	"model": "http.model", "modelname": "http.model", "model_name": "http.model", "modelid": "http.model", "devicemodel": "http.model", "device_model": "http.model",
	"manufacturer": "http.manufacturer", "manufacturername": "http.manufacturer",
	"devicename": "http.device_name", "device_name": "http.device_name", "macaddress": "http.mac", "mac": "http.mac", "mac_address": "http.mac",
	"serialnumber": "http.serial", "serial_number": "http.serial",
}

// axisKinds are the names in the answer of basicdeviceinfo.cgi (VAPIX, Basic Device Information
// API), where "Version" is the firmware's.
var axisKinds = map[string]Kind{
	"Brand": "http.manufacturer", "ProdNbr": "http.model", "ProdFullName": "http.device_name", "Version": "http.firmware", "SerialNumber": "http.serial",
}

func (h *httpTalk) axisJSON(b []byte) {
	for range 256 {
		name, value, rest, ok := nextJSON(b)
		if !ok {
			return
		}
		b = rest
		if kind := axisKinds[string(name[:min(len(name), 32)])]; kind != "" && len(value) <= 128 {
			h.emit(h.server, kind, string(value))
		}
	}
}

// json reads "name": "text" pairs wherever they stand.
func (h *httpTalk) json(b []byte) {
	for i := 0; i < 256; i++ {
		name, value, rest, ok := nextJSON(b)
		if !ok {
			return
		}
		b = rest
		if len(name) > 32 || len(value) > 128 {
			continue
		}
		if kind := jsonKinds[strings.ToLower(string(name))]; kind != "" {
			h.emit(h.server, kind, string(value))
		}
	}
}

// portMapping passes on a request to open the router (UPnP WANIPConnection:2, section 2.5.16).
func (h *httpTalk) portMapping(b []byte) {
	b = b[:min(len(b), maxPage)]
	if !xmlHas(b, "AddPortMapping") && !xmlHas(b, "AddAnyPortMapping") {
		return
	}
	h.emit(h.client, "upnp.portmap", strings.ToLower(xmlText(b, "NewProtocol"))+" "+xmlText(b, "NewExternalPort")+
		" -> "+xmlText(b, "NewInternalClient")+":"+xmlText(b, "NewInternalPort"))
}

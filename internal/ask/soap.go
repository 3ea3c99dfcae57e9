package ask

import "strings"

// The namespaces of the ONVIF services (ONVIF Core Specification 23.06, section 5.3; Media and
// Network WSDL) and of SOAP 1.2 (W3C recommendation, 27 April 2007).
const (
	soapNS   = "http://www.w3.org/2003/05/soap-envelope"
	deviceNS = "http://www.onvif.org/ver10/device/wsdl"
	mediaNS  = "http://www.onvif.org/ver10/media/wsdl"
)

// soap makes an envelope around one call: a name that only reads, the namespace it is of, and what
// stands in it. header is the security header, or empty.
func soap(namespace, call, inside, header string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="` + soapNS + `">`)
	if header != "" {
		b.WriteString("<s:Header>" + header + "</s:Header>")
	}
	b.WriteString(`<s:Body><` + call + ` xmlns="` + namespace + `"`)
	if inside == "" {
		b.WriteString("/>")
	} else {
		b.WriteString(">" + inside + "</" + call + ">")
	}
	b.WriteString("</s:Body></s:Envelope>")
	return []byte(b.String())
}

// soapFields is the Content-Type of a call (SOAP 1.2 part 2, section 7.1.4: the action goes there).
func soapFields(namespace, call string) string {
	return `Content-Type: application/soap+xml; charset=utf-8; action="` + namespace + "/" + call + "\"\r\n"
}

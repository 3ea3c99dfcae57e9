package scan

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
)

// escape is a listener outside the scope: nothing may ever come to it.
func escape(t *testing.T, addr string) (met *atomic.Int32) {
	met = &atomic.Int32{}
	for _, p := range []uint16{80, 554, 3702, 8000, 1900, 37020} {
		served := device(t, addr, p, func(c net.Conn) {})
		u, err := net.ListenPacket("udp", netip.AddrPortFrom(netip.MustParseAddr(addr), p+offset).String())
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				if _, _, err := u.ReadFrom(make([]byte, 64)); err != nil {
					return
				}
				met.Add(1)
			}
		}()
		t.Cleanup(func() { u.Close(); <-done; met.Add(served.Load()) })
	}
	return met
}

// TestNobodySteersUs has devices name another host in every way there is: nothing goes there.
func TestNobodySteersUs(t *testing.T) {
	t.Parallel()
	out := here("200.1")
	at := func(path string) string { return fmt.Sprintf("http://%s:%d%s", out, 80+offset, path) }
	ways := map[string]string{
		"location":     page("302 Found", "Location: "+at("/doc/page/login.asp")+"\r\n", ""),
		"refresh":      page("200 OK", "Refresh: 0; url="+at("/")+"\r\n", `<meta http-equiv="refresh" content="0; url=`+at("/")+`"><script>location.href="`+at("/")+`"</script>`),
		"icon":         page("200 OK", "", `<link rel="icon" href="`+at("/favicon.ico")+`">`),
		"scheme only":  page("301 Moved", "Location: //"+out+"/\r\n", ""),
		"user at host": page("302 Found", "Location: http://"+here("6.1")+"@"+out+"/\r\n", ""),
		"onvif":        page("200 OK", "Content-Type: application/soap+xml\r\n", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetServicesResponse><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace><XAddr>`+at("/onvif/media")+`</XAddr></Service></GetServicesResponse></s:Body></s:Envelope>`),
		"upnp":         page("200 OK", "Content-Type: text/xml\r\n", `<root xmlns="urn:schemas-upnp-org:device-1-0"><URLBase>`+at("/")+`</URLBase><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>`+at("/ctl")+`</controlURL></service></serviceList></device></root>`),
	}
	var met []*atomic.Int32
	t.Run("devices", func(t *testing.T) {
		met = append(met, escape(t, out))
		i := 0
		for _, answer := range ways {
			i++
			addr := fmt.Sprintf(here("6.%d"), i)
			device(t, addr, 80, says(answer))
			device(t, addr, 554, says("RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://"+out+":554/live\r\n\r\n"))
			ssdp(t, addr, out)
		}
		c, n := config(t, here("6.0/28"))
		c.waits = nil // the answers to discovery matter here
		r := mustRun(t, t.Context(), c)
		if r.Scan.Asked != len(ways) {
			t.Errorf("%+v", r.Scan)
		}
		if !n.has(here("6.1"), "ssdp.location") {
			t.Errorf("the SSDP answer was not heard: %q", n.said[here("6.1")])
		}
	})
	if n := met[0].Load(); n != 0 {
		t.Errorf("%d contacts with a host outside the scope", n)
	}
	t.Run("control", func(t *testing.T) {
		met = append(met, escape(t, out))
		conn, err := net.Dial("tcp", netip.AddrPortFrom(netip.MustParseAddr(out), 80+offset).String())
		if err != nil {
			t.Fatal(err)
		}
		conn.Read(make([]byte, 1))
		conn.Close()
	})
	if met[1].Load() == 0 {
		t.Error("the control was not noticed: the test sees nothing")
	}
}

// ssdp answers questions with a location outside the scope, and a SADP-like address.
func ssdp(t *testing.T, addr, out string) {
	u, err := net.ListenPacket("udp", netip.AddrPortFrom(netip.MustParseAddr(addr), 1900+offset).String())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := u.ReadFrom(buf)
			if err != nil {
				return
			}
			if bytes.HasPrefix(buf[:n], []byte("M-SEARCH")) {
				fmt.Fprintf(writerTo{u, from}, "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://%s:%d/desc.xml\r\nSERVER: Linux UPnP/1.0 x/1\r\nST: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\n\r\n", out, 80+offset)
			}
		}
	}()
	t.Cleanup(func() { u.Close(); <-done })
}

type writerTo struct {
	net.PacketConn
	to net.Addr
}

func (w writerTo) Write(b []byte) (int, error) { return w.WriteTo(b, w.to) }

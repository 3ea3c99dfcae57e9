package main

import (
	"net"
	"testing"
)

func TestPageURL(t *testing.T) {
	every := &net.TCPAddr{IP: net.IPv6unspecified, Port: 8443}
	for _, c := range []struct {
		at    *net.TCPAddr
		hosts []string
		want  string
	}{
		{every, []string{"box", "localhost", "127.0.0.1", "203.0.113.5", "192.168.8.5", "::1"}, "https://192.168.8.5:8443"},
		{every, []string{"box", "localhost", "127.0.0.1", "fd00::5", "::1"}, "https://[fd00::5]:8443"},
		{every, []string{"localhost", "nvr.example.org", "127.0.0.1"}, "https://nvr.example.org:8443"},
		{every, nil, "https://localhost:8443"},
		{&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 443}, []string{"192.168.8.5"}, "https://10.0.0.1:443"},
	} {
		if got := pageURL(c.at, c.hosts); got != c.want {
			t.Errorf("%v: %s, want %s", c.hosts, got, c.want)
		}
	}
}

func TestPageConfig(t *testing.T) {
	for listen, fine := range map[string]bool{"": true, "off": true, ":8443": true, "192.168.8.5:443": true, "[::]:9443": true,
		"8443": false, "box:8443": false, ":http": false, ":99999": false, "no": false} {
		if err := (pageConfig{Listen: listen}).check(); (err == nil) != fine {
			t.Errorf("%q: %v", listen, err)
		}
	}
	if (pageConfig{Certificate: "a"}).check() == nil {
		t.Error("a certificate without a key")
	}
}

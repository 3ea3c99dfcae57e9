package find

import (
	"strings"
	"testing"
)

func init() {
	addSample("v380", udpAt(50000, v380Port, []byte(v380Ask)), udpAt(50000, v380Port, []byte(v380Padded)), udpAt(50000, v380ReplyPort, []byte(v380Answer)))
}

// The questions are as the sources send them, bare and padded to 128 bytes; the answer is
// our own: the fields that no source names are left as x.
var (
	v380Ask    = "NVDEVSEARCH^100"
	v380Padded = v380Ask + strings.Repeat("\x00", 113)
	v380Answer = "NVDEVRESULT^100^00:11:22:33:44:55^192.0.2.10^255.255.255.0^192.0.2.1^x^x^x^x^x^x^12345678^x^x^x"
)

func TestV380(t *testing.T) {
	all := []string{"sender v380.present=yes", "sender v380.id=12345678", "sender v380.mac=00:11:22:33:44:55", "sender v380.address=192.0.2.10"}
	wantVendor(t, v380Protocol, udpAt(50000, v380ReplyPort, []byte(v380Answer)), all...)
	short, _, _ := strings.Cut(v380Answer, "^x^x^x^x^x^x")
	wantVendor(t, v380Protocol, udpAt(50000, v380ReplyPort, []byte(short+"^^^^^^^12345678\x00\x00")), all...)
	for _, ask := range []string{v380Ask, v380Padded, "NVGROUPSEARCH^100^0"} {
		wantVendor(t, v380Protocol, udpAt(50000, v380Port, []byte(ask)), "sender v380.asks=yes")
	}
	// An answer with nonsense in its fields gives away only that it is one.
	wantVendor(t, v380Protocol, udpAt(50000, 40000, []byte("NVDEVRESULT"+strings.Repeat("^", 12))), "sender v380.present=yes")
}

func TestV380Refuses(t *testing.T) {
	refuses(t, v380Protocol, []byte("NVDEVRESULT^too^few^fields"), []byte("NVDEVSEARCH"), []byte("NVDEVSEARCH^x"),
		[]byte(" "+v380Answer), []byte(strings.ToLower(v380Answer)))
}

func FuzzV380(f *testing.F) { fuzzRow(f, v380Protocol) }

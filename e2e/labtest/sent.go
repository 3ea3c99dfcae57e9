package labtest

import (
	"encoding/binary"
	"io"
	"maps"
	"net/netip"
	"os"
	"slices"
	"testing"

	"cordon"
	"cordon/internal/packet"
)

// Sent lists whom an interface spoke to in a capture that the lab recorded: the addresses that its
// frames are for, or in ARP ask about; sorted, each once. Groups and broadcasts are among them.
func Sent(t *testing.T, file string, by cordon.MAC) []netip.Addr {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[netip.Addr]bool{}
	r, err := packet.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := r.Next()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if to, ok := destination(frame.Data); ok && cordon.MAC(frame.Data[6:12]) == by {
			seen[to] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), netip.Addr.Compare)
}

// destination is whom a frame is for (RFC 826, RFC 791, RFC 8200).
func destination(b []byte) (netip.Addr, bool) {
	if len(b) < 14+20 {
		return netip.Addr{}, false
	}
	kind, b := binary.BigEndian.Uint16(b[12:]), b[14:]
	switch {
	case kind == 0x0806 && len(b) >= 28:
		return netip.AddrFrom4([4]byte(b[24:28])), true
	case kind == 0x0800:
		return netip.AddrFrom4([4]byte(b[16:20])), true
	case kind == 0x86dd && len(b) >= 40:
		return netip.AddrFrom16([16]byte(b[24:40])), true
	}
	return netip.Addr{}, false
}

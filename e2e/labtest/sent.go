package labtest

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/netip"
	"os"
	"slices"
	"testing"

	"cordon"
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
	r := bufio.NewReader(f)
	head := make([]byte, 24) // docs: draft-ietf-opsawg-pcap, 4 and 5; the lab writes little-endian
	for {
		_, err := io.ReadFull(r, head)
		if head = head[:16]; err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if n := len(seen); n == 0 && binary.LittleEndian.Uint32(head) == 0xa1b23c4d {
			continue // the file header, which is longer
		}
		frame := make([]byte, binary.LittleEndian.Uint32(head[8:]))
		if _, err := io.ReadFull(r, frame); err != nil {
			t.Fatal(err)
		}
		if to, ok := destination(frame); ok && cordon.MAC(frame[6:12]) == by {
			seen[to] = true
		}
	}
	var all []netip.Addr
	for a := range seen {
		all = append(all, a)
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return all
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

package sensor

import (
	"bytes"
	"testing"

	"cordon/internal/packet"
)

// FuzzFeed reads any bytes as a capture, with every protocol listening: nothing may panic,
// and a fact is never about nobody.
func FuzzFeed(f *testing.F) {
	whole := pcapOf(3)
	f.Add(whole)
	f.Add(whole[:len(whole)-5])
	f.Add(append(whole, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRig("k")
		table := packet.NewTable(packet.Config{MaxFlows: 64}, r)
		Feed(t.Context(), bytes.NewReader(data), "fuzz", table, nil)
		table.Flush()
		for _, x := range r.facts {
			if !x.Addr.IsValid() && x.MAC == [6]byte{} && x.Other.Value == "" {
				t.Fatalf("about nobody: %+v", x)
			}
		}
	})
}

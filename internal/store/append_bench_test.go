package store_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// BenchmarkAppend puts a second's contacts of many devices; rows/s is per second of wall time.
func BenchmarkAppend(b *testing.B) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "x.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	rnd := rand.New(rand.NewPCG(1, 1))
	const rows = 10_000
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	batch := func(n int) store.Batch {
		now := at.Add(time.Duration(n) * 20 * time.Second)
		out := store.Batch{At: now}
		for range rows {
			far := int(rnd.ExpFloat64() * 500)
			out.Contacts = append(out.Contacts, cordon.Contact{
				Site: "hall", Device: fmt.Sprint("dev", rnd.IntN(32000)), Start: now, Far: netip.AddrFrom4([4]byte{203, 0, byte(far >> 8), byte(far)}),
				Port: 443, Protocol: "tcp", App: "tls", Name: fmt.Sprint("h", far, ".example"), Outside: true, Opened: true,
				Sent: uint64(rnd.IntN(1e6)), Received: uint64(rnd.IntN(1e5)), Flows: 1,
			})
		}
		return out
	}
	all := make([]store.Batch, b.N)
	for i := range all {
		all[i] = batch(i)
	}
	for i := range 8 {
		w := batch(i)
		for j := range w.Contacts {
			w.Contacts[j].Device = fmt.Sprint("dev", i*4000+j%4000)
		}
		if err := s.Append(b.Context(), w); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for i := range all {
		if err := s.Append(b.Context(), all[i]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

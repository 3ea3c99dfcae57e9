package find

import (
	"testing"

	"cordon"
)

// What a flow costs: naming it, and hearing its first message.
func BenchmarkRows(b *testing.B) {
	none := func(Subject, cordon.Kind, string) {}
	for _, name := range []string{"dns", "tls", "http", "ssdp", "mdns", "quic", "rtsp", "ntp"} {
		m := samples[name][len(samples[name])-1]
		p := Identify(m)
		b.Run(name+"/identify", func(b *testing.B) {
			for b.Loop() {
				Identify(m)
			}
		})
		b.Run(name+"/hear", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Hear(p, m, none)
			}
		})
	}
	noise := datagram("10.0.0.1:40001", "10.0.0.2:40002", []byte("\x01\x02nothing that anybody knows, of a fair length"))
	b.Run("unknown/identify", func(b *testing.B) {
		for b.Loop() {
			Identify(noise)
		}
	})
}

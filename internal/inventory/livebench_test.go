package inventory

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/internal/store"
	"cordon/knowledge"
)

// nowhereStore takes everything and keeps the frames only.
type nowhereStore struct {
	*fakeStore
	keep bool
}

func (s *nowhereStore) Append(ctx context.Context, b store.Batch) error {
	if s.keep {
		return s.fakeStore.Append(ctx, b)
	}
	return nil
}

func (s *nowhereStore) PutDevices(context.Context, []store.Known) error { return nil }

// cameras is a network of cameras that stream to a recorder, ask for names and the time, and
// are looked at now and then.
type cameras struct {
	n    int
	sink sensor.Sink
	now  time.Time
}

func (c *cameras) addr(i int) string { return fmt.Sprintf("10.0.%d.%d", i/200, i%200+1) }

// introduce has each say who it is.
func (c *cameras) introduce() {
	for i := range c.n {
		m := cordon.MAC{0x44, 0x19, 0xb6, 0, byte(i >> 8), byte(i)}
		origin := &cordon.Origin{Sensor: "eth0"}
		at := c.now.UnixNano()
		addr := netip.MustParseAddr(c.addr(i))
		c.sink.Observe(&sensor.Fact{At: at, MAC: m, Kind: "arp.address", Value: c.addr(i), Origin: origin})
		for _, f := range [][2]string{
			{"http.server", "App-webs/"}, {"http.title", "index"}, {"sadp.model", "DS-2CD2032-I"}, {"sadp.firmware", "V5.4.5build 170123"}, {"sadp.serial", fmt.Sprintf("DS-2CD…#%012x", i)},
			{"rtsp.video", "H264"}, {"rtsp.server", "Rtsp Server"}, {"rtsp.realm", "IP Camera(12345)"}, {"dhcp.hostname", "camera"}, {"dhcp.opt55", "1,3,6,12"},
			{"dns.query", "dev.hik-connect.com"}, {"dns.query", "time.windows.com"}, {"onvif.types", "NetworkVideoTransmitter"}, {"onvif.scope", "onvif://www.onvif.org/hardware/DS-2CD2032-I"},
		} {
			c.sink.Observe(&sensor.Fact{At: at, Addr: addr, Kind: cordon.Kind(f[0]), Value: f[1], Origin: origin})
		}
		for s := range 2 {
			c.flow(i, fmt.Sprintf("10.0.250.%d", s+1), 554, false, true)
		}
		c.flow(i, "198.51.100.7", 443, false, false)
	}
}

// second is one second of it: a part of each stream, and a few short conversations.
func (c *cameras) second(n int) {
	c.now = c.now.Add(time.Second)
	for i := range c.n {
		c.flow(i, "10.0.250.1", 554, true, true)
		if (n+i)%30 == 0 {
			c.flow(i, "10.0.250.53", 53, false, false)
		}
		if (n+i)%64 == 0 {
			c.flow(i, "10.0.250.123", 123, false, false)
		}
		if (n+i)%60 == 0 {
			c.flow(i, "198.51.100.7", 443, false, false)
		}
	}
}

func (c *cameras) flow(i int, far string, port uint16, again, more bool) {
	m := cordon.MAC{0x44, 0x19, 0xb6, 0, byte(i >> 8), byte(i)}
	at := c.now.UnixNano()
	f := packet.Flow{
		End:   [2]packet.End{end(m, c.addr(i), 40000+port), end(mac(9), far, port)},
		Proto: packet.ProtoTCP, State: packet.StateAnswered, Before: packet.StateAnswered, Again: again, More: more,
		Packets: [2]uint32{400, 200}, Bytes: [2]uint64{500_000, 12_000}, Payload: [2]uint64{480_000, 0}, Big: [2]uint32{380, 0},
		First: start.UnixNano(), Last: at, Seconds: 1, Bursts: 1,
	}
	if !more {
		f.First, f.Packets, f.Bytes, f.Payload, f.Big = at, [2]uint32{1, 1}, [2]uint64{80, 120}, [2]uint64{40, 80}, [2]uint32{}
	}
	app := map[uint16]string{53: "dns", 123: "ntp", 443: "tls", 554: "rtsp"}[port]
	c.sink.Flow(&f, app, "", "")
}

func benchLive(b *testing.B, s Store, now *time.Time) *Live {
	k := know(b)
	l := NewLive(LiveConfig{
		Know: func() *knowledge.Base { return k }, Options: func(string) Options { return Options{} }, Store: s,
		Now: func() time.Time { return *now }, Elapsed: func() time.Duration { return now.Sub(start) },
	})
	if err := l.tryLoad(b.Context()); err != nil {
		b.Fatal(err)
	}
	l.steps = l.clockGap()
	return l
}

func drain(b *testing.B, l *Live) {
	for p := l.writer.first(); p != nil; p = l.writer.first() {
		if err := l.writer.write(b.Context(), p); err != nil {
			b.Fatal(err)
		}
		l.writer.done()
	}
}

// BenchmarkLiveSecond is one second of fifty cameras that stream all the time, without the
// sensor's work and the store's.
func BenchmarkLiveSecond(b *testing.B) {
	now := start
	l := benchLive(b, &nowhereStore{fakeStore: newFakeStore()}, &now)
	c := &cameras{n: 50, sink: l.Source("", "eth0"), now: start}
	c.introduce()
	n := 0
	step := func() {
		n++
		c.second(n)
		now = c.now
		l.turn(b.Context())
		drain(b, l)
	}
	for range 130 {
		step()
	}
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1e4, "%core")
}

// BenchmarkRestore fills a ledger from fourteen days of fifty cameras, by the hour condensed.
func BenchmarkRestore(b *testing.B) {
	s := &nowhereStore{fakeStore: newFakeStore(), keep: true}
	now := start
	l := benchLive(b, s, &now)
	c := &cameras{n: 50, sink: l.Source("", "eth0"), now: start}
	c.introduce()
	l.turn(b.Context())
	drain(b, l)
	const days = 2 // of fourteen: see the metric
	for hour := range days * 24 {
		var frames [][]byte
		d := newFolder(func(f []byte) error { frames = append(frames, f); return nil })
		c.sink = d
		for n := range 3600 {
			c.second(n)
		}
		if err := d.finish(); err != nil {
			b.Fatal(err)
		}
		for _, f := range frames {
			s.frames = append(s.frames, fakeFrame{start.Add(time.Duration(hour) * time.Hour), f})
		}
	}
	size := 0
	for _, f := range s.frames {
		size += len(f.frame)
	}
	b.ResetTimer()
	for range b.N {
		if _, err := Restore(b.Context(), s, time.Time{}, DefaultLiveLimits.Ledger); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)/1e6*14/days, "MB/14-days")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*14/days, "s/14-days")
}

// BenchmarkSpoofed is a hundred thousand made-up hosts, each with an interface of its own that
// knocks once, within a hundred seconds.
func BenchmarkSpoofed(b *testing.B) {
	for range b.N {
		now := start
		l := benchLive(b, &nowhereStore{fakeStore: newFakeStore()}, &now)
		src := l.Source("", "eth0")
		var most, worst uint64
		for second := range 130 {
			for i := range 1000 {
				n := second*1000 + i
				if n >= 100_000 {
					break
				}
				m := cordon.MAC{2, 0, 9, byte(n >> 16), byte(n >> 8), byte(n)}
				at := now.UnixNano()
				src.Flow(&packet.Flow{
					End:   [2]packet.End{{MAC: m, Addr: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), Port: 1024}, end(mac(9), "10.200.0.1", 80)},
					Proto: packet.ProtoTCP, State: packet.StateAttempt, More: n%2 == 0, Packets: [2]uint32{1}, Bytes: [2]uint64{60}, First: at, Last: at, Seconds: 1, Bursts: 1,
				}, "", "", "")
			}
			now = now.Add(time.Second)
			begun := time.Now()
			l.turn(b.Context())
			worst = max(worst, uint64(time.Since(begun).Milliseconds()))
			drain(b, l)
			if second%10 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(most)/(1<<20), "MiB-most")
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-after")
		b.ReportMetric(float64(worst), "ms-worst-turn")
		b.ReportMetric(float64(len(l.known)), "devices")
	}
}

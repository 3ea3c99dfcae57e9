package packet

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// quick is a Listener like the real one in how much it wants: one datagram a
// direction, and a connection until both sides have spoken.
type quick struct{ heard, ended, bytes uint64 }

func (q *quick) Hear(m *Message) (App, bool) {
	q.heard++
	if m.Proto == ProtoTCP {
		return 1, len(m.Data) == 0 || len(m.Reply) == 0
	}
	return 1, false
}

func (q *quick) Ended(f *Flow) { q.ended++; q.bytes += f.Bytes[0] + f.Bytes[1] }

// BenchmarkCapture reads whole captures from the folder in CORDON_PERF, made by the
// project's generator (cam50-1G.pcap, h100k-800M.pcap): packets and bits per second
// of CPU time, user and system, of all threads; and the memory held at the end per flow.
func BenchmarkCapture(b *testing.B) {
	paths, _ := filepath.Glob(filepath.Join(os.Getenv("CORDON_PERF"), "*.pcap*"))
	if os.Getenv("CORDON_PERF") == "" || len(paths) == 0 {
		b.Skip("CORDON_PERF names no folder with captures")
	}
	for _, path := range paths {
		b.Run(filepath.Base(path), func(b *testing.B) { benchCapture(b, path) })
	}
}

func benchCapture(b *testing.B, path string) {
	var total Stats
	var held int64
	var spent time.Duration
	timed := func(work func()) {
		start := cpu()
		work()
		spent += cpu() - start
	}
	for range b.N {
		before := heap()
		table := NewTable(Config{}, &quick{})
		timed(func() { runBench(b, path, table) })
		held = heap() - before
		timed(table.Flush)
		total.Packets += table.stats.Packets
		total.Bytes += table.stats.Bytes
		total.PeakActive = table.stats.PeakActive
	}
	used := spent.Seconds()
	b.ReportMetric(float64(total.Packets)/used/1e6, "Mpkt/cpu-s")
	b.ReportMetric(float64(total.Bytes)*8/used/1e9, "Gbit/cpu-s")
	b.ReportMetric(float64(held)/float64(total.PeakActive), "B/flow")
	b.ReportMetric(float64(total.PeakActive), "flows")
	b.ReportMetric(0, "ns/op")
}

func runBench(b *testing.B, path string, table *Table) {
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	r, err := NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	for {
		f, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
			return
		}
		table.Frame(f)
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

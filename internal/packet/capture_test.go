package packet

import (
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// appender is a byte order that tests build files in.
type appender interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// buildPcap makes a pcap file of the given packets, one a second from second 1,000
// and fraction 5 on, each 10 bytes longer on the wire than in the file.
func buildPcap(o appender, magic, snap, link uint32, packets ...[]byte) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, snap)
	b = o.AppendUint32(b, link)
	for i, p := range packets {
		b = o.AppendUint32(b, uint32(1000+i))
		b = o.AppendUint32(b, 5)
		b = o.AppendUint32(b, uint32(len(p)))
		b = o.AppendUint32(b, uint32(len(p)+10))
		if magic == magicModified {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, p...)
	}
	return b
}

// someBytes is n bytes that differ.
func someBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + n)
	}
	return b
}

// readAll delivers copies of all frames, and the error that ended it (nil for io.EOF).
func readAll(r io.Reader) ([]Frame, Info, error) {
	rd, err := NewReader(r)
	if err != nil {
		return nil, Info{}, err
	}
	var all []Frame
	for {
		f, err := rd.Next()
		if err == io.EOF {
			return all, rd.Info(), nil
		}
		if err != nil {
			return all, rd.Info(), err
		}
		f.Data = append([]byte{}, f.Data...)
		all = append(all, f)
	}
}

func sharedPlace() string {
	if dir := os.Getenv("CORDON_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared")
}

// sharedDir is the project's capture collection, or the test is skipped.
func sharedDir(t testing.TB) string {
	dir := filepath.Join(sharedPlace(), "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the project's capture collection is not here; set CORDON_SHARED to its place")
	}
	return dir
}

// realSeeds is the whole of some small real captures of both formats, none where the
// project's capture collection is absent.
func realSeeds() [][]byte {
	dir := filepath.Join(sharedPlace(), "captures")
	var seeds [][]byte
	for _, name := range []string{"attack/ndpi/tcp_scan.pcapng", "proto/ndpi/hls.pcapng", "camera/reolink_e1_login.pcapng"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			seeds = append(seeds, b)
		}
	}
	return seeds
}

// manifest is the rows of the collection's MANIFEST.csv.
func manifest(t testing.TB, dir string) []map[string]string {
	f, err := os.Open(filepath.Join(dir, "MANIFEST.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, v := range row {
			m[rows[0][i]] = v
		}
		all = append(all, m)
	}
	return all
}

// TestReaderCollection holds every real capture to the packet count, the start and the
// duration that tshark found.
func TestReaderCollection(t *testing.T) {
	dir := sharedDir(t)
	for _, row := range manifest(t, dir) {
		f, err := os.Open(filepath.Join(dir, row["file"]))
		if err != nil {
			t.Error(err)
			continue
		}
		frames, info, err := readAll(f)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", row["file"], err)
		}
		if want, _ := strconv.Atoi(row["packets"]); len(frames) != want || info.Packets != uint64(want) {
			t.Errorf("%s: %d packets, Info says %d, tshark counts %d", row["file"], len(frames), info.Packets, want)
		}
		if size, _ := strconv.ParseInt(row["size_bytes"], 10, 64); info.Offset != size {
			t.Errorf("%s: Offset %d at the end of %d bytes", row["file"], info.Offset, size)
		}
		if start := time.Unix(0, info.First).UTC().Format(time.RFC3339); start != row["first_packet_utc"] {
			t.Errorf("%s: starts %s, tshark says %s", row["file"], start, row["first_packet_utc"])
		}
		if d := fmt.Sprintf("%.1f", float64(info.Last-info.First)/1e9); d != row["duration_s"] {
			t.Errorf("%s: lasts %s s, tshark says %s", row["file"], d, row["duration_s"])
		}
		if info.Skipped != 0 {
			t.Errorf("%s: skipped %d", row["file"], info.Skipped)
		}
	}
}

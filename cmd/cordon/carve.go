package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/sensor"
)

// maxCarvedAll bounds what one audit keeps.
const maxCarvedAll = 1 << 30

// carving keeps files in a directory under names of its own making, and an index beside
// them. A nil *carving keeps nothing.
type carving struct {
	dir  string
	rows []carvedRow
	made map[string]bool // files that this run wrote
	room int64
	err  error // the first; what comes later is listed without being kept
}

// carvedRow is a line of the index.
type carvedRow struct {
	sensor.Carved
	size int
	file string // empty: not kept
	note string
}

// newCarving makes the directory, for its owner's eyes: what is in it may be malware.
func newCarving(dir string) (*carving, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--carve: %w", err)
	}
	return &carving{dir: dir, made: map[string]bool{}, room: maxCarvedAll}, nil
}

// Keep implements sensor.Keeper.
func (c *carving) Keep(f sensor.Carved) {
	row := carvedRow{Carved: f}
	row.Data, row.size = nil, len(f.Data)
	name := fileName(&f)
	switch {
	case c.made[name]:
		row.file = name
	case int64(len(f.Data)) > c.room:
		row.note = "not kept: 1 GiB is kept in all"
	case c.err != nil:
		row.note = "not kept"
	default:
		if c.err = writeWhole(filepath.Join(c.dir, name), f.Data); c.err == nil {
			row.file, c.made[name] = name, true
			c.room -= int64(len(f.Data))
		}
	}
	c.rows = append(c.rows, row)
}

// fileName is made of the client's address and the digest alone: nothing that the network
// said gets into the file system.
func fileName(f *sensor.Carved) string {
	device := strings.NewReplacer(":", "-", "%", "-").Replace(f.Client.String())
	return device + "-" + f.SHA256[:16] + ".bin"
}

// writeWhole writes a file that appears whole or not at all, and cannot be run by mistake.
func writeWhole(name string, data []byte) error {
	w, commit, err := output(name, io.Discard)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		f := w.(*os.File)
		f.Close()
		os.Remove(f.Name())
		return err
	}
	return commit()
}

// finish writes the index. What people's own devices fetched is taken out again, since it
// tells their far ends, unless the audit shows those.
func (c *carving) finish(a *cordon.Audit, stderr io.Writer) error {
	if c == nil {
		return nil
	}
	if c.err != nil {
		return fmt.Errorf("--carve: %w", c.err)
	}
	hidden := hiddenAddrs(a)
	ids := deviceIDs(a)
	rows := [][]string{{"file", "device", "address", "server", "url", "bytes", "complete", "sha256", "first_seen", "note"}}
	kept := 0
	for _, r := range c.rows {
		if hidden[r.Client.String()] {
			if r.file != "" && c.made[r.file] {
				os.Remove(filepath.Join(c.dir, r.file))
				c.made[r.file] = false
			}
			continue
		}
		if r.file != "" {
			kept++
		}
		rows = append(rows, []string{r.file, ids[r.Client.String()], r.Client.String(), r.Server.String(), cell(r.URL),
			strconv.Itoa(r.size), yes(r.Whole), r.SHA256, r.At.Format(time.RFC3339), r.note})
	}
	err := toOutput(filepath.Join(c.dir, "carve.csv"), io.Discard, func(w io.Writer) error {
		out := csv.NewWriter(w)
		return out.WriteAll(rows)
	})
	if err != nil {
		return fmt.Errorf("--carve: %w", err)
	}
	asked := slices.ContainsFunc(a.Findings, func(f cordon.Finding) bool { return f.Code == "firmware-in-clear" })
	fmt.Fprintln(stderr, "cordon: "+c.said(kept, len(rows)-1, asked))
	return nil
}

// said sums up, for people, how many of the downloads that may be told of were kept.
// asked: something asked for one, whether or not it was answered.
func (c *carving) said(kept, told int, asked bool) string {
	text := ""
	switch {
	case told == 0 && len(c.rows) == 0 && asked:
		text = "no firmware download was seen: it was asked for in the clear, but what was answered is not in the capture; the index in " + c.dir + " is empty"
	case told == 0 && len(c.rows) == 0:
		text = "no firmware download in the clear was seen; the index in " + c.dir + " is empty"
	case told == 0:
		text = "only people's own devices fetched programs in the clear, which are not kept (--all-devices keeps them); the index in " + c.dir + " is empty"
	case kept == 0:
		text = fmt.Sprintf("none of %s downloads in the clear was kept; %s says why", count(told), filepath.Join(c.dir, "carve.csv"))
	default:
		text = fmt.Sprintf("%s of %s downloads in the clear kept in %s; treat them as hostile", count(kept), count(told), c.dir)
	}
	return text
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// deviceIDs maps addresses to the devices that the audit made of them.
func deviceIDs(a *cordon.Audit) map[string]string {
	ids := map[string]string{}
	for i := range a.Devices {
		for _, f := range a.Devices[i].Interfaces {
			for _, addr := range f.Addrs {
				ids[addr.String()] = a.Devices[i].ID
			}
		}
	}
	return ids
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
)

// renamed are the generator's names for what Cordon calls otherwise. Its scans are bare
// connection attempts that nobody answers, so nothing in them can be recognised; its
// peer-to-peer keep-alives are PPPP datagrams.
var renamed = map[string]string{"p2p": "pppp", "scan": "unrecognised"}

// told is what an audit says of what it read.
type told struct {
	captures []struct {
		Packets int64  `json:"packets"`
		Bytes   int64  `json:"bytes"`
		Problem string `json:"problem"`
	}
	apps    map[string]int
	dropped map[string]int
}

// readTold reads the parts of an audit in JSON that are held to the truth, and
// leaves the devices alone: there may be a hundred thousand.
func readTold(path string) (told, error) {
	var t told
	f, err := os.Open(path)
	if err != nil {
		return t, err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if _, err := d.Token(); err != nil {
		return t, fmt.Errorf("%s: %w", path, err)
	}
	for t.captures == nil || t.apps == nil || t.dropped == nil {
		key, err := d.Token()
		if err != nil {
			return t, fmt.Errorf("%s: %w", path, err)
		}
		var skipped json.RawMessage
		var into any = &skipped
		switch key {
		case "captures":
			into = &t.captures
		case "flows_by_application":
			into = &t.apps
		case "dropped":
			into = &t.dropped
		case json.Delim('}'):
			return t, fmt.Errorf("%s: an audit without flows_by_application, dropped or captures", path)
		}
		if err := d.Decode(into); err != nil {
			return t, fmt.Errorf("%s: %v: %w", path, key, err)
		}
	}
	return t, nil
}

// compare lists what an audit counted otherwise than the generator.
func compare(got told, want truth) []string {
	var wrong []string
	differ := func(what string, got, want int64) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s: %d, truth %d", what, got, want))
		}
	}
	if len(got.captures) != 1 {
		return []string{fmt.Sprintf("%d captures in the audit of one", len(got.captures))}
	}
	c := got.captures[0]
	if c.Problem != "" {
		wrong = append(wrong, "reading stopped early: "+c.Problem)
	}
	differ("packets", c.Packets, want.Packets)
	differ("bytes", c.Bytes, want.Bytes)
	expected := map[string]int{}
	for app, n := range want.Apps {
		if other, ok := renamed[app]; ok {
			app = other
		}
		expected[app] += n
	}
	var total int64
	for _, n := range got.apps {
		total += int64(n)
	}
	differ("flows", total, want.Flows)
	both := maps.Clone(expected)
	maps.Copy(both, got.apps)
	for _, app := range slices.Sorted(maps.Keys(both)) {
		differ(app, int64(got.apps[app]), int64(expected[app]))
	}
	for _, what := range slices.Sorted(maps.Keys(got.dropped)) {
		differ("dropped "+what, int64(got.dropped[what]), 0)
	}
	return wrong
}

// checkAll lists everything that an audit got wrong, named by capture. It comes after
// all measuring: a child starts with the memory of its parent, so the parent stays small.
func checkAll(all []measured) []string {
	var wrong []string
	for _, m := range all {
		if _, ok := m.of(subject); !ok {
			wrong = append(wrong, m.name+": the audit failed")
			continue
		}
		got, err := readTold(m.output)
		if err != nil {
			wrong = append(wrong, m.name+": "+err.Error())
			continue
		}
		for _, one := range compare(got, m.truth) {
			wrong = append(wrong, m.name+": "+one)
		}
	}
	return wrong
}

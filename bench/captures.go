package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// recipe is how the generator makes a capture. Same arguments, same bytes; all but
// the empty one stand in the generator's own README, so figures can be compared.
type recipe struct {
	name   string
	wanted bool // a target needs it
	few    bool // measured with Cordon alone
	args   []string
}

var recipes = []recipe{
	{"empty", true, true, strings.Fields("-cams 0 -hosts 0 -dur 0")}, // what starting costs
	{"cam10-200M", true, true, strings.Fields("-cams 10 -hosts 10 -sess 40 -dur 40")},
	{"cam50-1G", true, false, strings.Fields("-cams 50 -hosts 200 -sess 40 -dur 38")},
	{"h100k-800M", true, false, strings.Fields("-cams 10 -hosts 100000 -sess 4 -dur 100")},
	{"cam1000-1G", false, false, strings.Fields("-cams 1000 -hosts 1000 -sess 4 -dur 2")},
	{"chat1k-small", false, false, strings.Fields("-cams 0 -hosts 1000 -sess 200 -dur 600")},
}

func recipeOf(name string) (recipe, bool) {
	for _, r := range recipes {
		if r.name == name {
			return r, true
		}
	}
	return recipe{}, false
}

func recipeNames() []string {
	var out []string
	for _, r := range recipes {
		out = append(out, r.name)
	}
	return out
}

// truth is what the generator says that it wrote: one JSON line per capture.
type truth struct {
	File    string         `json:"file"`
	Packets int64          `json:"packets"`
	Bytes   int64          `json:"wire_bytes"`
	Hosts   int64          `json:"hosts_chatting"`
	Apps    map[string]int `json:"flows_by_app"`
	Flows   int64          `json:"ip_flows"`
}

// size is the length of the capture: a pcap file header of 24 bytes, 16 bytes before
// every packet (draft-ietf-opsawg-pcap, sections 4 and 5), and nothing is cut.
func (t truth) size() int64 { return 24 + 16*t.Packets + t.Bytes }

// capture is a capture file on disk.
type capture struct {
	recipe
	path  string
	truth truth
}

// ensure finds a capture or generates it.
func ensure(s settings, name string) (capture, error) {
	r, _ := recipeOf(name)
	c := capture{recipe: r}
	for _, dir := range append([]string{s.dir}, s.at...) {
		path := filepath.Join(dir, name+".pcap")
		t, ok := readTruth(filepath.Join(dir, "truth.jsonl"), name)
		if info, err := os.Stat(path); ok && err == nil && info.Size() == t.size() {
			c.path, c.truth = path, t
			return c, nil
		}
	}
	fmt.Fprintf(os.Stderr, "making %s.pcap\n", name)
	c.path = filepath.Join(s.dir, name+".pcap")
	line, err := exec.Command(s.generator, append([]string{"-o", c.path}, r.args...)...).Output()
	if err != nil {
		return c, fmt.Errorf("generate %s: %w", c.path, err)
	}
	if err := json.Unmarshal(line, &c.truth); err != nil {
		return c, fmt.Errorf("truth of %s: %w", c.path, err)
	}
	return c, appendLine(filepath.Join(s.dir, "truth.jsonl"), line)
}

// readTruth finds the latest truth of a capture in a file of such lines.
func readTruth(path, name string) (t truth, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return t, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var one truth
		if json.Unmarshal(lines.Bytes(), &one) == nil && filepath.Base(one.File) == name+".pcap" {
			t, ok = one, true
		}
	}
	return t, ok
}

func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

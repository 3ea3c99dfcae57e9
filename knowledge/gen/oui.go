package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"
)

// block is one assignment: the prefix in hex digits (6, 7 or 9) and who has it.
type block struct{ digits, org string }

// buildOUI turns the registry into oui.bin.
func buildOUI(s *source, path string) error {
	raw, err := os.ReadFile(filepath.Join(s.dir, "index.json"))
	if err != nil {
		return fmt.Errorf("read registry: %w", err)
	}
	registry := map[string]string{}
	if err := json.Unmarshal(raw, &registry); err != nil {
		return fmt.Errorf("read registry: %w", err)
	}
	byLength := map[int][]block{}
	for digits, entry := range registry {
		org, _, _ := strings.Cut(entry, "\n") // the address follows on further lines
		byLength[len(digits)] = append(byLength[len(digits)], block{strings.ToUpper(digits), strings.TrimSpace(org)})
	}
	s.Rows = len(registry)
	out, err := packOUI(byLength, s.Date)
	if err != nil {
		return err
	}
	return os.WriteFile(path, out, 0o644)
}

// packOUI lays out the header, the three sorted lists and the names.
func packOUI(byLength map[int][]block, date string) ([]byte, error) {
	names := newText()
	out := header("CdnO", date)
	var rows []byte
	for _, digits := range []int{6, 7, 9} { // MA-L, MA-M, MA-S
		blocks := byLength[digits]
		sort.Slice(blocks, func(i, j int) bool { return blocks[i].digits < blocks[j].digits })
		out = put(out, 4, uint64(len(blocks)))
		for _, b := range blocks {
			key, err := hex.DecodeString(b.digits + strings.Repeat("0", digits%2))
			if err != nil {
				return nil, fmt.Errorf("registry prefix %q: %w", b.digits, err)
			}
			rows = put(append(rows, key...), 3, uint64(names.add(b.org)))
		}
	}
	out = put(out, 4, uint64(len(names.bytes)))
	return append(append(out, rows...), names.bytes...), names.fits()
}

// header is the 24 bytes that open every table: magic, format 1, date.
func header(magic, date string) []byte {
	out := put([]byte(magic), 4, 1)
	return append(out, fmt.Sprintf("%-16s", date)...)
}

// put appends the low n bytes of v, most significant first.
func put(b []byte, n int, v uint64) []byte {
	for i := n - 1; i >= 0; i-- {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

// text is a pile of names, each once: a length byte and the bytes.
type text struct {
	bytes []byte
	at    map[string]int
}

func newText() *text { return &text{bytes: []byte{0}, at: map[string]int{"": 0}} }

// add gives the offset of a name, cut at a rune to 255 bytes.
func (t *text) add(name string) int {
	name = strings.ToValidUTF8(name, "?")
	for len(name) > 255 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	if at, ok := t.at[name]; ok {
		return at
	}
	at := len(t.bytes)
	t.at[name] = at
	t.bytes = append(append(t.bytes, byte(len(name))), name...)
	return at
}

// fits refuses a pile that three-byte offsets cannot reach.
func (t *text) fits() error {
	if len(t.bytes) >= 1<<24 {
		return fmt.Errorf("names need %d bytes, offsets reach 16 MiB", len(t.bytes))
	}
	return nil
}

package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"
)

// documentFormat is raised when a reader of an earlier version could misread a newer document.
const documentFormat = 1

// The kinds of document.
const (
	SiteKind = "site"
	ListKind = "list"
	CaseKind = "case"
)

// Document is a report of a running Cordon: what is kept, what is signed, and what HTML renders. Its JSON Schema
// (2020-12) is document.schema.json; docs/format/report.md says it for people.
// Of Site, List and Case exactly the one of its Kind is there. Texts are as they were heard or written,
// and may be hostile: escape them before showing.
type Document struct {
	Format    int       `json:"format"` // documentFormat
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	Made      time.Time `json:"made"`
	By        string    `json:"made_by"`       // who had it made
	Program   string    `json:"program"`       // name and version
	Knowledge string    `json:"knowledge"`     // version behind every verdict
	Key       string    `json:"key,omitempty"` // fingerprint of the key that it is signed with
	From      time.Time `json:"from,omitzero"` // the days that it is about; zero: all that is kept
	To        time.Time `json:"to,omitzero"`

	Site *SiteReport `json:"site,omitempty"`
	List *ListReport `json:"list,omitempty"`
	Case *CaseFile   `json:"case,omitempty"`

	Limits  []string `json:"limits"`  // what it does not say, or leaves out
	Reviews []Review `json:"reviews"` // oldest first
}

// Review is what somebody said who read a document through.
type Review struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Note string    `json:"note"`
	Own  bool      `json:"own_work,omitempty"` // it was the same who had it made
}

// ErrDocument says that bytes are no document of ours.
var ErrDocument = errors.New("not a report of Cordon")

// NewDocument begins a document of a kind.
func NewDocument(kind, title string) *Document {
	return &Document{Format: documentFormat, Kind: kind, Title: title, Limits: []string{}, Reviews: []Review{}}
}

// Encode gives the document as JSON in the form of document.schema.json, indented by two spaces and ending in
// "\n}\n". The same document gives the same bytes. What a terminal or a browser could take for more than
// text is escaped.
func (d *Document) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	return append(SafeJSON(b), '\n'), nil
}

// DecodeDocument reads what Encode wrote, of this version or one before. The error is ErrDocument.
func DecodeDocument(b []byte) (*Document, error) {
	var d Document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	parts := map[string]bool{SiteKind: d.Site != nil, ListKind: d.List != nil, CaseKind: d.Case != nil}
	if d.Format != documentFormat || !parts[d.Kind] {
		return nil, fmt.Errorf("%w of format %d and kind %q", ErrDocument, documentFormat, d.Kind)
	}
	return &d, nil
}

// Reviewed adds a review, and says in it whether it was the same person who had the document made.
func (d *Document) Reviewed(r Review) {
	r.Own = r.By == d.By
	d.Reviews = append(d.Reviews, r)
}

// SafeJSON escapes in what json.Marshal wrote, beyond markup and control characters, also what turns
// the direction of writing or cannot be seen (Unicode category Cf, and others that are not graphic).
// The JSON means the same. b is given back when there is nothing to do.
func SafeJSON(b []byte) []byte {
	from := 0 // of what is not yet in out
	var out []byte
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if !unicode.IsGraphic(r) {
			out = append(append(out, b[from:i]...), escapedRune(r)...)
			from = i + n
		}
		i += n
	}
	if from == 0 {
		return b
	}
	return append(out, b[from:]...)
}

// escapedRune is \uXXXX, in two halves beyond the first plane (RFC 8259, section 7).
func escapedRune(r rune) []byte {
	unit := func(b []byte, u uint16) []byte {
		return append(b, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
	}
	if r < 0x10000 {
		return unit(nil, uint16(r))
	}
	r -= 0x10000
	return unit(unit(nil, uint16(0xd800+r>>10)), uint16(0xdc00+r&0x3ff))
}

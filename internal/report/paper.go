package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // for the paper
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"cordon"
)

//go:embed paper.tmpl
var paperText string

//go:embed paper.css
var paperStyle string

// Limits of the paper: what is beyond them stands in the JSON, and the paper says so.
const (
	paperRows    = 500 // in a table
	paperDevices = 20  // of a case with a section each
	paperFacts   = 6   // behind an argument
	paperWords   = 600 // columns of a text
	paperValue   = 200 // columns of a value from the network
)

var paper = template.Must(template.New("paper").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(paperStyle) }, // ours, from the file above
	"t":     func(s string) string { return excerpt(s, paperWords) },
	"v":     func(s string) string { return excerpt(s, paperValue) },
	"known": func(s string) string { return excerpt(known(s), paperValue) },
	"list":  func(all []string) string { return excerpt(strings.Join(all, ", "), paperWords) },
	"when":  func(t time.Time) string { return stamp(t) },
	"day":   day,
	"size":  size,
	"many":  Plural,
	"num":   func(n int) string { return Thousands(uint64(max(0, n))) },
	"tone":  gradeTone,
	"tint":  tint,
	"isRow": func(i int) bool { return i < paperRows }, "beyondRows": func(n int) int { return max(0, n-paperRows) },
	"isSection": func(i int) bool { return i < paperDevices }, "beyondSections": func(n int) int { return max(0, n-paperDevices) },
	"isFact": func(i int) bool { return i < paperFacts }, "beyondFacts": func(n int) int { return max(0, n-paperFacts) },
	"rest":  func(n, shown int) int { return max(0, n-shown) },
	"add":   func(a, b int) int { return a + b },
	"claim": claimedText,
}).Parse(paperText))

// HTML writes the document as one page that needs nothing else: no script, no request, made for paper and
// for screens. The same document gives the same bytes, which end in "</html>\n". The page names the digest of
// the document's JSON. The only errors are those of w and of Encode.
func (d *Document) HTML(w io.Writer) error {
	text, err := d.Encode()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	b := bufio.NewWriter(w)
	if err := paper.ExecuteTemplate(b, "page", struct {
		*Document
		Digest string
	}{d, hex.EncodeToString(sum[:])}); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return b.Flush()
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// tint is a result or a severity as a class of the style; none for any other word.
func tint(word string) string {
	switch word {
	case Differs, Agrees, string(cordon.Medium), string(cordon.High), string(cordon.Critical):
		return word
	}
	return "plain"
}

// claimedText names the device of a line of the papers by whatever it is named with there.
func claimedText(c cordon.Claim) string {
	var out []string
	if c.Address.IsValid() {
		out = append(out, c.Address.String())
	}
	for _, s := range []string{c.MAC.String(), c.Serial} {
		if s != "" {
			out = append(out, s)
		}
	}
	return excerpt(strings.Join(out, ", "), paperValue)
}

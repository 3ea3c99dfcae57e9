package report

import (
	_ "embed" // for the figures
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

//go:embed accuracy.json
var accuracyFile []byte

// Measurement is how right the method was on devices whose maker is known. It is committed with the program
// (accuracy.json); the accuracy test holds it to what it finds.
type Measurement struct {
	Command string         `json:"command"` // that measures it again
	Date    string         `json:"date"`    // YYYY-MM-DD
	Truth   string         `json:"truth"`   // what it is held to
	Halves  []MeasuredHalf `json:"halves"`
}

// MeasuredHalf are the counts of one half of the truth table.
type MeasuredHalf struct {
	Half       string `json:"half"`
	What       string `json:"what"`
	Devices    int    `json:"devices"`
	Models     int    `json:"models"`
	ClassRight int    `json:"class_right"`
	Evident    int    `json:"maker_in_evidence"` // of how many devices the capture shows the maker
	Named      int    `json:"maker_named"`       // rightly
	Wrong      int    `json:"maker_wrong"`
	Firm       int    `json:"by_two_kinds"`       // of those named, by two kinds of evidence
	FirmWrong  int    `json:"by_two_kinds_wrong"` // of the wrong ones
}

// Measured gives the measurement that the program was built with.
func Measured() (Measurement, error) {
	var m Measurement
	if err := json.Unmarshal(accuracyFile, &m); err != nil {
		return m, fmt.Errorf("accuracy.json: %w", err)
	}
	return m, nil
}

// Of gives the counts of a half; false where it was not measured.
func (m *Measurement) Of(half string) (MeasuredHalf, bool) {
	for _, h := range m.Halves {
		if h.Half == half {
			return h, true
		}
	}
	return MeasuredHalf{}, false
}

// Method is how a case file came to what it says, and how often that was wrong where the truth is known.
type Method struct {
	Says     []string    `json:"says"`
	Measured Measurement `json:"measured"`
}

// heldBack is the half of the truth table that nobody works with.
const heldBack = "B"

// newMethod says the method and its error rate in words.
func newMethod(m Measurement) Method {
	out := Method{Measured: m, Says: []string{
		"A maker is named by rules, each with its source: what a device answers or sends is held against what firmware of a maker is known to say. Rules that rest on memory, or on one weak source, count for nothing here.",
		"What one party could forge or misconfigure in one go is one kind of evidence. A maker counts as found in this file when two different kinds name it and one of them is rated high. The prefix of a MAC address and a badge are hints: they count for neither.",
	}}
	h, ok := m.Of(heldBack)
	if !ok {
		return out
	}
	all, firm := h.Named+h.Wrong, h.Firm+h.FirmWrong
	out.Says = append(out.Says,
		fmt.Sprintf("Measured on %s by \"%s\", on captures of devices whose maker is known, in the half of the truth table that was held back while the rules were written (%s of %s): a maker was named for %d of the %s whose capture shows one, and for %d it was the wrong one. So few cases leave room: the true share of wrong names may be as high as %s (%s).",
			m.Date, m.Command, Plural(h.Devices, "device"), Plural(h.Models, "model"), all, Plural(h.Evident, "device"), h.Wrong, share(upperBound(h.Wrong, all)), interval),
		firmly(h.FirmWrong, firm),
		"Several of those captures are of the same unit, and both halves hold the same models: the figures show that the method was not fitted to single captures, not how it does on a model that it never met. No figure says how sure any one device is.")
	return out
}

// interval is what upperBound computes, for readers.
const interval = "the upper end of the one-sided 95 % interval of Clopper and Pearson, 1934"

// firmly says how often the stricter rule of a case file was wrong, or that nobody knows.
func firmly(wrong, n int) string {
	if n == 0 {
		return "None of those captures holds two kinds of evidence for a maker, as this file asks for. How often that stricter rule is wrong has not been measured."
	}
	return fmt.Sprintf("Two kinds of evidence, as this file asks for, named the maker of %s, wrongly of %d; the true share may be as high as %s.", Plural(n, "device"), wrong, share(upperBound(wrong, n)))
}

// share writes a share of 0 to 1 as a percentage.
func share(f float64) string { return strconv.FormatFloat(100*f, 'f', 1, 64) + " %" }

// upperBound is the largest share of wrong ones under which seeing as few as wrong of n still has a
// chance of 5 % (C. Clopper, E. Pearson, "The use of confidence or fiducial limits", 1934). Of nothing it is 1.
func upperBound(wrong, n int) float64 {
	if n <= 0 || wrong >= n {
		return 1
	}
	low, high := 0.0, 1.0
	for range 60 { // halvings: far below what is printed
		if p := (low + high) / 2; chanceOf(wrong, n, p) > 0.05 {
			low = p
		} else {
			high = p
		}
	}
	return high
}

// chanceOf is the chance of at most k wrong ones of n when each is wrong with p.
func chanceOf(k, n int, p float64) float64 {
	sum := 0.0
	for i := 0; i <= k; i++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

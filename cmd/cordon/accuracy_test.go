package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/inventory"
	"cordon/internal/report"
	"cordon/internal/sensor"
)

// captureDir is the capture collection, which is no part of the repository.
func captureDir(t testing.TB) string {
	dir := os.Getenv("CORDON_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the capture collection is not here (CORDON_SHARED names its place)")
	}
	return dir
}

// truthRow is a row of testdata/truth.csv; its columns are explained in testdata/truth.md.
type truthRow map[string]string

func readTruth(t testing.TB) []truthRow {
	f, err := os.Open(filepath.Join("..", "..", "testdata", "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []truthRow
	for _, r := range rows[1:] {
		row := truthRow{}
		for i, name := range rows[0] {
			row[name] = r[i]
		}
		out = append(out, row)
	}
	return out
}

// allows reports whether a column, or its _also column, holds the answer. "unknown" and
// empty are the same.
func (r truthRow) allows(column, got string) bool {
	norm := func(s string) string {
		s = strings.ToLower(strings.TrimSpace(s))
		if s == "unknown" {
			return ""
		}
		return s
	}
	if norm(r[column]) == norm(got) {
		return true
	}
	also := r[column+"_also"]
	return also != "" && slices.ContainsFunc(strings.Split(also, ";"), func(s string) bool { return norm(s) == norm(got) })
}

// auditFile judges one capture as the command does.
func auditFile(t testing.TB, path string) *cordon.Audit {
	know, err := openKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := newReading(know, []byte("a key for tests"))
	c := sensor.Feed(context.Background(), f, path, r.table, nil)
	r.table.Flush()
	return r.ledger.Judge(know, []cordon.Capture{c}, inventory.Options{AllDevices: true})
}

// score sums up one device model.
type score struct {
	rows, classRight, makerKnown, makerRight, makerWrong, benignCameras int

	firm, firmWrong int // makers named by two kinds of evidence, as a case file asks for
	wrong           []string
}

// TestAccuracy holds every capture's audit to the truth table and prints the score by
// device model. Half A is for working with; CORDON_HALF=B scores the half held back.
func TestAccuracy(t *testing.T) {
	dir := captureDir(t)
	half := os.Getenv("CORDON_HALF")
	if half == "" {
		half = "A"
	}
	models := modelNames(t, dir)
	scores := map[string]*score{}
	audits := map[string]*cordon.Audit{}
	for _, row := range readTruth(t) {
		if !strings.Contains(half, row["half"]) {
			continue
		}
		a := audits[row["file"]]
		if a == nil {
			a = auditFile(t, filepath.Join(dir, row["file"]))
			audits[row["file"]] = a
		}
		name := models[row["file"]]
		if scores[name] == nil {
			scores[name] = &score{}
		}
		scores[name].add(row, deviceOf(a, row))
	}
	total := printScores(t, scores)
	committed(t, half, scores, total)
	if total.makerWrong > 0 || total.benignCameras > 0 || total.classRight*100 < total.rows*95 {
		t.Errorf("half %s: class right %d of %d, wrong makers %d, benign devices called cameras %d", half, total.classRight, total.rows, total.makerWrong, total.benignCameras)
	}
}

// committed holds the figures that case files print (internal/report/accuracy.json) to those just measured.
func committed(t *testing.T, half string, scores map[string]*score, total score) {
	m, err := report.Measured()
	if err != nil {
		t.Fatal(err)
	}
	want, ok := m.Of(half)
	if !ok {
		return // both halves together are printed nowhere
	}
	got := report.MeasuredHalf{Half: half, What: want.What, Devices: total.rows, ClassRight: total.classRight, Evident: total.makerKnown,
		Named: total.makerRight, Wrong: total.makerWrong, Firm: total.firm, FirmWrong: total.firmWrong}
	for name := range scores {
		if !strings.HasPrefix(name, "(") {
			got.Models++
		}
	}
	if got != want {
		text, _ := json.Marshal(got)
		t.Errorf("internal/report/accuracy.json is not what is measured: put there, with today's date,\n%s", text)
	}
}

// deviceOf gives the audited device of a row, nil where the audit has none.
func deviceOf(a *cordon.Audit, row truthRow) *cordon.Audited {
	for i := range a.Devices {
		d := &a.Devices[i]
		if row["mac"] != "" && d.ID == row["mac"] {
			return d
		}
	}
	for i := range a.Devices {
		d := &a.Devices[i]
		for _, f := range d.Interfaces {
			for _, addr := range f.Addrs {
				if row["address"] != "" && addr.String() == row["address"] {
					return d
				}
			}
		}
	}
	return nil
}

func (s *score) add(row truthRow, d *cordon.Audited) {
	s.rows++
	say := func(format string, args ...any) {
		s.wrong = append(s.wrong, row["file"]+" "+row["mac"]+" "+row["address"]+": "+fmt.Sprintf(format, args...))
	}
	if d == nil {
		if row.allows("class", "") {
			s.classRight++
		}
		say("not found")
		return
	}
	id := d.Identity
	if row.allows("class", id.Class.Value) {
		s.classRight++
	} else {
		say("class %q, truth %q (%s)", id.Class.Value, row["class"], row["class_also"])
	}
	if row["maker"] != "" {
		s.makerKnown++
	}
	verdict, _ := assess.Verdict(id.Maker)
	firm := verdict == assess.Consistent
	switch {
	case id.Maker.Value == "":
	case row.allows("maker", id.Maker.Value):
		s.makerRight++
		if firm {
			s.firm++
		}
	default:
		s.makerWrong++
		if firm {
			s.firmWrong++
		}
		say("MAKER %q, truth %q (%s)", id.Maker.Value, row["maker"], row["maker_also"])
	}
	if cordon.Watches(id.Class.Value) && !row.allows("class", id.Class.Value) && !cordon.Watches(row["class_manifest"]) {
		s.benignCameras++
		say("BENIGN DEVICE CALLED %s", id.Class.Value)
	}
}

func printScores(t *testing.T, scores map[string]*score) score {
	var total score
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "model\tdevices\tclass right\tmaker in evidence\tmaker named\tby two kinds\tmaker wrong\tbenign called camera")
	names := make([]string, 0, len(scores))
	for n := range scores {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		s := scores[n]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", n, s.rows, s.classRight, s.makerKnown, s.makerRight, s.firm, s.makerWrong, s.benignCameras)
		total.rows += s.rows
		total.classRight += s.classRight
		total.makerKnown += s.makerKnown
		total.makerRight += s.makerRight
		total.makerWrong += s.makerWrong
		total.firm += s.firm
		total.firmWrong += s.firmWrong
		total.benignCameras += s.benignCameras
		total.wrong = append(total.wrong, s.wrong...)
	}
	fmt.Fprintf(w, "all\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", total.rows, total.classRight, total.makerKnown, total.makerRight, total.firm, total.makerWrong, total.benignCameras)
	w.Flush()
	t.Logf("\n%sclass right %.1f %%", b.String(), 100*float64(total.classRight)/float64(max(1, total.rows)))
	if os.Getenv("CORDON_WRONG") != "" {
		t.Log("\n" + strings.Join(total.wrong, "\n"))
	}
	return total
}

// modelNames gives the device model of each capture from the collection's manifest; captures
// of no one device go by their folder.
func modelNames(t testing.TB, dir string) map[string]string {
	f, err := os.Open(filepath.Join(dir, "MANIFEST.csv"))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range rows[1:] { // file, class, device, ...
		out[r[0]] = r[2]
		if r[2] == "" {
			out[r[0]] = "(" + r[1] + ")"
		}
	}
	return out
}

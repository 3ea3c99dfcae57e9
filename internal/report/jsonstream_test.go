package report

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"cordon"
)

// A stream of devices gives byte for byte what JSON makes of the whole audit, whose
// findings stand in the order of the devices within a severity.
func TestJSONStreamIsJSON(t *testing.T) {
	for name, a := range map[string]*cordon.Audit{"office": fixture(), "nothing": {}, "many": big(3000)} {
		a.Findings = nil
		for i := range a.Devices {
			a.Findings = append(a.Findings, a.Devices[i].Findings...)
		}
		slices.SortStableFunc(a.Findings, func(x, y cordon.Finding) int { return y.Severity.Rank() - x.Severity.Rank() })
		var b bytes.Buffer
		s := NewJSONStream(&b, a)
		for i := range a.Devices {
			if err := s.Device(&a.Devices[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), encoded(t, a)) {
			t.Errorf("%s: the stream differs from JSON", name)
		}
	}
}

func TestJSONStreamSaysThatWritingFailed(t *testing.T) {
	full := errors.New("disk full")
	s := NewJSONStream(failing{full}, &cordon.Audit{})
	a := big(2000)
	for i := range a.Devices {
		s.Device(&a.Devices[i])
	}
	if err := s.Close(); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// failing is a writer that cannot.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

package sensor

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"cordon"
)

// ScanDone is what a scan process says at its end.
type ScanDone struct {
	Site      string       `json:"site"`
	Scan      cordon.Scan  `json:"scan"`
	Elsewhere []netip.Addr `json:"elsewhere,omitempty"` // addresses outside the scope from which somebody on our own link answered
}

// ScanStep is how far a scan process is.
type ScanStep struct {
	Site  string `json:"site"`
	Doing string `json:"doing"` // "looking for devices", "asking"
	Done  int    `json:"done"`  // addresses swept
	Of    int    `json:"of"`    // addresses to sweep
	Alive int    `json:"alive"` // devices found
	Asked int    `json:"asked"` // of them, interviews that are over
}

// ScanFrame makes a frame of it.
func ScanFrame(d *ScanDone) ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("scan frame: %w", err)
	}
	return makeFrame(frameScan, b), nil
}

// StepFrame makes a frame of it.
func StepFrame(s *ScanStep) []byte {
	b, _ := json.Marshal(s) // texts and numbers
	return makeFrame(frameStep, b)
}

// IsScan reports whether a frame says what a scan did, and holds no records.
func IsScan(frame []byte) bool { return len(frame) >= frameHead && frame[9] == frameScan }

// IsStep reports whether a frame says how far a scan is, and holds no records.
func IsStep(frame []byte) bool { return len(frame) >= frameHead && frame[9] == frameStep }

// ReadScan reads what ScanFrame made.
func ReadScan(frame []byte) (*ScanDone, error) { return readSaid[ScanDone](frame, frameScan, "scan") }

// ReadStep reads what StepFrame made.
func ReadStep(frame []byte) (*ScanStep, error) {
	return readSaid[ScanStep](frame, frameStep, "step of a scan")
}

// readSaid reads a frame that holds JSON.
func readSaid[T any](frame []byte, want byte, what string) (*T, error) {
	kind, body, err := openFrame(frame)
	switch {
	case err != nil:
		return nil, err
	case kind != want:
		return nil, fmt.Errorf("%w: type %d is no %s", ErrFrame, kind, what)
	}
	var d T
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return &d, nil
}

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

// ScanFrame makes a frame of it.
func ScanFrame(d *ScanDone) ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("scan frame: %w", err)
	}
	return makeFrame(frameScan, b), nil
}

// IsScan reports whether a frame says what a scan did, and holds no records.
func IsScan(frame []byte) bool { return len(frame) >= frameHead && frame[9] == frameScan }

// ReadScan reads what ScanFrame made.
func ReadScan(frame []byte) (*ScanDone, error) {
	kind, body, err := openFrame(frame)
	switch {
	case err != nil:
		return nil, err
	case kind != frameScan:
		return nil, fmt.Errorf("%w: type %d is no scan", ErrFrame, kind)
	}
	var d ScanDone
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return &d, nil
}

package report

import (
	"fmt"
	"io"

	"cordon"
)

// Explain writes every reason behind one device.
func Explain(w io.Writer, a *cordon.Audit, device string, o TableOptions) error {
	for i := range a.Devices {
		if d := &a.Devices[i]; d.ID == device {
			for _, r := range d.Identity.Maker.Reasons {
				if _, err := fmt.Fprintf(w, "%+.2f %s\n", r.Weight, Clean(r.Text)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return fmt.Errorf("explain %s: no such device", Clean(device))
}

package report

import (
	"fmt"
	"io"
	"strings"

	"cordon"
)

// TableOptions says where text goes.
type TableOptions struct {
	Width int  // columns; less than 40 is taken as 80
	Color bool // the terminal understands colours and Unicode
	All   bool // every device, also where there are very many
}

// Table writes an audit for people.
func Table(w io.Writer, a *cordon.Audit, o TableOptions) error {
	var b strings.Builder
	for i := range a.Devices {
		d := &a.Devices[i]
		fmt.Fprintf(&b, "%-2s %-20s %-12s %-16s %s\n", d.Grade.Letter, excerpt(d.ID, 20), excerpt(known(d.Identity.Class.Value), 12),
			excerpt(known(d.Identity.Brand.Value), 16), excerpt(belief(&d.Identity.Maker), 40))
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		fmt.Fprintf(&b, "%-8s %s  %s\n", f.Severity, excerpt(f.Device, 20), Clean(f.Title))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

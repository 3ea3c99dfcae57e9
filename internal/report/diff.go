package report

import (
	"fmt"
	"io"

	"cordon"
)

// Changes is what differs between two audits.
type Changes struct{ New, Gone []string }

// Diff compares two audits.
func Diff(before, after *cordon.Audit) *Changes {
	c := &Changes{}
	old := map[string]bool{}
	for i := range before.Devices {
		old[before.Devices[i].ID] = true
	}
	for i := range after.Devices {
		if id := after.Devices[i].ID; !old[id] {
			c.New = append(c.New, id)
		} else {
			delete(old, id)
		}
	}
	for id := range old {
		c.Gone = append(c.Gone, id)
	}
	return c
}

// Worse reports whether the later audit is worse.
func (c *Changes) Worse() bool { return len(c.New) > 0 }

// WriteDiff writes changes for people.
func WriteDiff(w io.Writer, c *Changes, o TableOptions) error {
	_, err := fmt.Fprintf(w, "%d new, %d gone\n", len(c.New), len(c.Gone))
	return err
}

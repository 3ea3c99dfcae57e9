package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cordon/internal/inventory"
	"cordon/internal/report"
)

// damageReport is what is known of what left, as it is written.
type damageReport struct {
	Program     string              `json:"program"`
	Knowledge   string              `json:"knowledge"`
	Since       string              `json:"since"`
	Until       string              `json:"until"`
	Zone        string              `json:"zone"`
	Logs        []damageLog         `json:"logs"` // in the order in which they were read
	Devices     []inventory.Damaged `json:"devices"`
	Personal    int                 `json:"personal,omitempty"`    // devices of people, left out
	Unreachable int                 `json:"unreachable,omitempty"` // devices without address and MAC address
	Dropped     int                 `json:"dropped,omitempty"`     // leases and far ends that had no room
}

// sent is how many devices sent something.
func (r *damageReport) sent() int {
	n := 0
	for i := range r.Devices {
		if r.Devices[i].DaysSent > 0 {
			n++
		}
	}
	return n
}

func (r *damageReport) table(w io.Writer, width int) error {
	fmt.Fprintf(w, "What left, %s to %s (days of zone %s): %d of %s sent something.\n\n", r.Since, r.Until, r.Zone, r.sent(), report.Plural(len(r.Devices), "device"))
	t := sheet{head: []string{"device", "what", "sent", "days sent", "tried", "silent", "no coverage", "first", "last"}}
	for i := range r.Devices {
		d := &r.Devices[i]
		t.add(deviceLabel(d), d.Name, octets(d.Sent), strconv.Itoa(d.DaysSent), strconv.Itoa(d.DaysTried), strconv.Itoa(d.Silent), strconv.Itoa(d.Uncovered), dayText(d.First), dayText(d.Last))
	}
	if err := t.narrow(width).write(w, width, ""); err != nil {
		return err
	}
	for i := range r.Devices {
		if err := showDamaged(w, width, &r.Devices[i]); err != nil {
			return err
		}
	}
	if err := r.showLogs(w, width); err != nil {
		return err
	}
	return r.caveats(w, width)
}

func deviceLabel(d *inventory.Damaged) string {
	switch {
	case len(d.Addrs) > 0:
		return d.Addrs[0].String()
	case len(d.MACs) > 0:
		return d.MACs[0].String()
	}
	return report.Clean(d.ID)
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateOnly)
}

// maxEndsShown is how many far ends of a device the table names.
const maxEndsShown = 8

// showDamaged writes one device: runs of days of which the same is said, then where to.
func showDamaged(w io.Writer, width int, d *inventory.Damaged) error {
	if d.DaysSent+d.DaysTried == 0 {
		return nil // its line says it all
	}
	fmt.Fprintf(w, "\n%s  %s\n", deviceLabel(d), d.Name)
	for at := 0; at < len(d.Days); {
		end := at
		for end+1 < len(d.Days) && d.Days[end+1].Said == d.Days[at].Said {
			end++
		}
		if err := paragraph(w, width, "  ", "      ", runText(d.Days[at:end+1])); err != nil {
			return err
		}
		at = end + 1
	}
	for i, e := range d.Ends {
		if i == maxEndsShown {
			_, err := fmt.Fprintf(w, "  and %s more\n", report.Plural(len(d.Ends)-maxEndsShown, "far end"))
			return err
		}
		if err := paragraph(w, width, "  to ", "      ", endText(&e)); err != nil {
			return err
		}
	}
	return nil
}

// runText is "2026-03-01 to 2026-03-05: sent 12 MB in 5 flows; recorded in 3 to 24 hours of a day".
func runText(days []inventory.DamageDay) string {
	text := days[0].Day
	if len(days) > 1 {
		text += " to " + days[len(days)-1].Day
	}
	text += ": " + days[0].Said
	var sent uint64
	flows, tried, least, most, leased := 0, 0, 24, 0, 0
	for i := range days {
		sent, flows, tried = sent+days[i].Sent, flows+days[i].Flows, tried+days[i].Tried
		least, most = min(least, days[i].Hours), max(most, days[i].Hours)
		if days[i].Leased {
			leased++
		}
	}
	switch days[0].Said {
	case inventory.DamageSent:
		text += fmt.Sprintf(" at least %s in %s", octets(sent), report.Plural(flows, "flow"))
	case inventory.DamageTried:
		text += ", " + report.Plural(tried, "time")
	case inventory.DamageUncovered:
		if leased > 0 {
			text += fmt.Sprintf(", and it was there: an address was given to it on %s", report.Plural(leased, "day"))
		}
		return text
	}
	hours := strconv.Itoa(most)
	if least != most {
		hours = fmt.Sprintf("%d to %d", least, most)
	}
	return text + "; recorded in " + hours + " of 24 hours"
}

func endText(e *inventory.DamageEnd) string {
	text := e.Address.String()
	if e.Name != "" {
		text = report.Clean(e.Name) + " (" + text + ")"
	}
	text += fmt.Sprintf(" %s/%d", e.Protocol, e.Port)
	for _, s := range []string{e.App, e.Cloud, e.Place.Network, e.Place.Country} {
		if s != "" {
			text += ", " + report.Clean(s)
		}
	}
	return text + fmt.Sprintf(": %s sent, %s received, %s to %s", octets(e.Sent), octets(e.Received), dayText(e.First), dayText(e.Last))
}

func (r *damageReport) showLogs(w io.Writer, width int) error {
	fmt.Fprintln(w, "\nRead")
	t := sheet{head: []string{"file", "kind", "lines or packets", "not understood", "from", "to", "problem"}}
	for i := range r.Logs {
		l := &r.Logs[i]
		t.add(shown(l.File), l.Kind, report.Thousands(l.Lines), report.Thousands(l.Refused), moment(l.First), moment(l.Last), report.Clean(l.Problem))
	}
	return t.narrow(width).write(w, width, "  ")
}

// caveats says what the table does not.
func (r *damageReport) caveats(w io.Writer, width int) error {
	text := []string{"Silent holds for the hours that were recorded and for the way that was: what left by another (a mobile network, a second router, a neighbour's Wi-Fi) is in none of these logs. No coverage: no record shows the device or its network segment on that day; not seen is not clean."}
	if r.Personal > 0 {
		text = append(text, report.Plural(r.Personal, "device")+" of people (phones, computers) were left out.")
	}
	if r.Unreachable > 0 {
		text = append(text, report.Plural(r.Unreachable, "device")+" without address and MAC address: no log can show them.")
	}
	if r.Dropped > 0 {
		text = append(text, report.Plural(r.Dropped, "record")+" of leases or far ends had no room: sums hold, the lists of far ends are not whole.")
	}
	fmt.Fprintln(w)
	return paragraph(w, width, "", "", strings.Join(text, " "))
}

// csv writes one line for each device and day.
func (r *damageReport) csv(w io.Writer) error {
	b := report.AppendCSV(nil, []string{"device", "what", "site", "addresses", "macs", "day", "said", "hours recorded", "bytes sent", "bytes received", "flows", "tried", "leased", "far ends"})
	for i := range r.Devices {
		d := &r.Devices[i]
		for j := range d.Days {
			b = report.AppendCSV(b, damageRow(d, &d.Days[j]))
		}
	}
	_, err := w.Write(b)
	return err
}

func damageRow(d *inventory.Damaged, day *inventory.DamageDay) []string {
	var ends, addrs, macs []string
	for i := range day.Ends {
		if i < maxEndsShown {
			ends = append(ends, endText(&day.Ends[i]))
		}
	}
	for _, a := range d.Addrs {
		addrs = append(addrs, a.String())
	}
	for _, m := range d.MACs {
		macs = append(macs, m.String())
	}
	leased := ""
	if day.Leased {
		leased = "yes"
	}
	return []string{d.ID, d.Name, d.Site, strings.Join(addrs, " "), strings.Join(macs, " "), day.Day, day.Said, strconv.Itoa(day.Hours),
		strconv.FormatUint(day.Sent, 10), strconv.FormatUint(day.Received, 10), strconv.Itoa(day.Flows), strconv.Itoa(day.Tried), leased, strings.Join(ends, "; ")}
}

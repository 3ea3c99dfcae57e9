package main

import (
	"fmt"
	"os"
	"strings"

	"cordon/e2e/lab"
)

// labWidth is what a lab's table needs for addresses and MACs to stay in one piece.
const labWidth = 120

// writeLab shows a lab to people: who is in it, and how to scan it.
func writeLab(e *env, st *lab.Status, truth bool) error {
	width := tableOptions(e, false).Width
	fmt.Fprintf(e.stdout, "Lab %s: %d devices, seed %d.\n\n", st.Name, len(st.Devices), st.Seed)
	s := labSheet(st, truth)
	if !truth && width < labWidth {
		s = s.firstColumns(4)
	}
	if err := s.write(e.stdout, width, ""); err != nil {
		return err
	}
	if len(st.Lost) > 0 {
		fmt.Fprintln(e.stdout, "\nWithout namespaces this lab cannot show everything:")
		for _, l := range st.Lost {
			if err := paragraph(e.stdout, width, "  - ", "    ", l); err != nil {
				return err
			}
		}
	}
	if st.Record != "" {
		fmt.Fprintf(e.stdout, "\nRecorded in %s: %d frames (%d missed).\n", st.Record, st.Recorded, st.Missed)
	}
	fmt.Fprintf(e.stdout, "\nScan it:     %s\nLook at it:  %s lab list%s\nEnd it:      %s lab down%s\n", scanCommand(st), program(), nameFlag(st), program(), nameFlag(st))
	return nil
}

// labSheet is a line per device, and one per camera that only it can see.
func labSheet(st *lab.Status, truth bool) *sheet {
	s := &sheet{head: []string{"address", "MAC", "device", "class", "model", "behaviours", "asked"}}
	for i := range st.Devices {
		d := &st.Devices[i]
		row := []string{addressOf(d), d.Truth.MAC.String(), d.Truth.Name, strings.Join(d.Truth.Class, " or "), d.Truth.Model, doing(d), asked(&d.Counters)}
		s.addTruth(row, &d.Truth, truth)
		for j := range d.Truth.Behind {
			b := &d.Truth.Behind[j]
			s.addTruth([]string{"  behind it", "", b.Name, strings.Join(b.Class, " or "), b.Model, "", ""}, b, truth)
		}
	}
	return s
}

// addTruth adds a line, and under it, where it is wanted, what must be concluded.
func (s *sheet) addTruth(row []string, t *lab.Truth, truth bool) {
	s.add(row...)
	if truth {
		s.below = append(s.below, conclusion(t))
	}
}

// conclusion says what must be concluded of a device.
func conclusion(t *lab.Truth) string {
	var parts []string
	say := func(label, text string) {
		if text != "" {
			parts = append(parts, label+" "+text)
		}
	}
	say("brand", t.Brand)
	say("maker", t.Maker)
	say("firmware", t.Firmware)
	say("serial", t.Serial)
	if len(t.Open) > 0 {
		say("open", strings.Trim(fmt.Sprint(t.Open), "[]"))
	}
	if t.Limit > 0 {
		parts = append(parts, fmt.Sprintf("locks after %d", t.Limit))
	}
	if t.Factory {
		parts = append(parts, "factory password")
	}
	return strings.Join(parts, "; ")
}

// addressOf is where a device is; far and factory are said.
func addressOf(d *lab.Seated) string {
	switch {
	case !d.Addr.IsValid():
		return "none yet"
	case d.Place == lab.OnWire:
		return d.Addr.String()
	}
	return fmt.Sprintf("%s (%s)", d.Addr, d.Place)
}

func doing(d *lab.Seated) string {
	if d.Failed != "" {
		return "ended: " + d.Failed
	}
	return listed(d.Behaviours)
}

// asked says in short what was done to a device.
func asked(c *lab.Counters) string {
	var parts []string
	if c.Connections > 0 {
		parts = append(parts, fmt.Sprintf("%d TCP", c.Connections))
	}
	if c.Datagrams > 0 {
		parts = append(parts, fmt.Sprintf("%d UDP", c.Datagrams))
	}
	tries := 0
	for _, n := range c.Tries {
		tries += n
	}
	if tries > 0 {
		parts = append(parts, fmt.Sprintf("%d log-ins", tries))
	}
	if len(c.Locked) > 0 {
		parts = append(parts, "LOCKED "+strings.Join(c.Locked, " "))
	}
	return strings.Join(parts, ", ")
}

// program is how this program was called, if that can be typed again.
func program() string {
	if strings.ContainsRune(os.Args[0], '/') && !strings.ContainsAny(os.Args[0], " '\"") {
		return os.Args[0]
	}
	return "cordon"
}

func nameFlag(st *lab.Status) string {
	if st.Name == lab.DefaultName {
		return ""
	}
	return " --name " + st.Name
}

// scanCommand is what to type to scan the lab.
func scanCommand(st *lab.Status) string {
	command := program() + " scan " + strings.Join(st.Networks, " ")
	switch {
	case st.Offset != 0:
		return command + fmt.Sprintf(" --fast --port-offset %d", st.Offset)
	case st.Named != "":
		return "ip netns exec " + st.Named + " " + command
	}
	return fmt.Sprintf("%s lab run%s -- %s", program(), nameFlag(st), command)
}

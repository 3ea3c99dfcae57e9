package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cordon"
	"cordon/internal/report"
)

type eventsCmd struct {
	asking
	Kind   []string `placeholder:"KIND" help:"Only events of these kinds: device, finding, alarm, scan, sensor, knowledge; doing, which is told only when named: how far a scan is."`
	Format string   `default:"table" enum:"table,json" help:"table, or json: one object a line."`
	Count  int      `placeholder:"N" help:"Leave after so many events."`

	ctx  context.Context `kong:"-"`
	from *client         `kong:"-"`
}

// Help is what cordon events --help adds.
func (c *eventsCmd) Help() string {
	return `Follows a running cordon: a line for each change, as it happens, until Ctrl-C. What happened before is in cordon alarms and cordon devices.`
}

func (c *eventsCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	c.ctx, c.from = e.ctx, cl
	q := url.Values{}
	for _, k := range c.Kind {
		each(q, "kind", strings.Split(k, ","))
	}
	a, err := cl.send(e.ctx, http.MethodGet, "/v1/events", q, nil)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	err = c.follow(a.Body, e.stdout)
	if e.ctx.Err() != nil {
		return nil // Ctrl-C is how one leaves
	}
	return err
}

// maxEvent is the longest line of an event stream that is read, in bytes.
const maxEvent = 1 << 20

// follow prints events until there are no more (text/event-stream; HTML Living Standard, section 9.2).
func (c *eventsCmd) follow(r io.Reader, w io.Writer) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEvent)
	kind, data, told := "", "", 0
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case name == "event":
			kind = value
		case name == "data":
			data += value
		case lines.Text() == "" && data != "":
			counts, err := c.print(w, kind, data)
			if err != nil {
				return err
			}
			if counts {
				told++
			}
			if c.Count > 0 && told >= c.Count {
				return nil
			}
			kind, data = "", ""
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("events: %w", err)
	}
	return errors.New("cordon run has ended, or found this command too slow")
}

// print writes one event; false for those that are about the stream itself.
func (c *eventsCmd) print(w io.Writer, kind, data string) (bool, error) {
	if kind == "hello" {
		return false, nil
	}
	if c.Format == "json" {
		_, err := fmt.Fprintln(w, data)
		return kind != "lost", err
	}
	if kind == "lost" {
		var l struct {
			Lost uint64 `json:"lost"`
		}
		if err := json.Unmarshal([]byte(data), &l); err != nil {
			return false, fmt.Errorf("events: %w", err)
		}
		_, err := fmt.Fprintf(w, "(%s were too fast for this terminal)\n", report.Plural(int(min(l.Lost, 1<<30)), "event"))
		return false, err
	}
	var ev cordon.Event
	if err := json.Unmarshal([]byte(data), &ev); err != nil {
		return false, fmt.Errorf("events: %w", err)
	}
	_, err := fmt.Fprintf(w, "%s  %s\n", moment(ev.At), c.words(&ev))
	return true, err
}

// words is an event for people: about which device, and of an alarm how bad.
func (c *eventsCmd) words(ev *cordon.Event) string {
	switch ev.Kind {
	case "device", "finding":
		return fmt.Sprintf("%-8s  %-15s  %s", report.Clean(ev.Kind), report.Clean(c.address(ev.ID)), report.Clean(ev.Title))
	case "alarm":
		var a cordon.Alarm
		if id, err := strconv.ParseInt(ev.ID, 10, 64); err == nil && c.from.get(c.ctx, alarmPath(id, ""), nil, &a) == nil {
			return alarmLine(&a, cmp.Or(c.address(a.Device), "-"))
		}
	}
	return fmt.Sprintf("%-8s  %s", report.Clean(ev.Kind), report.Clean(strings.TrimSpace(ev.ID+" "+ev.Title)))
}

// address is the address of a device, its id where that is not known. It is asked for each
// time: addresses change, and events are few.
func (c *eventsCmd) address(id string) string {
	who := roster{}
	if who.learn(c.ctx, c.from, id) != nil {
		return id
	}
	return who.address(id)
}

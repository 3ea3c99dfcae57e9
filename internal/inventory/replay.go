package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// Replayable is what can be judged again; store.Store is one.
type Replayable interface {
	Kept
	Devices(ctx context.Context, q store.DevicesQuery) (store.DevicePage, error)
	Findings(ctx context.Context, q store.FindingsQuery) (store.FindingPage, error)
	Contacts(ctx context.Context, q store.ContactsQuery) (store.ContactPage, error)
}

// Window is a stretch of time, To excluded. A zero To is the end of what is kept.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
}

// Replayed is what judging again changes.
type Replayed struct {
	Knowledge string     `json:"knowledge"` // version that judged now
	Window    Window     `json:"window"`
	Judged    int        `json:"judged"`  // devices that were judged again
	Devices   []Rejudged `json:"devices"` // of them, those of which something changes or could not be judged, by id
}

// Rejudged is what judging again changes of one device.
type Rejudged struct {
	ID       string           `json:"id"`
	Site     string           `json:"site,omitempty"`
	Changes  []cordon.Change  `json:"changes,omitempty"`  // beliefs and grade: as they are in the store, and as they would be
	New      []cordon.Finding `json:"new,omitempty"`      // findings that the store does not have open
	Gone     []cordon.Finding `json:"gone,omitempty"`     // open ones that are no longer made
	Unjudged []Unjudged       `json:"unjudged,omitempty"` // open ones that could not be judged again
}

// Unjudged is a finding that could not be judged again, and why.
type Unjudged struct {
	cordon.Finding
	Why string `json:"why"`
}

// Replay judges what is kept of a stretch of time again, by the knowledge and the owner's
// choices given, and says what changes against what the store has. It changes nothing. Flows
// are in the history for 14 days; before that only sums of days are, by which those alarms are
// judged again for which sums suffice (watch.Alarm.Rollups).
func Replay(ctx context.Context, from Replayable, know *knowledge.Base, options func(site string) Options, w Window) (*Replayed, error) {
	r := &replay{ctx: ctx, from: from, know: know, window: w, names: newNaming(), rows: map[string]*store.DeviceRow{}, open: map[string][]store.FindingRow{}}
	if err := r.load(); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	to := w.To
	if to.IsZero() {
		to = endOfTime
	}
	ledgers, err := restore(ctx, cutAt{from, to}, w.From, to, DefaultLimits)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	sites := make([]string, 0, len(ledgers))
	for site := range ledgers {
		sites = append(sites, site)
	}
	slices.Sort(sites)
	out := &Replayed{Knowledge: know.Version, Window: w}
	for _, site := range sites {
		if err := r.site(out, ledgers[site], options(site), site); err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
	}
	r.missing(out)
	slices.SortFunc(out.Devices, func(a, b Rejudged) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// cutAt leaves out facts that were first seen at a time or later.
type cutAt struct {
	Kept
	to time.Time
}

func (c cutAt) Facts(ctx context.Context, since time.Time, yield func(store.Fact) error) error {
	return c.Kept.Facts(ctx, since, func(f store.Fact) error {
		if f.First >= c.to.UnixNano() {
			return nil
		}
		return yield(f)
	})
}

// replay is one under way.
type replay struct {
	ctx    context.Context
	from   Replayable
	know   *knowledge.Base
	window Window
	names  *naming
	rows   map[string]*store.DeviceRow
	open   map[string][]store.FindingRow // by device
	begun  time.Time                     // of the history
}

func (r *replay) load() error {
	err := eachDevice(r.ctx, r.from, func(d *store.DeviceRow) {
		row := *d
		r.rows[d.ID] = &row
		r.names.learn(d.Site, d.ID, d.MACs)
	})
	if err != nil {
		return err
	}
	return eachOpen(r.ctx, r.from, func(f *store.FindingRow) { r.open[f.Device] = append(r.open[f.Device], *f) })
}

// site judges the devices of one site again.
func (r *replay) site(out *Replayed, l *Ledger, o Options, site string) error {
	r.begun = moment(l.first)
	o.ids, o.site = r.names, site
	g := l.Begin(r.know, nil, o)
	var failed error
	g.Each(func(d *cordon.Audited) bool {
		out.Judged++
		again := Rejudged{ID: d.ID, Site: site, Changes: r.changes(d)}
		if failed = r.findings(&again, d); failed != nil {
			return false
		}
		if len(again.Changes)+len(again.New)+len(again.Gone)+len(again.Unjudged) > 0 {
			out.Devices = append(out.Devices, again)
		}
		delete(r.open, d.ID)
		return r.ctx.Err() == nil
	})
	return cmp.Or(failed, r.ctx.Err())
}

// changes are the beliefs that differ from what the store has.
func (r *replay) changes(d *cordon.Audited) []cordon.Change {
	row := r.rows[d.ID]
	if row == nil {
		row = &store.DeviceRow{}
	}
	was := [len(fields)]string{row.Class, row.Brand, row.Maker, row.Model, row.Firmware, row.Grade}
	values, reasons := beliefs(d)
	var out []cordon.Change
	for i, f := range fields {
		if values[i] != was[i] {
			out = append(out, cordon.Change{
				At: d.Last, Device: d.ID, Field: f, From: was[i], To: values[i], Why: cmp.Or(reasons[i], "what spoke for it no longer does"), Knowledge: r.know.Version,
			})
		}
	}
	return out
}

// findings compares those of a device with the open ones of the store.
func (r *replay) findings(again *Rejudged, d *cordon.Audited) error {
	open := r.open[d.ID]
	for i := range d.Findings {
		f := d.Findings[i]
		if !slices.ContainsFunc(open, func(o store.FindingRow) bool { return o.Code == f.Code && o.Key == f.Key }) {
			f.Evidence = slices.Clone(f.Evidence)
			again.New = append(again.New, f)
		}
	}
	for i := range open {
		o := &open[i].Finding
		if slices.ContainsFunc(d.Findings, func(f cordon.Finding) bool { return o.Code == f.Code && o.Key == f.Key }) {
			continue
		}
		stands, why, err := r.older(o, d)
		switch {
		case err != nil:
			return err
		case why != "":
			again.Unjudged = append(again.Unjudged, Unjudged{*o, why})
		case !stands:
			again.Gone = append(again.Gone, *o)
		}
	}
	return nil
}

// older judges an open finding that the history does not give by what else there is: the sums
// of days, where they suffice. why is not empty where it cannot be judged.
func (r *replay) older(o *cordon.Finding, d *cordon.Audited) (stands bool, why string, err error) {
	if !judgedCode(o.Code) {
		return false, "it follows from the order in which things happened, which is not kept", nil
	}
	alarm := alarmOf(o.Code)
	switch inside := !o.First.Before(r.window.From) && !o.First.Before(r.begun); {
	case inside:
		return false, "", nil // all that it rested on was judged again
	case alarm == nil && o.Last.Before(r.window.From):
		return false, "what it rests on was last seen before " + r.window.From.Format("2006-01-02"), nil
	case alarm == nil:
		return false, "", nil // facts are kept whole
	case !alarm.Rollups:
		return false, "of the conversations that it rests on only sums are left", nil
	}
	flows, err := r.sums(d.ID, o)
	if err != nil {
		return false, "", err
	}
	if len(flows) == 0 {
		return false, "nothing is left of the conversations that it rests on", nil
	}
	in := watch.In{Know: r.know, Device: &d.Device, Flows: flows, First: o.First, Last: o.Last}
	for _, f := range alarm.Judge(&in, alarm) {
		stands = stands || f.Code == o.Code && f.Key == o.Key
	}
	if !stands {
		return false, "the sums of days that are left do not show it; sizes and timing of packets are not in them", nil
	}
	return true, "", nil
}

func alarmOf(code string) *watch.Alarm {
	for _, a := range watch.Alarms() {
		if a.Code == code {
			return a
		}
	}
	return nil
}

// sums gives what a device exchanged in the time of a finding, by day, as flows.
func (r *replay) sums(device string, o *cordon.Finding) ([]cordon.Flow, error) {
	day := 24 * time.Hour
	q := store.ContactsQuery{Device: device, From: o.First.Truncate(day), To: o.Last.Truncate(day).Add(day), Grain: day, Page: store.Page{Limit: 1000}}
	at := map[contactID]int{}
	var out []cordon.Flow
	for {
		page, err := r.from.Contacts(r.ctx, q)
		if err != nil {
			return nil, fmt.Errorf("contacts: %w", err)
		}
		for i := range page.Rows {
			c := &page.Rows[i]
			k := contactID{c.Device, c.Peer, c.App, c.Name, c.Protocol, 0, c.Far, c.Port, c.Opened}
			n, had := at[k]
			if !had {
				n = len(out)
				at[k] = n
				out = append(out, flowOfContact(c))
			}
			addContact(&out[n], c)
		}
		if q.Page.After = page.Next; page.Next == "" || len(out) > maxSums {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b cordon.Flow) int { return cmp.Compare(b.Sent+b.Received, a.Sent+a.Received) })
	return out, nil
}

// maxSums bounds the far ends of one device that are judged again by sums.
const maxSums = 1 << 16

// flowOfContact begins the flow of a far end; addContact adds the days.
func flowOfContact(c *cordon.Contact) cordon.Flow {
	return cordon.Flow{
		Device: c.Device, Peer: c.Peer, Far: c.Far, Port: c.Port, Transport: c.Protocol, App: c.App, Opened: c.Opened,
		State: cordon.StateAttempt, Name: c.Name, Outside: c.Outside, Place: c.Place, First: c.Start, Last: c.Start,
	}
}

func addContact(f *cordon.Flow, c *cordon.Contact) {
	f.Sent += c.Sent
	f.Received += c.Received
	f.Count += c.Flows
	f.Unanswered += c.Unanswered
	if c.Flows > c.Unanswered {
		f.State = cordon.StateAnswered
	}
	if c.Start.Before(f.First) {
		f.First = c.Start
	}
	if end := c.Start.Add(c.Grain); end.After(f.Last) {
		f.Last = end
	}
}

// missing tells of devices with open findings of which nothing in the window is kept.
func (r *replay) missing(out *Replayed) {
	for id, open := range r.open {
		again := Rejudged{ID: id, Site: open[0].Site}
		for i := range open {
			again.Unjudged = append(again.Unjudged, Unjudged{open[i].Finding, "the device was not seen in this time"})
		}
		out.Devices = append(out.Devices, again)
	}
}

// eachDevice gives every device of a store.
func eachDevice(ctx context.Context, s interface {
	Devices(ctx context.Context, q store.DevicesQuery) (store.DevicePage, error)
}, yield func(*store.DeviceRow)) error {
	q := store.DevicesQuery{Sort: "-last", Page: store.Page{Limit: 1000}}
	for {
		page, err := s.Devices(ctx, q)
		if err != nil {
			return fmt.Errorf("devices: %w", err)
		}
		for i := range page.Rows {
			yield(&page.Rows[i])
		}
		if q.Page.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// eachOpen gives every finding of a store that stands.
func eachOpen(ctx context.Context, s interface {
	Findings(ctx context.Context, q store.FindingsQuery) (store.FindingPage, error)
}, yield func(*store.FindingRow)) error {
	q := store.FindingsQuery{State: "open", Page: store.Page{Limit: 1000}}
	for {
		page, err := s.Findings(ctx, q)
		if err != nil {
			return fmt.Errorf("findings: %w", err)
		}
		for i := range page.Rows {
			yield(&page.Rows[i])
		}
		if q.Page.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

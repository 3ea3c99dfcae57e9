package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/report"
	"cordon/internal/store"
)

// Bounds of a site report.
const (
	siteDays     = 30
	siteWatching = 1000
	siteNew      = 200
	siteFindings = 20_000 // read; each code and severity is one entry
	siteNamed    = 40     // devices named under one
	siteAlarms   = 200
	siteEnds     = 40
)

func (s *Server) siteReport(ctx context.Context, w *reportWish) (*report.Document, *store.Report, error) {
	doc := report.NewDocument(report.SiteKind, "How "+of(w.Site)+" stands")
	days := cmp.Or(w.Days, siteDays)
	doc.To = s.Now().UTC()
	doc.From = doc.To.AddDate(0, 0, -days)
	b := siteOf{s: s, name: w.Site, from: doc.From, to: doc.To, r: &report.SiteReport{Name: w.Site, Networks: []string{}, Watching: []report.SiteDevice{}, New: []report.SiteDevice{},
		Findings: []report.SiteFinding{}, Alarms: []report.SiteAlarm{}, Countries: []report.SiteEnd{}, FarEnds: []report.SiteEnd{}, Risks: []report.SiteRisk{}, Ways: []report.SiteWay{}}}
	for _, part := range []func(context.Context) error{b.place, b.devices, b.listed, b.findings, b.alarms, b.ends, b.risks} {
		if err := part(ctx); err != nil {
			return nil, nil, err
		}
	}
	for _, v := range s.sensorStates() {
		b.r.Ways = append(b.r.Ways, report.SiteWay{Name: v.Name, Kind: v.Kind, Up: v.Up, Since: v.Since, Last: v.Last, Lost: v.Dropped + v.Overflow, Detail: v.Detail})
	}
	doc.Site = b.r
	doc.Limits = append(doc.Limits,
		"It knows what was heard through the ways in that it names; what was silent, or is where nothing listens, is not in it.",
		"Where an address is registered is not where its machine stands, and not who reads what is sent there.",
		"A good grade means that nothing wrong was seen, not that nothing is wrong.")
	return doc, &store.Report{Subject: of(w.Site), Site: w.Site}, nil
}

// siteOf gathers a site report.
type siteOf struct {
	s        *Server
	name     string
	from, to time.Time
	r        *report.SiteReport
	inSite   map[string]bool // ids of its devices
}

func (b *siteOf) place(ctx context.Context) error {
	if b.name == "" {
		return nil
	}
	site, err := b.s.site(ctx, b.name)
	if err != nil {
		return err
	}
	b.r.Org, b.r.Department = site.Org, site.Department
	for _, n := range site.Networks {
		b.r.Networks = append(b.r.Networks, n.String())
	}
	return nil
}

// devices counts the devices and lists those that watch, worst first, and those that are new.
func (b *siteOf) devices(ctx context.Context) error {
	grades, makers := map[string]int{}, map[string]int{}
	b.inSite = map[string]bool{}
	q := store.DevicesQuery{Sites: sitesOf(b.name), Sort: "worst", Page: store.Page{Limit: exportPage}}
	for {
		p, err := b.s.Store.Devices(ctx, q)
		if err != nil {
			return err
		}
		for i := range p.Rows {
			d := &p.Rows[i]
			b.inSite[d.ID] = true
			b.device(d)
			if cordon.Watches(d.Class) {
				grades[d.Grade]++
				makers[d.Maker]++
			}
		}
		if q.Page.After = p.Next; p.Next == "" {
			break
		}
	}
	b.r.Grades, b.r.Makers = countsOf(grades, false), countsOf(makers, true)
	return nil
}

func (b *siteOf) device(d *store.DeviceRow) {
	t := &b.r.Totals
	t.Devices++
	personal := d.Hidden || cordon.Personal(d.Class)
	switch {
	case cordon.Watches(d.Class):
		if t.Watching++; len(b.r.Watching) < siteWatching {
			b.r.Watching = append(b.r.Watching, siteDevice(d))
		} else {
			b.r.More++
		}
	case personal:
		t.Personal++
	case d.Class == cordon.ClassUnknown:
		t.Unknown++
	}
	if d.Reach == cordon.ReachCloud && cordon.Thing(d.Class) {
		t.Cloud++
	}
	if !personal && !d.First.Before(b.from) {
		if len(b.r.New) < siteNew {
			b.r.New = append(b.r.New, siteDevice(d))
		} else {
			b.r.MoreNew++
		}
	}
}

func siteDevice(d *store.DeviceRow) report.SiteDevice {
	out := report.SiteDevice{ID: d.ID, Site: d.Site, Room: d.Room, Names: d.Names, Class: d.Class, Brand: d.Brand, Maker: d.Maker, Model: d.Model, Firmware: d.Firmware,
		Grade: d.Grade, Reach: string(d.Reach), Lists: append([]string{}, d.Lists...), Findings: d.Findings, Worst: d.Worst, First: d.First, Last: d.Last}
	if len(d.Addrs) > 0 {
		out.Address = d.Addrs[0].String()
	}
	return out
}

// countsOf makes a list of counts: by name, or most first.
func countsOf(m map[string]int, most bool) []report.CountOf {
	out := make([]report.CountOf, 0, len(m))
	for name, n := range m {
		out = append(out, report.CountOf{Name: name, Count: n})
	}
	slices.SortFunc(out, func(x, y report.CountOf) int {
		if most {
			if by := cmp.Compare(y.Count, x.Count); by != 0 {
				return by
			}
		}
		return cmp.Compare(x.Name, y.Name)
	})
	return out
}

// listed counts the devices whose maker a list covers, by how firmly that is known.
func (b *siteOf) listed(ctx context.Context) error {
	on := func(d *store.DeviceRow) bool { return len(d.Lists) > 0 && !d.Hidden }
	return b.s.Store.EachOf(ctx, store.DevicesQuery{Sites: sitesOf(b.name)}, on, func(k *store.Known) error {
		switch { // all listings of a device have one verdict
		case len(k.Lists) == 0:
		case k.Lists[0].Verdict == assess.Consistent:
			b.r.Totals.Listed++
		default:
			b.r.Totals.ToVerify++
		}
		return nil
	})
}

// findings groups what is open by code and severity, worst first.
func (b *siteOf) findings(ctx context.Context) error {
	type key struct{ severity, code string }
	at := map[key]int{}
	q := store.FindingsQuery{Sites: sitesOf(b.name), State: "open", Page: store.Page{Limit: exportPage}}
	for read := 0; read < siteFindings; read += exportPage {
		p, err := b.s.Store.Findings(ctx, q)
		if err != nil {
			return err
		}
		for i := range p.Rows {
			f := &p.Rows[i]
			k := key{string(f.Severity), f.Code}
			n, known := at[k]
			if !known {
				n = len(b.r.Findings)
				at[k] = n
				b.r.Findings = append(b.r.Findings, report.SiteFinding{Severity: f.Severity, Code: f.Code, Title: f.Title, Fix: f.Fix, Devices: []string{}})
			}
			one := &b.r.Findings[n]
			if slices.Contains(one.Devices, f.Device) {
				continue
			}
			if one.Count++; len(one.Devices) < siteNamed {
				one.Devices = append(one.Devices, f.Device)
			}
		}
		if q.Page.After = p.Next; p.Next == "" {
			break
		}
	}
	return nil
}

func (b *siteOf) alarms(ctx context.Context) error {
	p, err := b.s.Store.Alarms(ctx, store.AlarmsQuery{States: []string{string(cordon.AlarmRaised), string(cordon.AlarmAcknowledged), string(cordon.AlarmSnoozed)}, Sites: sitesOf(b.name),
		Sort: "-severity", Page: store.Page{Limit: siteAlarms}})
	for i := range p.Rows {
		a := &p.Rows[i]
		b.r.Alarms = append(b.r.Alarms, report.SiteAlarm{No: a.ID, Severity: a.Severity, State: string(a.State), Title: a.Title, Device: a.Device, Raised: a.Raised, Assignee: a.Assignee})
	}
	b.r.MoreAlarms = p.Next != ""
	return err
}

// ends are the countries and far ends with which things exchanged most.
func (b *siteOf) ends(ctx context.Context) error {
	q := store.TopQuery{Sites: sitesOf(b.name), From: b.from, To: b.to, Limit: siteEnds}
	countries, err := b.s.Store.TopCountries(ctx, q)
	if err != nil {
		return err
	}
	for _, c := range countries.Rows {
		b.r.Countries = append(b.r.Countries, report.SiteEnd{Name: c.Country, Sent: c.Sent, Received: c.Received, Flows: c.Flows, Unanswered: c.Unanswered})
	}
	far, err := b.s.Store.TopFarEnds(ctx, q)
	for i := range far.Rows {
		e := &far.Rows[i]
		b.r.FarEnds = append(b.r.FarEnds, report.SiteEnd{Name: e.Name, Address: e.Far.String(), Network: e.Place.Network, Country: e.Place.Country, Operator: e.Place.Operator,
			Sent: e.Sent, Received: e.Received, Flows: e.Flows, Unanswered: e.Unanswered})
	}
	return err
}

func (b *siteOf) risks(ctx context.Context) error {
	all, err := b.s.Store.Accepted(ctx, b.to)
	for _, r := range all {
		if r.Device == "" || b.inSite[r.Device] {
			b.r.Risks = append(b.r.Risks, report.SiteRisk{Code: r.Code, Device: r.Device, Reason: r.Reason, By: r.By, Until: r.Until})
		}
	}
	return err
}

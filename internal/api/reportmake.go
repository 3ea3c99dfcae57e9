package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/report"
	"cordon/internal/store"
	"cordon/knowledge"
)

// makeReport makes a report and keeps it.
func (s *Server) makeReport(ctx context.Context, w *reportWish) (*store.Report, error) {
	if s.Know == nil {
		return nil, missing("knowledge")
	}
	if w.Site != "" {
		if _, err := s.site(ctx, w.Site); err != nil {
			return nil, err
		}
	}
	makes := map[string]func(context.Context, *reportWish) (*report.Document, *store.Report, error){
		report.SiteKind: s.siteReport, report.ListKind: s.listReport, report.CaseKind: s.caseFile,
	}
	doc, kept, err := makes[w.Kind](ctx, w)
	if err != nil {
		return nil, err
	}
	if w.Title != "" {
		doc.Title = w.Title
	}
	doc.Made, doc.By, doc.Program, doc.Knowledge = s.Now().UTC(), by(ctx), "cordon "+s.Version, s.Know().Version
	kept.Kind, kept.Title, kept.At, kept.By, kept.Reviews = doc.Kind, doc.Title, doc.Made, doc.By, []store.Review{}
	if kept.Body, err = doc.Encode(); err != nil {
		return nil, err
	}
	kept.Size = len(kept.Body)
	kept.ID, err = s.Store.PutReport(ctx, *kept)
	return kept, err
}

// everywhere is the subject of reports about all sites.
const everywhere = "all sites"

// of names a site, or all.
func of(site string) string {
	if site == "" {
		return everywhere
	}
	return "site " + site
}

// sitesOf is the site of a report; nil for all.
func sitesOf(site string) []string {
	if site == "" {
		return nil
	}
	return []string{site}
}

func (s *Server) listReport(ctx context.Context, w *reportWish) (*report.Document, *store.Report, error) {
	know := s.Know()
	lists := know.AllLists()
	if len(w.Lists) > 0 {
		for _, id := range w.Lists {
			if !slices.ContainsFunc(lists, func(l *knowledge.List) bool { return l.ID == id }) {
				return nil, nil, invalid("body.lists", "no list is called "+id+": GET /v1/knowledge names them")
			}
		}
		lists = slices.DeleteFunc(slices.Clone(lists), func(l *knowledge.List) bool { return !slices.Contains(w.Lists, l.ID) })
	}
	name := func(id string) string {
		if m, ok := know.Maker(id); ok {
			return m.Name
		}
		return id
	}
	r := report.NewListReport(w.Site, lists)
	everyone := func(d *store.DeviceRow) bool { return !d.Hidden }
	if err := s.Store.EachOf(ctx, store.DevicesQuery{Sites: sitesOf(w.Site)}, everyone, func(k *store.Known) error {
		r.Add(&k.Audited, k.Department, k.Room, name)
		return nil
	}); err != nil {
		return nil, nil, err
	}
	r.End()
	doc := report.NewDocument(report.ListKind, "Devices under lists: "+of(w.Site))
	doc.List = r
	doc.Limits = append(doc.Limits,
		"It is no legal advice: an instrument applies by its scope, its dates and who you are.",
		"It knows instruments and their entries as its knowledge has them; what rests on memory alone is left out.",
		"Devices that nothing heard, or that said nothing of their maker, are not in it.")
	subject := of(w.Site)
	if len(w.Lists) > 0 {
		subject = strings.Join(w.Lists, ", ") + " at " + subject
	}
	return doc, &store.Report{Subject: subject, Site: w.Site}, nil
}

func (s *Server) caseFile(ctx context.Context, w *reportWish) (*report.Document, *store.Report, error) {
	if (len(w.Devices) > 0) == (w.Delivery > 0) {
		return nil, nil, invalid("body", "a case file is about devices, or about a delivery: name the one or the other")
	}
	m, err := report.Measured()
	if err != nil {
		return nil, nil, err
	}
	b := caseOf{s: s, know: s.Know()}
	kept := &store.Report{Subject: fmt.Sprintf("delivery %d", w.Delivery)}
	title := ""
	if w.Delivery > 0 {
		err = b.delivered(ctx, w.Delivery)
		if err == nil {
			title = fmt.Sprintf("Delivery %d of %s", w.Delivery, b.delivery.Supplier)
		}
	} else {
		err = b.named(ctx, w.Devices)
		kept.Subject, kept.Site = "device "+strings.Join(w.Devices, ", "), b.site()
		title = "Device " + w.Devices[0]
		if n := len(w.Devices); n > 1 {
			title = report.Plural(n, "device")
		}
	}
	if err != nil {
		return nil, nil, err
	}
	doc := report.NewDocument(report.CaseKind, title)
	doc.Case = report.NewCase(b.delivery, b.devices, b.unfound, w.Captures, m)
	doc.Limits = append(doc.Limits,
		"What a device says can be set by whoever configures it; what it was built of no packet shows. A second look by other means (its board, its firmware, the supplier's papers) should come before any step against anybody.",
		"Where a device was put together, no packet shows: the country is the one that controls the maker.",
		"Times are those of the machines that listened, in UTC. Packets are not kept by Cordon; a digest is over what was heard, not over packets.",
		"Passwords and identifiers that open a device from afar are left out or hashed. The far ends of people's own devices are left out.",
		"Knowledge that rests on memory, or on one weak source, was not used.")
	return doc, kept, nil
}

// caseOf gathers the devices of a case.
type caseOf struct {
	s        *Server
	know     *knowledge.Base
	delivery *report.CaseDelivery
	devices  []report.CaseDevice
	unfound  []cordon.Claim
}

// add puts a device into the case with the facts about it.
func (b *caseOf) add(ctx context.Context, id string) error {
	d, err := b.s.Store.Device(ctx, id)
	if err != nil {
		return err
	}
	facts, err := b.s.factsOf(ctx, &d)
	if err != nil {
		return err
	}
	if d.Hidden {
		facts = slices.DeleteFunc(slices.Clone(facts), func(o cordon.Observation) bool { return cordon.TellsWhere(o.Kind) })
	}
	b.devices = append(b.devices, report.NewCaseDevice(&report.CaseIn{Know: b.know, Device: &d.Audited, Facts: facts, Hint: assess.Hint, Country: assess.Country,
		Verdict: func(maker cordon.Belief) (bool, string) {
			verdict, settle := assess.Verdict(maker)
			return verdict == assess.Consistent, settle
		}}))
	return nil
}

func (b *caseOf) named(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := b.add(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// site is the one site of all devices, empty where there are several.
func (b *caseOf) site() string {
	for i := range b.devices {
		if b.devices[i].Site != b.devices[0].Site {
			return ""
		}
	}
	if len(b.devices) == 0 {
		return ""
	}
	return b.devices[0].Site
}

// delivered gathers the devices of a delivery: those whose papers name its supplier and contract.
func (b *caseOf) delivered(ctx context.Context, no int64) error {
	all, err := b.s.Store.Deliveries(ctx, "")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(d store.Delivery) bool { return d.ID == no })
	if at < 0 {
		return fmt.Errorf("delivery %d: %w", no, store.ErrNotFound)
	}
	d := &all[at]
	b.delivery = &report.CaseDelivery{No: no, Supplier: d.Supplier, Contract: d.Contract, At: d.At, Brand: d.Brand, Model: d.Model, Count: d.Count, Note: d.Note}
	suppliers, err := b.s.Store.Suppliers(ctx)
	if err != nil {
		return err
	}
	for _, v := range suppliers {
		if v.Name == d.Supplier {
			b.delivery.Contact = v.Contact
		}
	}
	seen := map[cordon.Claim]bool{}
	var ids []string
	claimed := func(r *store.DeviceRow) bool { return r.Claimed }
	if err := b.s.Store.EachOf(ctx, store.DevicesQuery{}, claimed, func(k *store.Known) error {
		if k.Claim != nil && partOf(k.Claim, d) {
			seen[*k.Claim] = true
			ids = append(ids, k.ID)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := b.named(ctx, ids); err != nil {
		return err
	}
	return b.notSeen(ctx, d, seen)
}

// notSeen gathers the lines of papers of a delivery for which there is no device.
func (b *caseOf) notSeen(ctx context.Context, d *store.Delivery, seen map[cordon.Claim]bool) error {
	p := store.Page{Limit: exportPage}
	for {
		page, err := b.s.Store.Claims(ctx, "", p)
		if err != nil {
			return err
		}
		for i := range page.Rows {
			if c := page.Rows[i].Claim; partOf(&c, d) && !seen[c] {
				b.unfound = append(b.unfound, c)
			}
		}
		if p.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// partOf reports whether papers say that a device came with a delivery: they name its supplier and its contract,
// and no other model.
func partOf(c *cordon.Claim, d *store.Delivery) bool {
	same := func(x, y string) bool { return strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(y)) }
	return same(c.Supplier, d.Supplier) && same(c.Contract, d.Contract) && (c.Model == "" || d.Model == "" || same(c.Model, d.Model))
}

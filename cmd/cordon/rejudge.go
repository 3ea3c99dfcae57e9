package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/report"
	"cordon/internal/store"
	"cordon/knowledge"
)

// storedOptions gives the owner's choices for judging the devices of a site, as a Cordon that
// runs has them.
func storedOptions(mem *store.Store, c *config) (func(site string) inventory.Options, error) {
	key, err := keptKey(c.places().key())
	if err != nil {
		return nil, err
	}
	o, err := newOwner(c, mem, key)
	if err != nil {
		return nil, err
	}
	return o.options, nil
}

// effectWindow is how far back devices are judged by what is kept of them.
const effectWindow = 14 * 24 * time.Hour

// effect judges the stored devices by two knowledges and gives what differs, by site.
func effect(ctx context.Context, mem *store.Store, c *config, before, after *knowledge.Base) (map[string]*report.Changes, error) {
	options, err := storedOptions(mem, c)
	if err != nil {
		return nil, err
	}
	end, err := mem.Ended(ctx)
	if err != nil {
		return nil, err
	}
	since := time.Time{}
	if !end.IsZero() {
		since = end.Add(-effectWindow)
	}
	ledgers, err := inventory.Restore(ctx, mem, since, inventory.DefaultLimits)
	if err != nil {
		return nil, err
	}
	out := map[string]*report.Changes{}
	for _, site := range slices.Sorted(maps.Keys(ledgers)) {
		o := options(site)
		out[site] = judgedBoth(ledgers[site], before, after, nil, o)
		delete(ledgers, site)
	}
	return out, nil
}

// judgedBoth judges one ledger by two knowledges and gives what differs.
func judgedBoth(l *inventory.Ledger, before, after *knowledge.Base, captures []cordon.Capture, o inventory.Options) *report.Changes {
	a, b := l.Judge(before, captures, o), l.Judge(after, captures, o)
	a.Program, b.Program = "cordon "+version, "cordon "+version
	return report.Diff(a, b)
}

// showEffect writes what new knowledge would change among the devices that are stored.
func showEffect(e *env, c *config, before, after *knowledge.Base) error {
	mem, err := openStore(e.ctx, c)
	if err != nil {
		_, err = fmt.Fprintf(e.stdout, "\nWhat changes among devices cannot be said: %v.\n", err)
		return err
	}
	defer mem.Close()
	sites, err := effect(e.ctx, mem, c, before, after)
	if err != nil {
		return fmt.Errorf("judge the stored devices: %w", err)
	}
	all, changed := 0, 0
	for _, s := range sites {
		changed += len(s.Devices)
		all += len(s.Devices) + s.Same + len(s.New)
	}
	if changed == 0 {
		_, err := fmt.Fprintf(e.stdout, "\nOf your %s none changes.\n", report.Plural(all, "device"))
		return err
	}
	fmt.Fprintf(e.stdout, "\n%d of your %s%s:\n", changed, report.Plural(all, "device"), changeVerb(changed))
	for _, name := range slices.Sorted(maps.Keys(sites)) {
		if err := showChanged(e, name, sites[name].Devices); err != nil {
			return err
		}
	}
	return nil
}

func changeVerb(n int) string {
	if n == 1 {
		return " changes"
	}
	return " change"
}

// maxShown is how many devices are named before the rest is counted.
const maxShown = 20

func showChanged(e *env, site string, list []report.DeviceChange) error {
	for i := range list {
		if i == maxShown {
			_, err := fmt.Fprintf(e.stdout, "  and %d more at %s\n", len(list)-maxShown, siteName(site))
			return err
		}
		if err := paragraph(e.stdout, listWidth(e), "  ", "    ", changeText(site, &list[i])); err != nil {
			return err
		}
	}
	return nil
}

func siteName(site string) string {
	if site == "" {
		return "no site"
	}
	return report.Clean(site)
}

// changeText is "hq 192.168.8.21 Hikvision camera: grade B to D; new: high Listed (maker-listed)".
func changeText(site string, c *report.DeviceChange) string {
	id := &c.Device.Identity
	text := whereIs(c.Device) + " " + titleOf(id.Brand.Value, id.Maker.Value, id.Model.Value, id.Class.Value)
	if site != "" {
		text = report.Clean(site) + " " + text
	}
	var parts []string
	for _, f := range c.Fields {
		parts = append(parts, fmt.Sprintf("%s %s to %s", f.Field, known(f.From), known(f.To)))
	}
	for _, f := range c.Found {
		parts = append(parts, fmt.Sprintf("new: %s, %s (%s)", f.Severity, report.Clean(f.Title), f.Code))
	}
	for _, f := range c.NotSeen {
		parts = append(parts, fmt.Sprintf("no longer: %s (%s)", report.Clean(f.Title), f.Code))
	}
	for _, d := range c.Destinations {
		parts = append(parts, "far end "+report.Clean(firstOf(d.Name, d.Address.String())))
	}
	return strings.TrimSpace(text) + ": " + strings.Join(parts, "; ")
}

func known(s string) string {
	if s == "" {
		return "unknown"
	}
	return report.Clean(s)
}

// whereIs names a device by its first address, else its first MAC address, else its id.
func whereIs(d *cordon.Audited) string {
	for _, i := range d.Interfaces {
		if len(i.Addrs) > 0 {
			return i.Addrs[0].String()
		}
	}
	for _, i := range d.Interfaces {
		if i.MAC != (cordon.MAC{}) {
			return i.MAC.String()
		}
	}
	return report.Clean(d.ID)
}

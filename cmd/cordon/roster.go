package main

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/store"
)

// roster is who devices are, by their ids: lists that name devices show it instead of ids.
type roster map[string]*store.DeviceRow

// askedAtOnce is how many ids one question names: with the longest of them its address still
// fits into what the API reads.
const askedAtOnce = 40

// learn asks who the devices are that are not known yet. Ids of no device are left out.
func (r roster) learn(ctx context.Context, c *client, ids ...string) error {
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" || r[id] != nil })
	for part := range slices.Chunk(ids, askedAtOnce) {
		rows, _, err := list[store.DeviceRow](ctx, c, "/v1/devices", url.Values{"id": part}, 0)
		if err != nil {
			return err
		}
		for i := range rows {
			r[rows[i].ID] = &rows[i]
		}
	}
	return nil
}

// address is what a device is called by, its id where it is not known.
func (r roster) address(id string) string {
	if d := r[id]; d != nil {
		return deviceAddress(d)
	}
	return id
}

// who is a device's address and what it is.
func (r roster) who(id string) string {
	d := r[id]
	if d == nil {
		return id
	}
	return strings.TrimSpace(deviceAddress(d) + " " + rowIs(d))
}

// rowIs says what a device of a list is.
func rowIs(d *store.DeviceRow) string { return whatItIs(d.Brand, d.Maker, d.Model, d.Class) }

// deviceAddress is what a device is called by: its first address, else its MAC, else its id.
func deviceAddress(d *store.DeviceRow) string {
	switch {
	case len(d.Addrs) > 0:
		return slices.MinFunc(d.Addrs, cordon.CompareAddrs).String()
	case len(d.MACs) > 0:
		return d.MACs[0].String()
	}
	return d.ID
}

// whatItIs is brand, model and class, with the maker where the badge is another's.
func whatItIs(brand, maker, model, class string) string {
	var words []string
	if brand == "" {
		brand = maker
	}
	if !strings.HasPrefix(model, brand) {
		words = append(words, brand)
	}
	words = append(words, model, class)
	line := report.Clean(strings.Join(strings.Fields(strings.Join(words, " ")), " "))
	if maker != "" && !strings.EqualFold(maker, brand) {
		line += ", made by " + report.Clean(maker)
	}
	return line
}

// mostAlike is how many devices are looked at for the one that a text names.
const mostAlike = 1000

// deviceID finds the one device that a text means: its id, or an address, MAC or name that
// only it has, or a part of one.
func (c *client) deviceID(e *env, text string) (string, error) {
	sought := soughtAs(text)
	all, _, err := list[store.DeviceRow](e.ctx, c, "/v1/devices", url.Values{"q": {sought}}, mostAlike)
	if err != nil {
		return "", err
	}
	fits := slices.DeleteFunc(slices.Clone(all), func(d store.DeviceRow) bool { return !called(&d, sought) })
	if len(fits) == 0 {
		fits = all
	}
	switch len(fits) {
	case 1:
		return fits[0].ID, nil
	case 0:
		return "", fmt.Errorf("no device is called %s: cordon devices lists them", report.Clean(text))
	}
	var names []string
	for i := range fits[:min(len(fits), 4)] {
		names = append(names, report.Clean(deviceAddress(&fits[i])+" ("+fits[i].ID+")"))
	}
	if len(fits) > len(names) {
		names = append(names, "...")
	}
	return "", fmt.Errorf("%s may be any of %d devices: %s: name one", report.Clean(text), len(fits), strings.Join(names, ", "))
}

// soughtAs is a text as the API writes it: MACs with colons, addresses in their short form.
func soughtAs(text string) string {
	text = strings.TrimSpace(text)
	if m, err := cordon.ParseMAC(text); err == nil {
		return m.String()
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap().String()
	}
	return text
}

// called reports whether a text is one of the names of a device, whole.
func called(d *store.DeviceRow, text string) bool {
	return strings.EqualFold(d.ID, text) || slices.ContainsFunc(d.Names, func(n string) bool { return strings.EqualFold(n, text) }) ||
		slices.ContainsFunc(d.Addrs, func(a netip.Addr) bool { return a.String() == text }) ||
		slices.ContainsFunc(d.MACs, func(m cordon.MAC) bool { return m.String() == text })
}

// deviceFilter puts the device that a text means into a query, where one was given.
func (c *client) deviceFilter(e *env, q url.Values, text string) error {
	if text == "" {
		return nil
	}
	id, err := c.deviceID(e, text)
	q.Set("device", id)
	return err
}

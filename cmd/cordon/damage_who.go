package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/inventory"
	"cordon/internal/report"
	"cordon/internal/store"
)

// suspects are the devices of which damage is asked.
type suspects struct {
	devices  []inventory.Suspected
	inside   []netip.Prefix // networks of the sites
	personal int            // people's own, left out
	nameless int            // without address and MAC address: no log could show them
}

// maxDevicesFile is the largest file of devices that is read.
const maxDevicesFile = 256 << 20

// suspects reads the devices from the file named, else from the store.
func (c *damageCmd) suspects(e *env, conf *config) (*suspects, error) {
	if c.Devices == "" {
		return storedSuspects(e, conf)
	}
	f, _, err := openInput(c.Devices, e.stdin)
	if err != nil {
		return nil, fmt.Errorf("--devices: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxDevicesFile))
	if err != nil {
		return nil, fmt.Errorf("--devices %s: %w", shown(c.Devices), err)
	}
	s := &suspects{}
	if err := s.parse(text); err != nil {
		return nil, fmt.Errorf("--devices %s: %w", shown(c.Devices), err)
	}
	if len(s.devices) == 0 {
		return nil, fmt.Errorf("--devices %s: no device with an address or a MAC address in it", shown(c.Devices))
	}
	return s, nil
}

// parse reads an audit, a list of addresses, or an inventory.
func (s *suspects) parse(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		a, err := report.DecodeJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		for i := range a.Devices {
			s.audited(&a.Devices[i])
		}
		return nil
	}
	if list, ok := plainList(text); ok {
		for _, d := range list {
			s.add(d, "")
		}
		return nil
	}
	claims, err := assess.ReadClaims(bytes.NewReader(text))
	if err != nil {
		return err
	}
	for i := range claims {
		s.claimed(&claims[i])
	}
	return nil
}

// plainList reads addresses and MAC addresses, one a line; false: it is something else.
func plainList(text []byte) (out []inventory.Suspected, ok bool) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		d := inventory.Suspected{ID: line}
		if a, err := netip.ParseAddr(line); err == nil {
			d.Addrs = []netip.Addr{a}
		} else if m, err := cordon.ParseMAC(line); err == nil {
			d.MACs = []cordon.MAC{m}
		} else {
			return nil, false
		}
		out = append(out, d)
	}
	return out, len(out) > 0 && lines.Err() == nil
}

// add takes a device, unless it is a person's own or no log could show it.
func (s *suspects) add(d inventory.Suspected, class string) {
	switch {
	case cordon.Personal(class):
		s.personal++
		return
	case len(d.Addrs)+len(d.MACs) == 0:
		s.nameless++
		return
	}
	d.Router = class == cordon.ClassRouter
	s.devices = append(s.devices, d)
}

func (s *suspects) audited(d *cordon.Audited) {
	x := inventory.Suspected{ID: d.ID, Site: d.Site, Name: titleOf(d.Identity.Brand.Value, d.Identity.Maker.Value, d.Identity.Model.Value, d.Identity.Class.Value)}
	for _, i := range d.Interfaces {
		x.Addrs = append(x.Addrs, i.Addrs...)
		if i.MAC != (cordon.MAC{}) {
			x.MACs = append(x.MACs, i.MAC)
		}
	}
	s.add(x, d.Identity.Class.Value)
}

func (s *suspects) claimed(k *cordon.Claim) {
	x := inventory.Suspected{Site: k.Site, Name: titleOf(k.Brand, k.Maker, k.Model, k.Room)}
	if k.Address.IsValid() {
		x.Addrs, x.ID = []netip.Addr{k.Address}, k.Address.String()
	}
	if k.MAC != (cordon.MAC{}) {
		x.MACs = []cordon.MAC{k.MAC}
		if x.ID == "" {
			x.ID = k.MAC.String()
		}
	}
	s.add(x, "")
}

// storedSuspects are the devices of the store, with the networks of its sites.
func storedSuspects(e *env, conf *config) (*suspects, error) {
	mem, err := openStore(e.ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("%w; or name the devices with --devices", err)
	}
	defer mem.Close()
	s := &suspects{}
	sites, err := mem.Sites(e.ctx)
	if err != nil {
		return nil, err
	}
	for i := range sites {
		s.inside = append(append(s.inside, sites[i].Networks...), sites[i].Own...)
	}
	err = mem.EachRow(e.ctx, func(r *store.DeviceRow) {
		s.add(inventory.Suspected{ID: r.ID, Site: r.Site, Name: titleOf(r.Brand, r.Maker, r.Model, r.Class), Addrs: r.Addrs, MACs: r.MACs}, r.Class)
	})
	if err == nil && len(s.devices) == 0 {
		err = fmt.Errorf("the store holds no device besides people's own: name the devices with --devices")
	}
	return s, err
}

// titleOf joins what is known, each word once.
func titleOf(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = report.Clean(p); p != "" && !strings.Contains(strings.ToLower(strings.Join(out, " ")), strings.ToLower(p)) {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}

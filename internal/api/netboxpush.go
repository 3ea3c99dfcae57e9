package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
)

// Push is how the last push of the inventory to NetBox went, or goes.
type Push struct {
	State   string    `json:"state" enum:"never,waiting,running,done,failed"`
	Began   time.Time `json:"began,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Created int       `json:"created" doc:"Devices that NetBox did not have"`
	Updated int       `json:"updated" doc:"Devices whose description was brought up to date"`
	Left    int       `json:"left" doc:"People's own devices, which are not pushed"`
	Refused int       `json:"refused" doc:"Devices that NetBox did not take"`
	Problem string    `json:"problem,omitempty" doc:"Why it failed, or what was said of the first that was refused"`
}

// push brings one device to NetBox. Of a device that is there already only what Cordon knows
// better is changed: its description and, where the maker is known, its type.
func (n *netbox) push(ctx context.Context, d *cordon.Audited) (created bool, err error) {
	kind, err := n.deviceType(ctx, d)
	if err != nil {
		return false, err
	}
	tag := clipTo(d.ID, 50)
	id, err := n.found(ctx, "dcim/devices/", url.Values{"asset_tag": {tag}})
	if err != nil {
		return false, err
	}
	var is object
	if id == 0 {
		fields, err := n.newDevice(ctx, d, kind, tag)
		if err != nil {
			return false, err
		}
		if err := n.ask(ctx, http.MethodPost, "dcim/devices/", nil, fields, &is); err != nil {
			return false, err
		}
		return true, n.addresses(ctx, is.ID, d)
	}
	fields := map[string]any{"description": description(d)}
	if d.Identity.Maker.Value != "" {
		fields["device_type"] = kind
	}
	if err := n.ask(ctx, http.MethodPatch, fmt.Sprintf("dcim/devices/%d/", id), nil, fields, &is); err != nil {
		return false, err
	}
	return false, n.addresses(ctx, id, d)
}

// deviceType is maker and model, unknown where they are.
func (n *netbox) deviceType(ctx context.Context, d *cordon.Audited) (int, error) {
	maker := cmp.Or(clipTo(d.Identity.Maker.Value, 100), "unknown")
	model := cmp.Or(clipTo(d.Identity.Model.Value, 100), "unknown")
	by, err := n.ensure(ctx, "dcim/manufacturers/", slug(maker), map[string]any{"name": maker})
	if err != nil {
		return 0, err
	}
	return n.ensure(ctx, "dcim/device-types/", slug(maker+" "+model), map[string]any{"manufacturer": by, "model": model})
}

func (n *netbox) newDevice(ctx context.Context, d *cordon.Audited, kind int, tag string) (map[string]any, error) {
	class, site := cmp.Or(clipTo(d.Identity.Class.Value, 100), "unknown"), cmp.Or(clipTo(d.Site, 100), "default")
	role, err := n.ensure(ctx, "dcim/device-roles/", slug(class), map[string]any{"name": class, "color": "9e9e9e"})
	if err != nil {
		return nil, err
	}
	at, err := n.ensure(ctx, "dcim/sites/", slug(site), map[string]any{"name": site, "status": "active"})
	if err != nil {
		return nil, err
	}
	label, err := n.ensure(ctx, "extras/tags/", "cordon", map[string]any{"name": "cordon", "color": "2196f3"})
	if err != nil {
		return nil, err
	}
	name := tag // unique within a site; a name that the device gave itself may not be
	if len(d.Names) > 0 {
		name = clipTo(d.Names[0], 64-3-len(tag)) + " (" + tag + ")"
	}
	return map[string]any{"name": clipTo(name, 64), "device_type": kind, "role": role, "site": at, "status": "active",
		"asset_tag": tag, "description": description(d), "tags": []int{label}}, nil
}

// addresses puts the device's addresses on one interface, where NetBox has them nowhere.
func (n *netbox) addresses(ctx context.Context, device int, d *cordon.Audited) error {
	port := 0
	for _, i := range d.Interfaces {
		for _, a := range i.Addrs {
			if a.IsLinkLocalUnicast() || a.Zone() != "" {
				continue
			}
			there, err := n.found(ctx, "ipam/ip-addresses/", url.Values{"address": {a.String()}})
			if err != nil || there != 0 {
				if err != nil {
					return err
				}
				continue
			}
			if port == 0 {
				if port, err = n.port(ctx, device); err != nil {
					return err
				}
			}
			var is object
			if err := n.ask(ctx, http.MethodPost, "ipam/ip-addresses/", nil, map[string]any{
				"address": netip.PrefixFrom(a, a.BitLen()).String(), "status": "active",
				"assigned_object_type": "dcim.interface", "assigned_object_id": port, "description": "seen by Cordon",
			}, &is); err != nil {
				return err
			}
		}
	}
	return nil
}

// port is the interface of a device that addresses hang on.
func (n *netbox) port(ctx context.Context, device int) (int, error) {
	const name = "network"
	id, err := n.found(ctx, "dcim/interfaces/", url.Values{"device_id": {fmt.Sprint(device)}, "name": {name}})
	if err != nil || id != 0 {
		return id, err
	}
	var is object
	err = n.ask(ctx, http.MethodPost, "dcim/interfaces/", nil, map[string]any{"device": device, "name": name, "type": "other"}, &is)
	return is.ID, err
}

// description is one line about a device; NetBox takes 200 characters.
func description(d *cordon.Audited) string {
	var parts []string
	if d.Grade.Letter != "" {
		parts = append(parts, "grade "+d.Grade.Letter)
	}
	if len(d.Interfaces) > 0 && d.Interfaces[0].MAC != (cordon.MAC{}) {
		parts = append(parts, "MAC "+d.Interfaces[0].MAC.String())
	}
	if d.Identity.Firmware.Value != "" {
		parts = append(parts, "firmware "+d.Identity.Firmware.Value)
	}
	if d.Reach != "" {
		parts = append(parts, "reach: "+string(d.Reach))
	}
	return clipTo("Cordon: "+strings.Join(parts, ", "), 200)
}

// clipTo makes a text from the network fit for others: harmless, and at most n characters.
func clipTo(s string, n int) string {
	r := []rune(report.Clean(strings.TrimSpace(s)))
	return string(r[:min(len(r), max(n, 0))])
}

// pushAll brings every device to NetBox, one after the other, and tells of its progress.
func (s *Server) pushAll(ctx context.Context, told func(Push)) Push {
	p := Push{State: "running", Began: s.Now().UTC()}
	n := newNetBox(s.NetBox)
	defer n.close()
	err := s.eachDevice(ctx, func(d *cordon.Audited) error {
		defer func() { told(p) }()
		if cordon.Personal(d.Identity.Class.Value) {
			p.Left++
			return nil
		}
		created, err := n.push(ctx, d)
		var no *refused
		switch {
		case errors.As(err, &no):
			p.Refused++
			p.Problem = cmp.Or(p.Problem, d.ID+": "+no.Error())
			return nil
		case err != nil:
			return err
		case created:
			p.Created++
		default:
			p.Updated++
		}
		return nil
	})
	p.State, p.Ended = "done", s.Now().UTC()
	if err != nil {
		p.State, p.Problem = "failed", err.Error()
	}
	return p
}

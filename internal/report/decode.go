package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"time"

	"cordon"
)

// DecodeJSON reads back what JSON wrote. Members it does not know are passed over, so
// that files of later programs can be read. An error names the field: "devices[3].mac".
// Numbers that JSON rounds (confidences, weights) come back rounded, and a device's own
// findings are taken from the audit's. Memory is in proportion to the input.
func DecodeJSON(r io.Reader) (*cordon.Audit, error) {
	d := &decoder{json: json.NewDecoder(r), audit: &cordon.Audit{}}
	if err := d.audited(); err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return d.audit, nil
}

type decoder struct {
	json    *json.Decoder
	audit   *cordon.Audit
	devices bool // the member was there
	format  int
}

// audited reads the top level, one member after the other, lists item by item.
func (d *decoder) audited() error {
	if t, err := d.json.Token(); err != nil || t != json.Delim('{') {
		if err == io.EOF {
			return errors.New("not an audit in JSON: it is empty")
		}
		return errors.New("not an audit in JSON: it does not begin with {")
	}
	for d.json.More() {
		t, err := d.json.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if err := d.member(name); err != nil {
			return err
		}
	}
	if _, err := d.json.Token(); err != nil {
		return fmt.Errorf("the file ends early: %w", err)
	}
	switch {
	case d.format > formatVersion:
		return fmt.Errorf("format: %d, and this program knows up to %d; a newer cordon can read it", d.format, formatVersion)
	case !d.devices:
		return errors.New("devices: missing, so this is no audit")
	}
	d.join()
	return nil
}

func (d *decoder) member(name string) error {
	a := d.audit
	switch name {
	case "format":
		return d.value(name, &d.format)
	case "program":
		return d.value(name, &a.Program)
	case "knowledge":
		return d.value(name, &a.Knowledge)
	case "lists_chosen":
		return d.value(name, &a.ListsChosen)
	case "flows_by_application":
		return d.counts(name, &a.Applications)
	case "dropped":
		return d.counts(name, &a.Dropped)
	case "claims":
		return d.value(name, &a.Claims)
	case "unfound":
		return list(d, name, &a.Unfound, func(c *cordon.Claim) error { return nil })
	case "scans":
		return list(d, name, &a.Scans, func(s *cordon.Scan) error { return prefixesSaid(s.Networks) })
	case "networks":
		return list(d, name, &a.Networks, func(n *cordon.Network) error { return prefixesSaid([]netip.Prefix{n.Prefix}) })
	case "captures":
		return list(d, name, &a.Captures, func(c *cordon.Capture) error { return nil })
	case "findings":
		return list(d, name, &a.Findings, checkFinding)
	case "devices":
		d.devices = true
		var wire []wireDevice
		if err := list(d, name, &wire, (*wireDevice).check); err != nil {
			return err
		}
		for i := range wire {
			a.Devices = append(a.Devices, wire[i].noun())
		}
		return nil
	}
	var skip json.RawMessage
	return d.value(name, &skip)
}

// prefixesSaid refuses networks that are empty: they cannot be written again.
func prefixesSaid(list []netip.Prefix) error {
	if slices.ContainsFunc(list, func(p netip.Prefix) bool { return !p.IsValid() }) {
		return errors.New("a network without a prefix")
	}
	return nil
}

func (d *decoder) value(name string, into any) error { return at(name, d.json.Decode(into)) }

// counts reads a map of numbers and gives the unnamed key its empty name back.
func (d *decoder) counts(name string, into *map[string]int) error {
	if err := d.value(name, into); err != nil {
		return err
	}
	if n, ok := (*into)[unrecognised]; ok {
		m := maps.Clone(*into)
		delete(m, unrecognised)
		m[""] = n
		*into = m
	}
	return nil
}

// list reads an array item by item, so that an error can say which one.
func list[T any](d *decoder, name string, into *[]T, check func(*T) error) error {
	t, err := d.json.Token()
	switch {
	case err != nil:
		return at(name, err)
	case t == nil: // null
		return nil
	case t != json.Delim('['):
		return fmt.Errorf("%s: expected a list", name)
	}
	for i := 0; d.json.More(); i++ {
		var item T
		err := d.json.Decode(&item)
		if err == nil {
			err = check(&item)
		}
		if err != nil {
			return at(fmt.Sprintf("%s[%d]", name, i), err)
		}
		*into = append(*into, item)
	}
	_, err = d.json.Token()
	return at(name, err)
}

// at puts the place before an error, and takes the place inside the item from encoding/json.
func at(name string, err error) error {
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	var inner fieldError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("%s.%s: expected %s, found %s", name, wrong.Field, wrong.Type, wrong.Value)
	case errors.As(err, &inner):
		return fmt.Errorf("%s.%w", name, inner)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the file ends early: %w", name, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// fieldError is an error of one field of an item.
type fieldError struct{ field, problem string }

func (f fieldError) Error() string { return f.field + ": " + f.problem }

func checkFinding(f *cordon.Finding) error {
	switch {
	case f.Code == "":
		return fieldError{"code", "missing"}
	case f.Severity.Rank() < 0:
		return fieldError{"severity", "unknown severity " + excerpt(string(f.Severity), 40)}
	}
	return nil
}

// join gives each device its findings again.
func (d *decoder) join() {
	index := make(map[string]int, len(d.audit.Devices))
	for i := range d.audit.Devices {
		index[d.audit.Devices[i].ID] = i
	}
	for _, f := range d.audit.Findings {
		if i, ok := index[f.Device]; ok {
			d.audit.Devices[i].Findings = append(d.audit.Devices[i].Findings, f)
		}
	}
}

// wireDevice is a device as it stands in the file.
type wireDevice struct {
	ID           string               `json:"id"`
	Site         string               `json:"site"`
	MAC          wireMAC              `json:"mac"`
	Addresses    []wireAddr           `json:"addresses"`
	Interfaces   []wireInterface      `json:"interfaces"`
	Names        []string             `json:"names"`
	Identity     cordon.Identity      `json:"identity"`
	Grade        cordon.Grade         `json:"grade"`
	Reach        cordon.Reach         `json:"reach"`
	Lists        []cordon.Listing     `json:"lists"`
	Destinations []cordon.Destination `json:"destinations"`
	First        time.Time            `json:"first"`
	Last         time.Time            `json:"last"`
	Sent         uint64               `json:"bytes_sent"`
	Received     uint64               `json:"bytes_received"`
	Flows        int                  `json:"flows"`
	Hidden       bool                 `json:"hidden"`
	Claim        *cordon.Claim        `json:"claim"`
	Ports        []uint16             `json:"ports"`
	Registered   string               `json:"registered"`
}

// wireInterface is an interface of a device that has several.
type wireInterface struct {
	MAC       wireMAC    `json:"mac"`
	Addresses []wireAddr `json:"addresses"`
}

// wireMAC and wireAddr keep the text, so that what is wrong with it can be said with its place.
type (
	wireMAC  string
	wireAddr string
)

func (w *wireDevice) check() error {
	if w.ID == "" {
		return fieldError{"id", "missing"}
	}
	all := append([]wireInterface{{w.MAC, w.Addresses}}, w.Interfaces...)
	for i, in := range all {
		prefix := ""
		if i > 0 {
			prefix = fmt.Sprintf("interfaces[%d].", i-1)
		}
		if _, err := in.MAC.noun(); err != nil {
			return fieldError{prefix + "mac", fmt.Sprintf("%v: %s", err, excerpt(string(in.MAC), 40))}
		}
		for n, a := range in.Addresses {
			if addr, err := netip.ParseAddr(string(a)); err != nil || addr.Zone() != "" { // a zone names somebody's own interface
				return fieldError{fmt.Sprintf("%saddresses[%d]", prefix, n), "not an address: " + excerpt(string(a), 40)}
			}
		}
	}
	return nil
}

func (m wireMAC) noun() (cordon.MAC, error) {
	if m == "" {
		return cordon.MAC{}, nil
	}
	return cordon.ParseMAC(string(m))
}

// noun makes the device of checked text.
func (w *wireDevice) noun() cordon.Audited {
	d := cordon.Audited{
		Device: cordon.Device{
			ID: w.ID, Site: w.Site, Names: w.Names, Identity: w.Identity,
			Reach: w.Reach, First: w.First, Last: w.Last,
		},
		Grade: w.Grade, Lists: w.Lists, Destinations: w.Destinations,
		Sent: w.Sent, Received: w.Received, Flows: w.Flows, Hidden: w.Hidden, Claim: w.Claim,
		Ports: w.Ports, Registered: w.Registered,
	}
	from := w.Interfaces
	if len(from) == 0 && (w.MAC != "" || len(w.Addresses) > 0) {
		from = []wireInterface{{w.MAC, w.Addresses}}
	}
	for _, in := range from {
		mac, _ := in.MAC.noun()
		one := cordon.Interface{MAC: mac}
		for _, a := range in.Addresses {
			addr, _ := netip.ParseAddr(string(a))
			one.Addrs = append(one.Addrs, addr)
		}
		d.Interfaces = append(d.Interfaces, one)
	}
	return d
}

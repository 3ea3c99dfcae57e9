// Package specimens holds device models and incidents as folders: what the device said
// (said.toml) and what must be concluded from it (want.toml). They are written from
// public facts, never copied from a capture, and each names its sources.
//
// All loads them strictly; Write plays any of them as one capture of a simulated camera
// network (192.168.20.0/24 with its gateway), the same bytes for the same arguments.
// The package promises to be pure; what the capture means is left to everyone else.
package specimens

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"cordon"
)

//go:embed */said.toml */want.toml
var files embed.FS

// Network is where every specimen lives. Its gateway (.1) gives addresses, answers names
// and leads outside.
var Network = netip.MustParsePrefix("192.168.20.0/24")

// Specimen is one device with what it says and what must be concluded.
type Specimen struct {
	Name    string   `toml:"-"` // its folder
	Title   string   `toml:"title"`
	Sources []string `toml:"sources"` // where the facts come from, never empty
	Device  Device   `toml:"device"`
	Steps   []Step   `toml:"step"`
	Want    Want     `toml:"-"`
}

// Device is the specimen's own interface.
type Device struct {
	MAC  cordon.MAC `toml:"mac"`
	Host uint8      `toml:"host"` // last byte of its address in Network, 2 to 254
}

// Addr is the device's address in Network.
func (d Device) Addr() netip.Addr {
	b := Network.Addr().As4()
	b[3] = d.Host
	return netip.AddrFrom4(b)
}

// Want is what must be concluded of a specimen.
type Want struct {
	Class    []string          `toml:"class"`    // any of these cordon.Class is right; "unknown" for none
	Brand    string            `toml:"brand"`    // the badge, or "unknown"; empty: not judged here
	Maker    string            `toml:"maker"`    // maker id in knowledge, or "unknown"
	Reach    string            `toml:"reach"`    // a cordon.Reach
	Lists    map[string]string `toml:"lists"`    // list id -> verdict that must be given
	Findings Codes             `toml:"findings"` // what must and must not be found
}

// Codes names finding codes.
type Codes struct {
	Must  []string `toml:"must"`
	Never []string `toml:"never"`
}

// All gives every specimen, sorted by name. It fails, naming file and place, on an unknown
// key, a missing source, an address or MAC used twice, or a step that cannot be played.
// The slice is the caller's; what the specimens point to is shared.
func All() ([]Specimen, error) {
	all, err := loaded()
	return slices.Clone(all), err
}

var loaded = sync.OnceValues(func() ([]Specimen, error) { return load(files) })

func load(from fs.FS) ([]Specimen, error) {
	dirs, err := fs.ReadDir(from, ".")
	if err != nil {
		return nil, fmt.Errorf("specimens: %w", err)
	}
	var all []Specimen
	for _, d := range dirs {
		if !d.IsDir() {
			continue
		}
		if _, err := fs.Stat(from, path.Join(d.Name(), "said.toml")); errors.Is(err, fs.ErrNotExist) {
			continue // a model that is served only: serves.go
		}
		s := Specimen{Name: d.Name()}
		if err := errors.Join(decode(from, path.Join(s.Name, "said.toml"), &s), decode(from, path.Join(s.Name, "want.toml"), &s.Want)); err != nil {
			return nil, err
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("specimen %s: %w", s.Name, err)
		}
		all = append(all, s)
	}
	if err := apart(all); err != nil {
		return nil, err
	}
	for i := range all {
		if err := rehearse(all, all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// decode reads one file strictly: a key that nobody asked for is an error with its place.
func decode(from fs.FS, name string, into any) error {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return fmt.Errorf("specimens: %w", err)
	}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		return fmt.Errorf("specimens: %s: unknown key:\n%s", name, strict.String())
	}
	if err != nil {
		return fmt.Errorf("specimens: %s: %w", name, err)
	}
	return nil
}

// The conclusions a want.toml may name for class and reach.
var (
	classes = []string{"unknown", cordon.ClassCamera, cordon.ClassRecorder, cordon.ClassDoorbell, cordon.ClassBabyMonitor, cordon.ClassVacuum, cordon.ClassSpeaker, cordon.ClassIoT, cordon.ClassPhone, cordon.ClassComputer, cordon.ClassPrinter, cordon.ClassServer}
	reaches = []string{string(cordon.ReachClosed), string(cordon.ReachOwn), string(cordon.ReachCloud)}
)

// check proves what can be proved of one specimen alone.
func (s *Specimen) check() error {
	switch {
	case s.Title == "":
		return errors.New("said.toml: no title")
	case len(s.Sources) == 0:
		return errors.New("said.toml: no sources")
	case s.Device.MAC == cordon.MAC{} || s.Device.MAC.Group():
		return fmt.Errorf("said.toml: %v is no device's MAC", s.Device.MAC)
	case s.Device.Host < 2 || s.Device.Host > 254:
		return fmt.Errorf("said.toml: host %d is not between 2 and 254", s.Device.Host)
	case len(s.Steps) == 0:
		return errors.New("said.toml: no steps")
	case len(s.Want.Class) == 0 || slices.ContainsFunc(s.Want.Class, func(c string) bool { return !slices.Contains(classes, c) }):
		return fmt.Errorf("want.toml: class %q: want one or more of %q", s.Want.Class, classes)
	case !slices.Contains(reaches, s.Want.Reach):
		return fmt.Errorf("want.toml: unknown reach %q", s.Want.Reach)
	case s.Want.Maker == "":
		return errors.New(`want.toml: no maker; say "unknown" where there is no evidence`)
	}
	for _, code := range s.Want.Findings.Must {
		if slices.Contains(s.Want.Findings.Never, code) {
			return fmt.Errorf("want.toml: finding %s both must and must not be there", code)
		}
	}
	for i, step := range s.Steps {
		if err := step.check(); err != nil {
			return fmt.Errorf("said.toml: step %d: %w", i+1, err)
		}
	}
	return nil
}

// apart proves that no two specimens share an address.
func apart(all []Specimen) error {
	macs, hosts := map[cordon.MAC]string{gatewayMAC: "gateway"}, map[uint8]string{1: "gateway"}
	for _, s := range all {
		if other, ok := macs[s.Device.MAC]; ok {
			return fmt.Errorf("specimens %s and %s share the MAC %v", other, s.Name, s.Device.MAC)
		}
		if other, ok := hosts[s.Device.Host]; ok {
			return fmt.Errorf("specimens %s and %s share the host number %d", other, s.Name, s.Device.Host)
		}
		macs[s.Device.MAC], hosts[s.Device.Host] = s.Name, s.Name
	}
	return nil
}

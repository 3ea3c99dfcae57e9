package api

import (
	"context"
	"errors"
	"net/http"
)

// OwnerSettings is what the owner chose: what is his, where Cordon listens, when it scans, what counts.
type OwnerSettings struct {
	Sites      []SiteSettings    `json:"sites" maxItems:"500" nullable:"false" doc:"The places with cameras."`
	Interfaces []string          `json:"interfaces" maxItems:"64" nullable:"false" doc:"To listen on, of the first site, besides those that a site names."`
	Scan       ScanHours         `json:"scan" doc:"When all sites are scanned that say nothing else."`
	Lists      []string          `json:"lists" maxItems:"200" nullable:"false" doc:"Countries or lists that count for the grade; empty: all."`
	Accounts   []string          `json:"accounts" maxItems:"1000" nullable:"false" doc:"Accounts on devices that you know of."`
	AllDevices bool              `json:"all_devices" doc:"Keep the far ends of people's own devices too."`
	Learning   string            `json:"learning" maxLength:"20" doc:"How long before anything counts as new: 24h; 0s for none."`
	Retention  map[string]int    `json:"retention" doc:"For how many days what is kept; 0: for ever. What is not named is kept as usual."`
	From       map[string]string `json:"from,omitempty" readOnly:"true" doc:"From which file each part is; one that is not named is as usual. Passed over when it is sent."`
}

// SiteSettings is one place with cameras.
type SiteSettings struct {
	Name        string    `json:"name" minLength:"1" maxLength:"100" doc:"Unique; another name is another site."`
	Org         string    `json:"org,omitempty" maxLength:"200"`
	Department  string    `json:"department,omitempty" maxLength:"200"`
	Sensitivity string    `json:"sensitivity,omitempty" maxLength:"200"`
	Networks    []string  `json:"networks" maxItems:"1000" nullable:"false" doc:"What is inside, and may be scanned: 192.168.8.0/24."`
	Own         []string  `json:"own,omitempty" maxItems:"1000" nullable:"false" doc:"Public prefixes among them that you say are yours."`
	Interfaces  []string  `json:"interfaces,omitempty" maxItems:"64" nullable:"false" doc:"To listen on for this site: what its mirror port is plugged into."`
	Scan        ScanHours `json:"scan,omitzero" doc:"Where it differs from that of all sites."`
}

// ScanHours says when and how fast is scanned.
type ScanHours struct {
	Every  string `json:"every,omitempty" maxLength:"20" doc:"24h; empty: never by itself, or as all sites."`
	Window string `json:"window,omitempty" maxLength:"20" doc:"01:00-05:00, in the time of the machine; empty: at any hour."`
	Pace   string `json:"pace,omitempty" enum:",gentle,polite,fast" doc:"Empty: polite."`
}

// Setup is what there is on this machine to choose from.
type Setup struct {
	Host       string           `json:"host" doc:"Name of the machine"`
	Claimed    bool             `json:"claimed" doc:"There is an owner."`
	Zone       string           `json:"zone" doc:"In which scan hours are meant: Europe/Berlin, or UTC+1"`
	Interfaces []SetupInterface `json:"interfaces" nullable:"false"`
	Networks   []SetupNetwork   `json:"networks" nullable:"false"`
	Cannot     []SetupLack      `json:"cannot" nullable:"false" doc:"What this machine cannot do, and how to mend it; empty: nothing is missing."`
}

// SetupInterface is one interface of the machine, loopback left out.
type SetupInterface struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind" doc:"device, veth, bridge, vlan, wireguard, tuntap, ..."`
	MAC       string   `json:"mac,omitempty"`
	Up        bool     `json:"up" doc:"It is switched on."`
	Link      bool     `json:"link" doc:"Something is plugged in."`
	Of        string   `json:"of,omitempty" doc:"The bridge or bond that it is part of"`
	Addresses []string `json:"addresses" nullable:"false" doc:"With the length of their network: 192.168.8.5/24"`
	Packets   uint64   `json:"packets" doc:"Received since it is there"`
	Mirror    bool     `json:"mirror" doc:"It looks like what a mirror port is plugged into: it is up, and has no address."`
	Site      string   `json:"site,omitempty" doc:"The site for which it is listened to now"`
	Heard     bool     `json:"heard" doc:"It is listened to now."`
}

// SetupNetwork is a private network that the machine is on, or knows a way to.
type SetupNetwork struct {
	Network   string `json:"network"`
	Interface string `json:"interface"`
	Via       string `json:"via,omitempty" doc:"The router that it is behind; empty: it is on the interface."`
	Addresses string `json:"addresses" doc:"How many there are, for people"`
	Proposed  bool   `json:"proposed" doc:"Most likely it is the owner's: it is on an interface, not too wide, and neither a tunnel nor of containers."`
	Why       string `json:"why" doc:"Why it is proposed, or not"`
	Site      string `json:"site,omitempty" doc:"The site that it is inside of already"`
}

// SetupLack is something that this machine cannot do.
type SetupLack struct {
	What string `json:"what" doc:"listening, kernel, clock, pdf"`
	Says string `json:"says" doc:"What is so"`
	Mend string `json:"mend" doc:"What to do"`
}

// WrongSetting refuses what the owner chose.
type WrongSetting struct {
	Field string // "sites[0].networks[1]"
	Err   error  // what is wrong, and what to do
}

// Error implements error.
func (w *WrongSetting) Error() string { return w.Err.Error() }

// Chosen keeps what the owner chose. It is called one at a time.
type Chosen interface {
	// Settings gives what is chosen, From included.
	Settings() OwnerSettings
	// PutSettings keeps all of it in place of what was chosen, and sees to it that it comes into
	// force: the program may be started anew after the answer. It says what changed in one line,
	// empty for nothing. A *WrongSetting refuses it; then nothing is kept.
	PutSettings(ctx context.Context, s OwnerSettings, how Choosing) (changed string, err error)
	// Setup looks at the machine.
	Setup(ctx context.Context) (Setup, error)
}

// Choosing is how something is chosen.
type Choosing struct {
	By   string // who chooses
	Scan bool   // the sites that are new, or have other networks, are scanned at once
}

type settingsInput struct {
	Scan bool `query:"scan" doc:"Scan the sites that are new, or have other networks, at once."`
	Body OwnerSettings
}

func (s *Server) settings() {
	get := operation(http.MethodGet, "/v1/settings", "settings.get", "settings", "What is mine, where to listen, when to scan, what counts")
	answer(s, get, func(context.Context, *struct{}) (*one[OwnerSettings], error) {
		if s.Chosen == nil {
			return nil, missing("settings")
		}
		return oneOf(s.Chosen.Settings(), nil)
	})
	put := operation(http.MethodPut, "/v1/settings", "settings.put", "settings", "Choose all of it, in place of what was chosen")
	put.Description = "It comes into force at once: sensors that changed are started and stopped, and Cordon itself is away for a moment (sessions last). " +
		"A scan that is under way of a site that changed ends. What is wrong is refused as a whole, with the field that is wrong."
	change(s, put, func(ctx context.Context, in *settingsInput, d *done) (*one[OwnerSettings], error) {
		if s.Chosen == nil {
			return nil, missing("settings")
		}
		d.about = "settings"
		var err error
		d.detail, err = s.Chosen.PutSettings(ctx, in.Body, Choosing{By: by(ctx), Scan: in.Scan})
		if wrong := new(WrongSetting); errors.As(err, &wrong) {
			return nil, invalid("body."+wrong.Field, wrong.Error())
		}
		d.unlogged = err == nil && d.detail == ""
		return oneOf(s.Chosen.Settings(), err)
	})
	setup := operation(http.MethodGet, "/v1/setup", "setup.get", "settings", "What there is on this machine to choose from")
	answer(s, setup, func(ctx context.Context, _ *struct{}) (*one[Setup], error) {
		if s.Chosen == nil {
			return nil, missing("settings")
		}
		out, err := s.Chosen.Setup(ctx)
		if err == nil && s.People != nil {
			out.Claimed, err = s.People.Claimed(ctx)
		}
		return oneOf(out, err)
	})
}

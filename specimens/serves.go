package specimens

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"cordon"
)

//go:embed */serves.toml
var served embed.FS

// Model is a device model that can be served: its services as templates whose values are
// drawn from a seed, and what must be concluded of every device built from it. Text fields
// are Go templates over the model's values, unless said otherwise; docs/format/serves.md
// lists the functions.
type Model struct {
	Name    string   `toml:"-"` // its folder
	Title   string   `toml:"title"`
	Sources []string `toml:"sources"` // where the bytes come from, never empty
	Want    Want     `toml:"-"`

	OUI      []string            `toml:"oui"`     // MAC prefixes, "bc:ad:28"; one is drawn
	Variants []map[string]string `toml:"variant"` // values that belong together; one is drawn
	Values   map[string][]string `toml:"values"`  // one of each is drawn
	Behaves  []string            `toml:"behaves"` // behaviours that are always on
	May      []string            `toml:"may"`     // behaviours that the seed switches on or off

	Accounts []Account    `toml:"account"`
	Lock     *Lock        `toml:"lock"`
	TLS      *Certificate `toml:"tls"`
	HTTP     []HTTP       `toml:"http"`
	RTSP     []RTSPServer `toml:"rtsp"`
	ONVIF    *ONVIF       `toml:"onvif"`
	TCP      []Greeter    `toml:"tcp"`
	DVRIP    *DVRIP       `toml:"dvrip"`
	UDP      []Responder  `toml:"udp"`
	WSD      *WSD         `toml:"wsd"`
	SSDP     *SSDP        `toml:"ssdp"`
	MDNS     *Zeroconf    `toml:"mdns"`
	SNMP     *SNMP        `toml:"snmp"`
	DHCP     *DHCPClient  `toml:"dhcp"`
	Calls    []Call       `toml:"call"`
	// Owner is what only its owner learns, with an account: finding code -> template of what its
	// evidence says; where it comes out empty, the finding must not be there.
	Owner  map[string]string `toml:"owner"`
	Behind []Behind          `toml:"behind"`
}

// Account is a user that the device knows.
type Account struct {
	User    string `toml:"user"`
	Factory string `toml:"factory"` // the password it leaves the factory with; empty: none, the owner must set one
	Empty   bool   `toml:"empty"`   // the factory password is the empty one
}

// Lock is how log-ins are limited. The limit is drawn between Min and Max.
type Lock struct {
	Min    int           `toml:"min"` // wrong log-ins that lock an account
	Max    int           `toml:"max"`
	Window time.Duration `toml:"-"`
	For    string        `toml:"for"` // how long it stays locked, "30m"
}

// Certificate is how the device's certificate is made.
type Certificate struct {
	Subject string `toml:"subject"` // common name
	Org     string `toml:"org"`
	Key     string `toml:"key"`     // devices that name the same key share one; empty: a key of its own
	Expired bool   `toml:"expired"` // its time is over
}

// Auth is how a service asks for a log-in.
type Auth struct {
	Kind    string   `toml:"kind"` // digest, basic or both; of RTSP also url: the address carries the account
	Realm   string   `toml:"realm"`
	QOP     bool     `toml:"qop"`
	Type    string   `toml:"type"`    // content type of the two below
	Refused string   `toml:"refused"` // body of a 401
	Locked  string   `toml:"locked"`  // body for a locked account; empty: as Refused
	Status  int      `toml:"status"`  // status for a locked account; 0: 401
	Headers []string `toml:"headers"` // beside WWW-Authenticate
}

// HTTP is one web server.
type HTTP struct {
	Port    uint16   `toml:"port"`
	TLS     bool     `toml:"tls"`
	Headers []string `toml:"headers"` // of every answer, in order
	Auth    *Auth    `toml:"auth"`
	ONVIF   bool     `toml:"onvif"`   // serves the model's ONVIF services
	RPC2    bool     `toml:"rpc2"`    // serves Dahua's RPC2_Login
	Pages   []Page   `toml:"page"`    // the first that fits answers
	Missing *Page    `toml:"missing"` // nil: a plain 404
	Bad     *Page    `toml:"bad"`     // answer to what is no HTTP; nil: a plain 400
}

// Page is one answer of a web server.
type Page struct {
	Path    string   `toml:"path"`   // exact, or a prefix that ends in "*"; with "?" the query must begin so
	Method  string   `toml:"method"` // empty: GET and HEAD
	Has     string   `toml:"has"`    // what the body of the request must hold
	Status  int      `toml:"status"` // 0: 200
	Headers []string `toml:"headers"`
	Type    string   `toml:"type"` // content type; empty: text/html
	Body    string   `toml:"body"`
	Base64  string   `toml:"base64"` // the body where it is not text; no template
	Login   bool     `toml:"login"`
}

// RTSPServer is one RTSP server.
type RTSPServer struct {
	Port    uint16   `toml:"port"`
	Server  string   `toml:"server"`
	Headers []string `toml:"headers"`
	Public  string   `toml:"public"` // methods it names in OPTIONS
	Auth    *Auth    `toml:"auth"`
	Open    bool     `toml:"open"`    // streams need no log-in
	Paths   []string `toml:"paths"`   // that have a stream
	Missing int      `toml:"missing"` // status of another path; 0: 404
	SDP     []string `toml:"sdp"`     // session lines between v= and the media; empty: a plain set
}

// ONVIF is the device's ONVIF side.
type ONVIF struct {
	Path         string   `toml:"path"`  // of the device service; empty: /onvif/device_service
	Open         []string `toml:"open"`  // operations answered without log-in; "*": all
	Auth         string   `toml:"auth"`  // wsse, digest or both; empty: wsse
	Apart        bool     `toml:"apart"` // it has accounts of its own, and none was set up: no log-in is right
	Manufacturer string   `toml:"manufacturer"`
	Model        string   `toml:"model"`
	Firmware     string   `toml:"firmware"`
	Serial       string   `toml:"serial"`
	Hardware     string   `toml:"hardware"`
	Hostname     string   `toml:"hostname"`
	Stream       string   `toml:"stream"` // path of the stream that GetStreamUri names
}

// Greeter is a service that is neither HTTP nor RTSP.
type Greeter struct {
	Port    uint16   `toml:"port"`
	TLS     bool     `toml:"tls"`
	Kind    string   `toml:"kind"` // "" (greeting and answers), telnet, ftp
	Greet   string   `toml:"greet"`
	Hex     string   `toml:"hex"`    // the greeting where it is not text; no template
	Prompt  string   `toml:"prompt"` // telnet: before the user name
	Answers []Answer `toml:"answer"`
	Close   bool     `toml:"close"` // after the greeting or the first answer
}

// DVRIP is Xiongmai's control port.
type DVRIP struct {
	Port    uint16 `toml:"port"`
	System  string `toml:"system"`  // JSON of SystemInfo after a log-in
	Refused int    `toml:"refused"` // Ret of a wrong password; 0: 203
}

// Responder is one datagram responder.
type Responder struct {
	Name    string   `toml:"name"`
	Port    uint16   `toml:"port"`
	Groups  []string `toml:"groups"`
	Answers []Answer `toml:"answer"`
	Every   string   `toml:"every"` // answers without a condition are announced so often: "5s"
	To      string   `toml:"to"`    // announcements go to this group or broadcast address
}

// Answer is what is said to whoever says something. Without a condition it answers anything.
type Answer struct {
	Prefix string   `toml:"prefix"` // hex that the question begins with
	Has    []string `toml:"has"`    // texts that the question, decoded, holds
	Decode string   `toml:"decode"` // how the question is hidden: see Codecs
	Text   string   `toml:"text"`
	Hex    string   `toml:"hex"` // template that gives hex
	Size   int      `toml:"size"`
	Fields []Field  `toml:"field"`  // placed into Size bytes
	Encode string   `toml:"encode"` // how the answer is hidden: see Codecs
	To     []string `toml:"to"`     // sender (default), a group's address, or broadcast; with ":port" at that port
}

// Field is one field of a binary answer.
type Field struct {
	At   int    `toml:"at"`
	Text string `toml:"text"`
	Hex  string `toml:"hex"`
}

// Codecs are the ways in which questions and answers are framed or hidden.
var Codecs = []string{"", "kasa", "dhip", "xm-search", "tuya-33", "tuya-35", "reolink", "tdp"}

// WSD is what the device says in WS-Discovery.
type WSD struct {
	Types  string   `toml:"types"`
	Scopes []string `toml:"scopes"`
	XAddrs string   `toml:"xaddrs"`
	UUID   string   `toml:"uuid"`
}

// SSDP is what the device says in SSDP; the description is a page of its web server.
type SSDP struct {
	Server   string   `toml:"server"`
	UUID     string   `toml:"uuid"`
	Types    []string `toml:"types"` // beside upnp:rootdevice and the UUID
	Location string   `toml:"location"`
}

// Zeroconf is what the device says in multicast DNS.
type Zeroconf struct {
	Host     string    `toml:"host"` // without .local
	Services []Service `toml:"service"`
}

// Service is one DNS-SD service.
type Service struct {
	Type     string   `toml:"type"` // "_http._tcp"
	Instance string   `toml:"instance"`
	Port     uint16   `toml:"port"`
	TXT      []string `toml:"txt"`
}

// SNMP is the device's agent, which answers version 1 and 2c.
type SNMP struct {
	Community string `toml:"community"`
	Descr     string `toml:"descr"`
	ObjectID  string `toml:"object_id"`
	SysName   string `toml:"name"`
}

// DHCPClient is how the device asks for an address.
type DHCPClient struct {
	Hostname string `toml:"hostname"`
	Class    string `toml:"class"` // vendor class
	Ask      []int  `toml:"ask"`   // parameter list
}

// Call is a conversation that the device opens with the outside.
type Call struct {
	Behaviour string `toml:"behaviour"` // the one that switches it: call-home, trickle or fetch
	Name      string `toml:"name"`
	Kind      string `toml:"kind"` // tls, tcp, udp or http
	Port      uint16 `toml:"port"`
	Path      string `toml:"path"`  // http
	Every     string `toml:"every"` // again after; empty: once
	Bytes     int    `toml:"bytes"` // sent each time
}

// Behind is a camera that hangs on a recorder and cannot be reached otherwise.
type Behind struct {
	Class    string `toml:"class"`
	Brand    string `toml:"brand"`
	Maker    string `toml:"maker"`
	Model    string `toml:"model"`
	Firmware string `toml:"firmware"`
	Serial   string `toml:"serial"`
	MAC      string `toml:"mac"`
}

// Models gives every model that can be served, sorted by name. It fails, naming file and
// place, on an unknown key, a missing source or a service that cannot be. The slice is the
// caller's; what the models point to is shared.
func Models() ([]Model, error) {
	all, err := models()
	return slices.Clone(all), err
}

var models = sync.OnceValues(func() ([]Model, error) { return loadModels(served, files) })

// loadModels reads serves.toml from one tree and want.toml of the same folder from another.
func loadModels(from, wants fs.FS) ([]Model, error) {
	names, err := fs.Glob(from, "*/serves.toml")
	if err != nil {
		return nil, fmt.Errorf("specimens: %w", err)
	}
	var all []Model
	for _, name := range names {
		m := Model{Name: path.Dir(name)}
		if err := errors.Join(decode(from, name, &m), decode(wants, path.Join(m.Name, "want.toml"), &m.Want)); err != nil {
			return nil, err
		}
		if err := m.check(); err != nil {
			return nil, fmt.Errorf("model %s: serves.toml: %w", m.Name, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// check proves what can be proved of a model without drawing its values.
func (m *Model) check() error {
	switch {
	case m.Title == "":
		return errors.New("no title")
	case len(m.Sources) == 0:
		return errors.New("no sources")
	case len(m.OUI) == 0:
		return errors.New("no oui")
	case len(m.Want.Class) == 0 || slices.ContainsFunc(m.Want.Class, func(c string) bool { return !slices.Contains(classes, c) }):
		return fmt.Errorf("want.toml: class %q: want one or more of %q", m.Want.Class, classes)
	case m.Want.Maker == "":
		return errors.New(`want.toml: no maker; say "unknown" where there is no evidence`)
	}
	for _, p := range m.OUI {
		if _, err := cordon.ParseMAC(p + ":00:00:00"); err != nil {
			return fmt.Errorf("oui %q: %w", p, err)
		}
	}
	return errors.Join(m.checkLock(), m.checkPorts(), m.checkAnswers())
}

func (m *Model) checkLock() error {
	if m.Lock == nil {
		return nil
	}
	if m.Lock.Min < 3 || m.Lock.Max > 20 || m.Lock.Min > m.Lock.Max {
		return fmt.Errorf("lock: %d to %d is not within 3 to 20", m.Lock.Min, m.Lock.Max)
	}
	d, err := time.ParseDuration(m.Lock.For)
	m.Lock.Window = d
	return err
}

// Ports gives the TCP ports that the model serves, sorted.
func (m *Model) Ports() []uint16 {
	var ports []uint16
	for _, h := range m.HTTP {
		ports = append(ports, h.Port)
	}
	for _, r := range m.RTSP {
		ports = append(ports, r.Port)
	}
	for _, t := range m.TCP {
		ports = append(ports, t.Port)
	}
	if m.DVRIP != nil {
		ports = append(ports, m.DVRIP.Port)
	}
	slices.Sort(ports)
	return ports
}

func (m *Model) checkPorts() error {
	ports := m.Ports()
	for i, p := range ports {
		if p == 0 || i > 0 && ports[i-1] == p {
			return fmt.Errorf("port %d is missing or served twice", p)
		}
	}
	for _, h := range m.HTTP {
		if h.TLS && m.TLS == nil {
			return fmt.Errorf("port %d speaks TLS without [tls]", h.Port)
		}
	}
	return nil
}

func (m *Model) checkAnswers() error {
	for _, u := range m.UDP {
		if err := checkEach(u.Answers); err != nil {
			return fmt.Errorf("udp %s: %w", u.Name, err)
		}
	}
	for _, t := range m.TCP {
		if err := checkEach(t.Answers); err != nil {
			return fmt.Errorf("tcp port %d: %w", t.Port, err)
		}
	}
	return nil
}

func checkEach(answers []Answer) error {
	for _, a := range answers {
		if !slices.Contains(Codecs, a.Encode) || !slices.Contains(Codecs, a.Decode) {
			return fmt.Errorf("unknown codec %q or %q", a.Encode, a.Decode)
		}
		if n := count(a.Text != "", a.Hex != "", a.Size > 0); n != 1 {
			return fmt.Errorf("an answer has %d of text, hex and size, want one", n)
		}
	}
	return nil
}

func count(given ...bool) int {
	return len(slices.DeleteFunc(given, func(b bool) bool { return !b }))
}

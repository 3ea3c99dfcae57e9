package store

import (
	"net/netip"
	"time"

	"cordon"
)

// Known is one device as it is judged, for PutDevices. Its Findings are not kept by PutDevices
// (PutFindings does), its Destinations are left out where it is Hidden.
type Known struct {
	cordon.Audited
	Department string    `json:"department,omitempty"` // empty: its site's
	Room       string    `json:"room,omitempty"`
	Knowledge  string    `json:"knowledge"` // version behind the verdict
	Judged     time.Time `json:"judged"`
}

// DeviceRow is one line of a list of devices.
type DeviceRow struct {
	ID         string          `json:"id"`
	Site       string          `json:"site,omitempty"`
	Department string          `json:"department,omitempty"`
	Room       string          `json:"room,omitempty"`
	Class      string          `json:"class"`
	Maker      string          `json:"maker"`
	MakerKey   string          `json:"maker_key,omitempty"`
	Possible   string          `json:"maker_possible,omitempty"` // key of a maker that only hints point to
	Settled    bool            `json:"maker_settled,omitempty"`  // the maker rests on evidence that a list's verdict may rest on (assess.Verdict)
	Brand      string          `json:"brand"`
	Model      string          `json:"model"`
	Firmware   string          `json:"firmware"`
	Grade      string          `json:"grade"` // letter, or empty
	Score      int             `json:"score"`
	Reach      cordon.Reach    `json:"reach"`
	Lists      []string        `json:"lists"` // ids, as in Audited.Lists
	MACs       []cordon.MAC    `json:"macs"`
	Addrs      []netip.Addr    `json:"addresses"`
	Names      []string        `json:"names,omitempty"`
	Serial     string          `json:"serial,omitempty"` // of the claim
	Sent       uint64          `json:"bytes_sent"`
	Received   uint64          `json:"bytes_received"`
	Flows      int             `json:"flows"`
	Hidden     bool            `json:"hidden,omitempty"`
	Claimed    bool            `json:"claimed,omitempty"`
	Findings   int             `json:"findings"` // open ones
	Worst      cordon.Severity `json:"worst,omitempty"`
	First      time.Time       `json:"first"`
	Last       time.Time       `json:"last"`
	Knowledge  string          `json:"knowledge"`
	Judged     time.Time       `json:"judged"`
}

// DevicesQuery asks for devices. Empty fields do not narrow; of several values one has to hold;
// "" among Classes, Makers, Brands or Grades is what is not known.
type DevicesQuery struct {
	IDs                           []string // those devices
	Sites, Departments, Rooms     []string
	Classes, Makers, Brands       []string // Makers: name or key; compared without regard to case
	Grades, Lists, Reaches        []string
	Text                          string    // in id, names, addresses, MACs, maker, brand, model, firmware, serial, room; without regard to case
	FirstSince, LastSince, Before time.Time // first seen since; last seen since; last seen before
	Hidden                        *bool
	Watches                       bool   // only those that see or hear people (cordon.Watches)
	Severity                      string // with an open finding at least that severe
	Sort                          string // id site department class maker brand model grade findings first last sent received, or worst: what sees or hears people first, then the worst grade; "-" before it: downwards. Empty: id
	Page                          Page   `json:"-"`
}

// DevicePage is a part of a list of devices.
type DevicePage struct {
	Rows  []DeviceRow `json:"devices"`
	Next  string      `json:"next,omitempty"` // cursor of the next page; empty: this is the last
	Total int         `json:"total"`          // in all pages
}

// ContactsQuery asks what one device exchanged. Rows come newest first, and within an hour or a
// day by bytes, most first.
type ContactsQuery struct {
	Device   string
	From, To time.Time     // To excluded; zero: from the beginning, to the end
	Grain    time.Duration // time.Hour: only what is known by the hour; 24 * time.Hour or 0: by day
	Outside  bool          // only far ends outside
	Page     Page          `json:"-"`
}

// ContactPage is a part of a list of contacts.
type ContactPage struct {
	Rows  []cordon.Contact `json:"contacts"`
	Next  string           `json:"next,omitempty"`
	Total int              `json:"total"`
}

// TopQuery asks for the far ends outside with most bytes. Times are rounded outwards: to days as
// far back as sums of days are kept (31 days as usual), to months before. Zero times: all that is
// kept.
type TopQuery struct {
	Sites    []string // nil: all sites; none: nowhere
	Country  string   // ISO 3166 alpha-2, of registration; empty: all
	From, To time.Time
	Limit    int // 0: 20; at most 200
}

// TopEnd is one far end with what all devices exchanged with it.
type TopEnd struct {
	Far        netip.Addr   `json:"far"`
	Port       uint16       `json:"port"`
	Protocol   string       `json:"protocol"`
	App        string       `json:"app,omitempty"`
	Name       string       `json:"name,omitempty"`
	Place      cordon.Place `json:"place"`
	Opened     bool         `json:"opened"` // our devices opened it
	Sent       uint64       `json:"bytes_sent"`
	Received   uint64       `json:"bytes_received"`
	Flows      int          `json:"flows"`
	Unanswered int          `json:"unanswered"`
}

// TopEnds answers a TopQuery: most bytes first. From and To are the days that it is about; zero: all that is kept.
type TopEnds struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	Rows []TopEnd  `json:"far_ends"`
}

// CountrySum is what all devices exchanged with far ends of one country of registration; "" is not known.
type CountrySum struct {
	Country    string `json:"country"`
	Sent       uint64 `json:"bytes_sent"`
	Received   uint64 `json:"bytes_received"`
	Flows      int    `json:"flows"`
	Unanswered int    `json:"unanswered"`
}

// TopCountries answers a TopQuery by country: most bytes first.
type TopCountries struct {
	From time.Time    `json:"from,omitzero"`
	To   time.Time    `json:"to,omitzero"`
	Rows []CountrySum `json:"countries"`
}

// FindingRow is a finding with its life.
type FindingRow struct {
	ID int64 `json:"id"`
	cordon.Finding
	Site      string    `json:"site,omitempty"`
	Knowledge string    `json:"knowledge"`       // version behind it
	Closed    time.Time `json:"closed,omitzero"` // zero: it is open
	Why       string    `json:"why,omitempty"`   // the evidence that closed it
	Owner     string    `json:"owner,omitempty"` // who puts it right; empty: nobody yet
	Due       time.Time `json:"due,omitzero"`    // until when; zero: no date
}

// FindingsQuery asks for findings. Empty fields do not narrow.
type FindingsQuery struct {
	Device, Code, Site string
	Sites              []string // at one of those; nil: anywhere; none: nowhere
	Severities         []string
	State              string    // "open", "closed", or empty for both
	Owner              string    // whose
	Overdue            bool      // open, and due before Now
	Now                time.Time `json:"-"` // which makes no other question of it
	Since              time.Time // last seen since
	Sort               string    // "-severity" (usual: worst, then newest), "-last", "last", "severity"
	Page               Page      `json:"-"`
}

// FindingPage is a part of a list of findings.
type FindingPage struct {
	Rows []FindingRow `json:"findings"`
	Next string       `json:"next,omitempty"`
}

// AlarmsQuery asks for alarms. Empty fields do not narrow.
type AlarmsQuery struct {
	States                       []string
	Severities                   []string
	Device, Code, Site, Assignee string
	Sites                        []string  // at one of those; nil: anywhere; none: nowhere
	Since                        time.Time // changed since
	Sort                         string    // "-changed" (usual), "changed", "-raised", "raised", "-severity", "severity"
	Page                         Page      `json:"-"`
}

// AlarmPage is a part of a list of alarms, without their comments.
type AlarmPage struct {
	Rows []cordon.Alarm `json:"alarms"`
	Next string         `json:"next,omitempty"`
}

// EntriesQuery asks for lines of the audit log, newest first. Empty fields do not narrow.
type EntriesQuery struct {
	By, Did, About string
	Page           Page `json:"-"`
}

// EntryPage is a part of the audit log.
type EntryPage struct {
	Rows []cordon.Entry `json:"entries"`
	Next string         `json:"next,omitempty"`
}

// ClaimRow is a claim with the file it came from.
type ClaimRow struct {
	ID     int64  `json:"id"`
	Source string `json:"from"`
	cordon.Claim
}

// ClaimPage is a part of the owner's inventory, in its order.
type ClaimPage struct {
	Rows []ClaimRow `json:"claims"`
	Next string     `json:"next,omitempty"`
}

// Supplier is who delivers devices.
type Supplier struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"` // unique
	Contact string `json:"contact,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Delivery is devices that came from a supplier.
type Delivery struct {
	ID       int64     `json:"id"`
	Supplier string    `json:"supplier"` // its name
	At       time.Time `json:"at"`
	Contract string    `json:"contract,omitempty"`
	Brand    string    `json:"brand,omitempty"`
	Model    string    `json:"model,omitempty"`
	Count    int       `json:"count"`
	Note     string    `json:"note,omitempty"`
}

// Token lets a program ask the API. The token itself is nowhere in the store.
type Token struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`            // unique, also among revoked ones
	Hash    []byte    `json:"-"`               // SHA-256 of the token, 32 bytes
	Role    string    `json:"role"`            // what its holder may do; those of earlier versions: read, write, admin
	Sites   []string  `json:"sites,omitempty"` // that it is held to; nil: all
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Until   time.Time `json:"until,omitzero"`   // zero: no end
	Used    time.Time `json:"used,omitzero"`    // last, to the minute or so
	Revoked time.Time `json:"revoked,omitzero"` // zero: it holds
}

// Keep says for how many days something is kept; 0 days: for ever.
type Keep struct {
	Table string `json:"table"`
	Days  int    `json:"days"`
}

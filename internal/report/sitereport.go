package report

import (
	"time"

	"cordon"
)

// SiteReport is how one site, or all of them, stands.
type SiteReport struct {
	Name       string        `json:"name,omitempty"` // empty: all sites
	Org        string        `json:"org,omitempty"`
	Department string        `json:"department,omitempty"`
	Networks   []string      `json:"networks"`
	Totals     SiteTotals    `json:"totals"`
	Grades     []CountOf     `json:"grades"` // of what watches; "" is not graded
	Makers     []CountOf     `json:"makers"` // likewise, most first; "" is not known
	Watching   []SiteDevice  `json:"watching"`
	More       int           `json:"more_watching,omitempty"` // devices that watch, beyond those
	New        []SiteDevice  `json:"new"`                     // first seen in the days, people's own left out
	MoreNew    int           `json:"more_new,omitempty"`
	Findings   []SiteFinding `json:"findings"` // open ones, worst first
	Alarms     []SiteAlarm   `json:"alarms"`   // that are not resolved
	MoreAlarms bool          `json:"more_alarms,omitempty"`
	Countries  []SiteEnd     `json:"countries"` // with which things exchanged most
	FarEnds    []SiteEnd     `json:"far_ends"`
	Risks      []SiteRisk    `json:"accepted_risks"`
	Ways       []SiteWay     `json:"ways"` // through which it was heard
}

// SiteTotals counts the devices of a site.
type SiteTotals struct {
	Devices  int `json:"devices"`
	Watching int `json:"watching"` // see or hear people
	Personal int `json:"personal"`
	Unknown  int `json:"unknown"`   // class not known
	Listed   int `json:"listed"`    // of a maker that a list covers: consistent with
	ToVerify int `json:"to_verify"` // likewise: possible
	Cloud    int `json:"cloud"`     // things that reach, or try to reach, the outside
}

// CountOf is how many there are of something.
type CountOf struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// SiteDevice is a device in one line.
type SiteDevice struct {
	ID       string          `json:"id"`
	Site     string          `json:"site,omitempty"`
	Room     string          `json:"room,omitempty"`
	Names    []string        `json:"names,omitempty"`
	Address  string          `json:"address,omitempty"`
	Class    string          `json:"class"`
	Brand    string          `json:"brand"`
	Maker    string          `json:"maker"`
	Model    string          `json:"model,omitempty"`
	Firmware string          `json:"firmware,omitempty"`
	Grade    string          `json:"grade"`
	Reach    string          `json:"reach"`
	Lists    []string        `json:"lists"`
	Findings int             `json:"findings"`
	Worst    cordon.Severity `json:"worst,omitempty"`
	First    time.Time       `json:"first"`
	Last     time.Time       `json:"last"`
}

// SiteFinding is one code at one severity, with the devices that it is open on.
type SiteFinding struct {
	Severity cordon.Severity `json:"severity"`
	Code     string          `json:"code"`
	Title    string          `json:"title"` // of the first
	Fix      string          `json:"fix"`
	Devices  []string        `json:"devices"`
	Count    int             `json:"count"`
}

// SiteAlarm is an alarm that stands.
type SiteAlarm struct {
	No       int64           `json:"no"`
	Severity cordon.Severity `json:"severity"`
	State    string          `json:"state"`
	Title    string          `json:"title"`
	Device   string          `json:"device"`
	Raised   time.Time       `json:"raised"`
	Assignee string          `json:"assignee,omitempty"`
}

// SiteEnd is what was exchanged with a country of registration, or with one far end.
type SiteEnd struct {
	Name       string `json:"name"` // country, or name behind the address; empty: not known
	Address    string `json:"address,omitempty"`
	Network    string `json:"network,omitempty"`
	Country    string `json:"country,omitempty"`          // where the address is registered
	Operator   string `json:"operator_country,omitempty"` // where its operator is
	Sent       uint64 `json:"bytes_sent"`
	Received   uint64 `json:"bytes_received"`
	Flows      int    `json:"flows"`
	Unanswered int    `json:"unanswered"`
}

// SiteRisk is a finding that the owner lives with until a date.
type SiteRisk struct {
	Code   string    `json:"code"`
	Device string    `json:"device,omitempty"` // empty: every device
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Until  time.Time `json:"until"`
}

// SiteWay is a way in, and what it lost.
type SiteWay struct {
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	Up     bool      `json:"up"`
	Since  time.Time `json:"since"`
	Last   time.Time `json:"last"`
	Lost   uint64    `json:"lost"`
	Detail string    `json:"detail,omitempty"`
}

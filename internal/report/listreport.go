package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/knowledge"
)

// ListReport says which devices fall under which instrument.
type ListReport struct {
	Site    string        `json:"site,omitempty"` // empty: all sites
	Looked  int           `json:"devices"`        // that were looked at: all but people's own
	Unknown int           `json:"maker_unknown"`  // of them, those of which nothing is known that would name a maker
	Lists   []ListedUnder `json:"lists"`          // every instrument that was asked for, also those with no device
}

// ListedUnder is one instrument with the devices under it.
type ListedUnder struct {
	ID           string         `json:"id"`
	Jurisdiction string         `json:"jurisdiction"`
	Instrument   string         `json:"instrument"`
	Effect       string         `json:"effect"`
	Rule         string         `json:"rule,omitempty"` // how it covers makers that it does not name
	Sources      []string       `json:"sources"`        // from which it is known
	Consistent   int            `json:"consistent"`
	ToVerify     int            `json:"to_verify"`
	Devices      []ListedDevice `json:"devices"` // those that are consistent with first, by site and id
}

// ListedDevice is one device under one instrument.
type ListedDevice struct {
	ID         string    `json:"id"`
	Site       string    `json:"site,omitempty"`
	Department string    `json:"department,omitempty"`
	Room       string    `json:"room,omitempty"`
	Address    string    `json:"address,omitempty"`
	Class      string    `json:"class"`
	Brand      string    `json:"brand"`
	Maker      string    `json:"maker"` // as far as it is known; of a verdict that is possible only: a question
	Model      string    `json:"model,omitempty"`
	Kinds      []string  `json:"kinds"`   // of evidence for the maker
	Since      string    `json:"since"`   // the instrument covers it, YYYY-MM-DD
	Scope      string    `json:"scope"`   // whether it applies to you depends on it
	Verdict    string    `json:"verdict"` // "consistent with" or "possible, verify"
	Settle     string    `json:"settle,omitempty"`
	First      time.Time `json:"first"` // seen
	Last       time.Time `json:"last"`
}

// consistent is the verdict of a listing that rests on two kinds of evidence.
const consistent = "consistent with"

// NewListReport begins a report of the lists; Add fills it.
func NewListReport(site string, lists []*knowledge.List) *ListReport {
	r := &ListReport{Site: site, Lists: []ListedUnder{}}
	for _, l := range lists {
		if l.Confidence == knowledge.Low {
			continue // a list that is only remembered is a question, and no report
		}
		r.Lists = append(r.Lists, ListedUnder{ID: l.ID, Jurisdiction: l.Jurisdiction, Instrument: l.Instrument, Effect: toVerify.Replace(l.Effect), Rule: toVerify.Replace(l.Rule),
			Sources: written(l.Sources), Devices: []ListedDevice{}})
	}
	return r
}

// toVerify says of what an instrument's own entry marks as remembered that it is no more than that.
var toVerify = strings.NewReplacer("(memory)", "(from memory: verify)")

// written are the sources that are no memory.
func written(sources []string) []string {
	return slices.DeleteFunc(append([]string{}, sources...), func(s string) bool { return strings.Contains(s, "(memory") })
}

// Add puts a device under the instruments that name its maker. makerName is the name of a maker by its id. People's own devices are passed over.
func (r *ListReport) Add(a *cordon.Audited, department, room string, makerName func(id string) string) {
	if a.Hidden || cordon.Personal(a.Identity.Class.Value) {
		return
	}
	r.Looked++
	m := &a.Identity.Maker
	if m.Value == "" && m.Possible == "" {
		r.Unknown++
	}
	for i := range a.Lists {
		l := &a.Lists[i]
		at := slices.IndexFunc(r.Lists, func(u ListedUnder) bool { return u.ID == l.List })
		if at < 0 {
			continue
		}
		u := &r.Lists[at]
		d := ListedDevice{ID: a.ID, Site: a.Site, Department: department, Room: room, Class: a.Identity.Class.Value, Brand: a.Identity.Brand.Value,
			Maker: cmp.Or(m.Value, makerName(m.Possible)), Model: a.Identity.Model.Value, Kinds: []string{},
			Since: l.Since, Scope: l.Scope, Verdict: l.Verdict, Settle: l.Settle, First: a.First, Last: a.Last}
		if all := addresses(a); len(all) > 0 {
			d.Address = all[0]
		}
		believed, _ := trusted(m)
		for _, why := range believed.Reasons {
			if why.Weight > 0 && !slices.Contains(d.Kinds, why.Channel) {
				d.Kinds = append(d.Kinds, why.Channel)
			}
		}
		if l.Verdict == consistent {
			u.Consistent++
		} else {
			u.ToVerify++
		}
		u.Devices = append(u.Devices, d)
	}
}

// End puts the devices into their order.
func (r *ListReport) End() {
	rank := func(d *ListedDevice) int {
		if d.Verdict == consistent {
			return 0
		}
		return 1
	}
	for i := range r.Lists {
		slices.SortFunc(r.Lists[i].Devices, func(x, y ListedDevice) int {
			return cmp.Or(cmp.Compare(rank(&x), rank(&y)), cmp.Compare(x.Site, y.Site), cmp.Compare(x.ID, y.ID))
		})
	}
}

package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"cordon/internal/assess"
	"cordon/internal/store"
	"cordon/knowledge"
)

// ListLine is one list that names makers, with how many devices fall under it today.
type ListLine struct {
	ID           string   `json:"id"`
	Jurisdiction string   `json:"jurisdiction" doc:"ISO 3166 alpha-2, or EU"`
	Instrument   string   `json:"instrument"`
	Effect       string   `json:"effect"`
	Rule         string   `json:"rule,omitempty" doc:"How it covers makers that it does not name"`
	Sources      []string `json:"sources" nullable:"false"`
	Dated        string   `json:"dated,omitempty" doc:"The newest date in its sources"`
	Confidence   string   `json:"confidence" enum:"high,medium,low" doc:"Low rests on memory or one weak source: a question, never a finding"`
	Companies    int      `json:"companies" doc:"Entries"`
	First        string   `json:"first" format:"date" doc:"The oldest entry is in force since"`
	Newest       string   `json:"newest" format:"date" doc:"The newest entry is, or will be, in force since"`
	Consistent   int      `json:"consistent" doc:"Devices that what was seen puts under it; whether it applies depends on its scope"`
	Possible     int      `json:"possible" doc:"Devices of which hints alone point to a maker under it: to be verified"`
}

// ListEntry is one company, or one rule, on a list.
type ListEntry struct {
	Company    string `json:"company" doc:"Id of a maker, or a rule: *control:CN"`
	Name       string `json:"name,omitempty" doc:"Of the maker, where it is known"`
	Rule       string `json:"rule,omitempty" enum:"control,brand,uncertified,mislabelled,category" doc:"How it covers what it does not name"`
	Of         string `json:"of,omitempty" doc:"The rule's country or category"`
	Date       string `json:"date" format:"date" doc:"In force since"`
	Force      bool   `json:"in_force" doc:"It is in force today"`
	Scope      string `json:"scope"`
	Confidence string `json:"confidence" enum:"high,medium,low"`
}

// ListWhole is a list with its entries and the devices that fall under it today.
type ListWhole struct {
	ListLine
	Entries []ListEntry `json:"entries" nullable:"false"`
	Reach   ListReach   `json:"reach"`
}

// ListReach is which devices fall under a list.
type ListReach struct {
	Consistent int            `json:"consistent" doc:"What was seen is consistent with a maker under it"`
	Possible   int            `json:"possible" doc:"Hints alone point to such a maker: a question, not a verdict"`
	Watching   int            `json:"watching" doc:"Of both, those that see or hear people"`
	Already    int            `json:"already,omitempty" doc:"Of both, those under the list without what is added"`
	Sites      []ListGroup    `json:"sites" nullable:"false" doc:"Most devices first"`
	Classes    []ListGroup    `json:"classes" nullable:"false"`
	Makers     []ListGroup    `json:"makers" nullable:"false"`
	Devices    []ListedDevice `json:"devices" nullable:"false" doc:"200 at most: the consistent ones first"`
	Cut        bool           `json:"cut,omitempty" doc:"There are more devices than those"`
}

// ListGroup is how many devices of a site, class or maker fall under a list.
type ListGroup struct {
	Key        string `json:"key" doc:"Site, class, or key of a maker; empty: not known"`
	Name       string `json:"name" doc:"For people"`
	Consistent int    `json:"consistent"`
	Possible   int    `json:"possible"`
}

// ListedDevice is a device that falls under a list.
type ListedDevice struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	Site    string `json:"site,omitempty"`
	Class   string `json:"class"`
	Maker   string `json:"maker" doc:"Key of its maker, or of the possible one"`
	Name    string `json:"maker_name"`
	Grade   string `json:"grade,omitempty"`
	Verdict string `json:"verdict" doc:"How firmly its maker is known: consistent with; possible, verify"`
	Through string `json:"through,omitempty" doc:"The entry names the maker's owner: this maker"`
	Already bool   `json:"already,omitempty" doc:"The list named it before"`
}

type listInput struct {
	SitesFilter
	ID string `path:"id" maxLength:"100"`
}

type whatIfInput struct {
	SitesFilter
	Body struct {
		List      string   `json:"list,omitempty" maxLength:"100" doc:"The list to which something is added; missing: a new one."`
		Name      string   `json:"name,omitempty" maxLength:"200" doc:"What to call it."`
		Makers    []string `json:"makers,omitempty" maxItems:"100" doc:"Keys of makers; what they own is covered too."`
		Countries []string `json:"countries,omitempty" maxItems:"100" doc:"Makers controlled from there, ISO 3166 alpha-2."`
		From      string   `json:"from,omitempty" format:"date" doc:"In force from this day; missing: today."`
	}
}

// WhatIf is which devices would fall under a list.
type WhatIf struct {
	Name  string    `json:"name"`
	From  string    `json:"from" format:"date"`
	Reach ListReach `json:"reach"`
}

func (s *Server) lists() {
	question(s, "/v1/lists", "list.list", "knowledge", "Lists that name makers, and how many devices fall under each", func(ctx context.Context, in *SitesFilter) (*listOf[ListLine], error) {
		return allOf(s.listLines(ctx, in.Sites))
	})
	question(s, "/v1/lists/{id}", "list.get", "knowledge", "One list: whom it names since when, and which devices fall under it", func(ctx context.Context, in *listInput) (*one[ListWhole], error) {
		return oneOf(s.wholeList(ctx, in))
	})
	op := operation(http.MethodPost, "/v1/lists/what-if", "list.whatif", "knowledge", "Which devices would fall under a list, if")
	op.Description = "Nothing is kept, and no grade changes. Words are as careful as those of lists that are in force: possible means verify, and whether a list applies depends on its scope."
	answer(s, op, func(ctx context.Context, in *whatIfInput) (*one[WhatIf], error) {
		return oneOf(s.whatIf(ctx, in))
	})
}

// knowing is the knowledge that judges now.
func (s *Server) knowing() (*knowledge.Base, error) {
	if s.Know == nil {
		return nil, missing("knowledge")
	}
	return s.Know(), nil
}

// built is what of a device decides which lists name it.
type built struct {
	key, possible string
	settled       bool
}

func builtBy(r *store.DeviceRow) built { return built{r.MakerKey, r.Possible, r.Settled} }

func (s *Server) listLines(ctx context.Context, sites []string) ([]ListLine, error) {
	k, err := s.knowing()
	if err != nil {
		return nil, err
	}
	counts := map[built]int{}
	if err := s.eachRow(ctx, sites, func(r *store.DeviceRow) { counts[builtBy(r)]++ }); err != nil {
		return nil, err
	}
	out := []ListLine{}
	for _, l := range k.AllLists() {
		line := lineOf(l)
		for b, n := range counts {
			switch verdict, _, _ := falls(k, l, b, s.Now()); verdict {
			case assess.Consistent:
				line.Consistent += n
			case assess.Possible:
				line.Possible += n
			}
		}
		out = append(out, line)
	}
	return out, nil
}

// eachRow passes on the lines of the devices at some sites, by id.
func (s *Server) eachRow(ctx context.Context, sites []string, f func(*store.DeviceRow)) error {
	return s.Store.EachRow(ctx, func(r *store.DeviceRow) {
		if among(sites, r.Site) {
			f(r)
		}
	})
}

// falls is assess.Falls for what decides it of a device.
func falls(k *knowledge.Base, l *knowledge.List, b built, at time.Time) (verdict string, hit knowledge.ListHit, ok bool) {
	return assess.Falls(k, l, b.key, b.possible, b.settled, at)
}

func lineOf(l *knowledge.List) ListLine {
	out := ListLine{ID: l.ID, Jurisdiction: l.Jurisdiction, Instrument: l.Instrument, Effect: l.Effect, Rule: l.Rule,
		Sources: append([]string{}, l.Sources...), Dated: dated(l.Sources...), Confidence: string(l.Confidence), Companies: len(l.Entries)}
	for i := range l.Entries {
		d := l.Entries[i].Date
		if out.First == "" || d < out.First {
			out.First = d
		}
		out.Newest = max(out.Newest, d)
	}
	return out
}

func (s *Server) wholeList(ctx context.Context, in *listInput) (ListWhole, error) {
	k, err := s.knowing()
	if err != nil {
		return ListWhole{}, err
	}
	l, err := listNamed(k, in.ID)
	if err != nil {
		return ListWhole{}, err
	}
	out := ListWhole{ListLine: lineOf(l), Entries: []ListEntry{}}
	today := s.Now().UTC().Format(time.DateOnly)
	for i := range l.Entries {
		e := &l.Entries[i]
		kind, of := e.Rule()
		row := ListEntry{Company: e.Company, Rule: string(kind), Of: of, Date: e.Date, Force: e.Date <= today, Scope: e.Scope, Confidence: string(e.Confidence)}
		if m, ok := k.Maker(e.Company); ok {
			row.Name = m.Name
		}
		out.Entries = append(out.Entries, row)
	}
	slices.SortStableFunc(out.Entries, func(a, b ListEntry) int { return cmp.Compare(b.Date, a.Date) })
	out.Reach, err = s.reachOf(ctx, k, l, nil, s.Now(), in.Sites)
	out.Consistent, out.Possible = out.Reach.Consistent, out.Reach.Possible
	return out, err
}

func listNamed(k *knowledge.Base, id string) (*knowledge.List, error) {
	for _, l := range k.AllLists() {
		if l.ID == id {
			return l, nil
		}
	}
	return nil, store.ErrNotFound
}

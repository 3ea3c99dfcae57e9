package inventory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/store"
	"cordon/internal/watch"
)

// findingID tells the findings of one device apart.
type findingID struct{ code, key string }

// standing is a finding in its life.
type standing struct {
	last    time.Time // of its evidence
	put     time.Time // when it was written last, by Now
	text    string    // what was written
	asked   bool      // its evidence is an answer to a question of ours
	judged  int       // the filling of the ledgers in which it was last judged to stand; 0: none of this run
	closed  time.Time // of the evidence, where it is over though the judgement still makes it: see overheardOver; zero: it stands
	watched bool      // it is watch.Step's: not ours to close
}

// closing is a finding closed by evidence.
type closing struct {
	device, code, key, why string
	at                     time.Time
}

// reopen takes out the closings of findings that were told again later: of what waits for the
// store the closings are written last.
func reopen(list []closing, again []store.FindingRow) []closing {
	if len(list) == 0 || len(again) == 0 {
		return list
	}
	stands := map[[3]string]bool{}
	for i := range again {
		stands[[3]string{again[i].Device, again[i].Code, again[i].Key}] = true
	}
	return slices.DeleteFunc(list, func(c closing) bool { return stands[[3]string{c.device, c.code, c.key}] })
}

// otherwise is on how many days a device must have been seen without doing again what was
// overheard of it, for that to be over.
const otherwise = 7

// loadFindings reads the findings that stand.
func (l *Live) loadFindings(ctx context.Context) error {
	return eachOpen(ctx, l.c.Store, func(f *store.FindingRow) {
		if k := l.known[f.Device]; k != nil {
			k.stands(findingID{f.Code, f.Key}, &standing{last: f.Last, put: f.Last, text: textOf(&f.Finding), asked: true, watched: !judgedCode(f.Code)})
		}
	})
}

func (k *known) stands(id findingID, s *standing) {
	if k.findings == nil {
		k.findings = map[findingID]*standing{}
	}
	k.findings[id] = s
}

// judgedCode reports whether findings of the code follow from all that is known of a device.
func judgedCode(code string) bool { return codes[code] }

var codes, codeKinds = rowCodes()

// rowCodes gives the codes of what a judgement finds, and the kinds that each reads.
func rowCodes() (map[string]bool, map[string][]cordon.Kind) {
	all, kinds := map[string]bool{}, map[string][]cordon.Kind{}
	for _, c := range assess.Checks() {
		all[c.Code] = true
		kinds[c.Code] = append(kinds[c.Code], c.Kinds...)
	}
	for _, a := range watch.Alarms() {
		all[a.Code] = true
	}
	return all, kinds
}

// evidence says what a device was asked for.
type evidence struct {
	codes map[string]bool // checks whose facts it was asked for: what they say ends when it answers otherwise, not when it was not overheard
	begun time.Time       // its latest complete interview; zero: none
}

// evidence of the unit judged last.
func (j *judge) evidence(u *unit) evidence {
	e := evidence{codes: askedCodes(j.seen)}
	for _, h := range u.hosts {
		if at := j.ledger.asked[h]; at != 0 {
			e.begun = later(e.begun, moment(at))
		}
	}
	return e
}

// askedCodes are the checks of which a fact was asked for.
func askedCodes(seen []cordon.Observation) map[string]bool {
	kinds := map[cordon.Kind]bool{}
	for i := range seen {
		if seen[i].By.Asked {
			kinds[seen[i].Kind] = true
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	out := map[string]bool{}
	for code, reads := range codeKinds {
		out[code] = slices.ContainsFunc(reads, func(k cordon.Kind) bool { return kinds[k] })
	}
	return out
}

func textOf(f *cordon.Finding) string {
	return string(f.Severity) + "\n" + f.Title + "\n" + f.Detail + "\n" + strings.Join(f.Evidence, "\n")
}

// compareFindings notes which findings of a device are new, have changed, or are over.
func (l *Live) compareFindings(p *area, k *known, d *cordon.Audited, heard evidence, now time.Time) (changed bool, closed []watch.Event) {
	for i := range d.Findings {
		f := &d.Findings[i]
		id := findingID{f.Code, f.Key}
		s := k.findings[id]
		if s != nil && !s.closed.IsZero() && !f.Last.After(s.closed) {
			s.judged = l.filling()
			continue // it is over, and this is what it was
		}
		if s == nil || !s.closed.IsZero() {
			s = &standing{}
			k.stands(id, s)
		}
		s.asked, s.watched, s.judged, s.last = heard.codes[f.Code], false, l.filling(), f.Last
		if why := k.overheardOver(s); why != "" {
			closed = append(closed, l.close(p, k, id, s, why, now))
			s.closed, s.put, s.text = s.last, time.Time{}, ""
			changed = true
			continue
		}
		text := textOf(f)
		if first := s.put.IsZero(); first || text != s.text || now.Sub(s.put) >= putEvery {
			l.pending.findings = append(l.pending.findings, store.FindingRow{Finding: *f, Site: p.site, Knowledge: p.know.Version})
			if first || text != s.text {
				changed = true
				l.c.Publish(cordon.Event{At: now, Kind: "finding", ID: d.ID, Site: p.site, Title: f.Title})
			}
			s.put, s.text = now, text
		}
	}
	for _, id := range k.absent(d) {
		if s := k.findings[id]; s.closed.IsZero() {
			if why := l.over(p, k, s, heard.begun); why != "" {
				closed = append(closed, l.close(p, k, id, s, why, now))
				delete(k.findings, id) // where the judgement makes it again it stands again, on whatever evidence
				changed = true
			}
		}
	}
	return changed, closed
}

// absent gives the findings that were judged to stand once and are not among those of a device
// now, in their order.
func (k *known) absent(d *cordon.Audited) []findingID {
	var out []findingID
	for id, s := range k.findings {
		if !s.watched && !slices.ContainsFunc(d.Findings, func(f cordon.Finding) bool { return f.Code == id.code && f.Key == id.key }) {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b findingID) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.key, b.key)) })
	return out
}

// over gives the evidence that a finding which the judgement no longer makes is over; empty:
// there is none, only silence, or what it rested on is older than the ledger.
func (l *Live) over(p *area, k *known, s *standing, begun time.Time) string {
	present := s.judged == l.filling() // all that it rested on is still here
	version := p.know.Version
	switch {
	case version != k.knowledge && k.knowledge != "" && (present || s.last.After(l.built.Add(-l.c.Limits.Window))):
		return "judged again with the knowledge of " + version + ", which no longer says so"
	case s.asked && begun.After(s.last):
		return "it was asked again on " + begun.Format("2006-01-02") + ", and answered otherwise"
	case present:
		return "what was learned of the device since says otherwise"
	}
	return k.overheardOver(s)
}

// overheardOver is the evidence that something overheard is over: the device was seen on enough
// days since and did not do so again.
func (k *known) overheardOver(s *standing) string {
	if s.asked {
		return ""
	}
	if n := k.lives.daysSince(s.last); n >= otherwise {
		return fmt.Sprintf("the device was seen on %d days since %s, and not doing so again", n, s.last.UTC().Format("2006-01-02"))
	}
	return ""
}

// close notes that a finding is over, with its evidence.
func (l *Live) close(p *area, k *known, id findingID, s *standing, why string, now time.Time) watch.Event {
	title := "no longer: " + titleOf(s, id) + " (" + why + ")"
	l.pending.closed = append(l.pending.closed, closing{k.id, id.code, id.key, why, now})
	l.c.Publish(cordon.Event{At: now, Kind: "finding", ID: k.id, Site: p.site, Title: title})
	f := cordon.Finding{Code: id.code, Device: k.id, Key: id.key, Last: s.last}
	return watch.Event{Site: p.site, Device: k.id, Closed: &f, Why: why}
}

// titleOf is what a finding was called when it was last told, its code where that is forgotten.
func titleOf(s *standing, id findingID) string {
	if _, rest, told := strings.Cut(s.text, "\n"); told {
		title, _, _ := strings.Cut(rest, "\n")
		return title
	}
	return id.code
}

// lives is on which days a device was seen.
type lives struct {
	Days  []int32 `json:"days,omitempty"` // since 1970, ascending: those on which it was seen in enough hours
	Day   int32   `json:"day,omitempty"`  // the current one
	Hours uint32  `json:"hours,omitempty"`
}

// dayHours is in how many hours of a day a device must be seen for the day to count: a clock
// that jumps invents no days.
const dayHours = 4

// keptDays bounds the days that are kept of one device.
const keptDays = 60

// seen notes that a device was seen at a time.
func (v *lives) seen(at time.Time) {
	day := int32(at.Unix() / 86400)
	if day != v.Day {
		v.Day, v.Hours = day, 0
	}
	v.Hours |= 1 << (at.Unix() / 3600 % 24)
	n := 0
	for h := v.Hours; h != 0; h &= h - 1 {
		n++
	}
	i, had := slices.BinarySearch(v.Days, day)
	if n < dayHours || had {
		return
	}
	v.Days = slices.Insert(v.Days, i, day)
	if len(v.Days) > keptDays {
		v.Days = slices.Clone(v.Days[1:])
	}
}

// daysSince is on how many days after that of a moment the device was seen.
func (v *lives) daysSince(at time.Time) int {
	i, _ := slices.BinarySearch(v.Days, int32(at.Unix()/86400)+1)
	return len(v.Days) - i
}

// livesName is the setting in which lives are kept, and saveEvery how often.
const (
	livesName = "inventory.lives"
	saveEvery = 10 * time.Minute
)

func (l *Live) loadLives(ctx context.Context) error {
	b, err := l.c.Store.Setting(ctx, livesName)
	if errors.Is(err, store.ErrNotFound) || err == nil && len(b) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("days of devices: %w", err)
	}
	var all map[string]kept
	if err := json.Unmarshal(b, &all); err != nil {
		l.c.Report(fmt.Errorf("days of devices: %w: they are counted anew", err))
		return nil
	}
	for id, v := range all {
		k := l.known[id]
		if k == nil {
			continue
		}
		k.lives = v.lives
		for _, f := range v.Overheard {
			code, key, _ := strings.Cut(f, "\n")
			if s := k.findings[findingID{code, key}]; s != nil {
				s.asked = false
			}
		}
	}
	return nil
}

// kept is what the setting has of a device.
type kept struct {
	lives
	Overheard []string `json:"overheard,omitempty"` // open findings that rest on what was overheard: code, line feed, key
}

// saveLives hands the days on which devices with findings were seen to the writer.
func (l *Live) saveLives() {
	l.saved = l.c.Now()
	all := map[string]kept{}
	for id, k := range l.known {
		if len(k.findings) == 0 {
			continue
		}
		v := kept{lives: k.lives}
		for f, s := range k.findings {
			if s.closed.IsZero() && !s.asked && !s.watched {
				v.Overheard = append(v.Overheard, f.code+"\n"+f.key)
			}
		}
		slices.Sort(v.Overheard)
		all[id] = v
	}
	b, err := json.Marshal(all)
	if err != nil {
		l.c.Report(fmt.Errorf("days of devices: %w", err))
		return
	}
	l.writer.setting(livesName, b)
}

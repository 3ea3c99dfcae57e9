package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"cordon"
	"cordon/knowledge"
)

// VettedMaker is who may have built what an offer names, from paper alone.
type VettedMaker struct {
	ID      string   `json:"id"` // maker id in knowledge
	Name    string   `json:"name"`
	Country string   `json:"country,omitempty"` // of control, ISO alpha-2; empty when disputed or unknown
	Likely  string   `json:"likely"`            // "likely", "possible" or "a question"
	Chance  float64  `json:"chance"`            // 0..0.95, a guess that orders makers
	Reasons []string `json:"reasons"`           // strongest first, each with its source
}

// VettedListing is a list that names a maker who may have built the offer. Its verdict is
// always Possible: no paper proves who built a thing.
type VettedListing struct {
	cordon.Listing
	Maker string `json:"maker"` // name of the maker through whom the list may apply
}

// Vetted is an offer with what is known of it before anything is bought.
type Vetted struct {
	Offer
	Makers    []VettedMaker   `json:"makers"`    // likeliest first
	Lists     []VettedListing `json:"lists"`     // those that count first, then by id
	Notes     []string        `json:"notes"`     // what on the line itself is worth knowing
	Questions []string        `json:"questions"` // for the supplier
	Verdict   string          `json:"verdict"`   // one line for people
	Possible  bool            `json:"possible"`  // a maker who is likely or possible is on a list that counts
}

// The chances from which a maker counts as likely and as possible; below is a question.
const (
	likelyFrom   = 0.6
	possibleFrom = 0.2
	mostOnPaper  = 0.95 // paper never proves
)

// Vet says who may have built what an offer names, which lists that touches, and what to
// ask. chosen are list ids or countries that count, empty means all; now says which list
// entries are in force.
func Vet(k knowledge.Looker, o Offer, chosen []string, now time.Time) Vetted {
	p := paper{know: k, offer: o, makers: map[string]*VettedMaker{}, built: map[string]float64{}}
	p.model()
	p.brand()
	p.names()
	v := Vetted{Offer: o, Makers: p.sorted(), Lists: []VettedListing{}, Notes: append([]string{}, p.notes...)}
	for _, m := range v.Makers {
		v.list(k, m, chosen, now)
	}
	slices.SortStableFunc(v.Lists, func(a, b VettedListing) int {
		if a.Counts != b.Counts {
			return map[bool]int{true: -1, false: 1}[a.Counts]
		}
		return cmp.Compare(a.List, b.List)
	})
	v.certificate()
	v.claims()
	v.questions()
	v.Verdict = v.verdict()
	return v
}

// paper collects who may have built one offer.
type paper struct {
	know   knowledge.Looker
	offer  Offer
	makers map[string]*VettedMaker
	notes  []string
	badge  string             // brand that the model name is known under
	built  map[string]float64 // chance of each maker by the brand alone
}

// add counts one reason for a maker: independent reasons leave less and less doubt.
func (p *paper) add(id string, chance float64, why string) {
	m, ok := p.know.Maker(id)
	if !ok {
		return
	}
	v := p.makers[id]
	if v == nil {
		v = &VettedMaker{ID: id, Name: m.Name}
		if m.Confidence != knowledge.Low {
			v.Country = m.Country
		}
		p.makers[id] = v
	}
	v.Chance = 1 - (1-v.Chance)*(1-chance)
	v.Reasons = append(v.Reasons, why)
}

// modelKinds are the facts whose values are model names, as a device tells them itself.
var modelKinds = []cordon.Kind{"onvif.model", "sadp.model", "dhip.model", "upnp.model", "http.model", "onvif.hardware"}

// model holds the model name against the rules for what devices call themselves. Each
// rule counts once, and of one maker only the best: they are all one kind of evidence.
func (p *paper) model() {
	best := map[string]knowledge.Hit{}
	for _, kind := range modelKinds {
		for _, form := range forms(p.offer) {
			for _, h := range p.know.Match(kind, form) {
				p.badge = cmp.Or(p.badge, h.Rule.Brand)
				if old, had := best[h.Rule.Maker]; h.Rule.Proves == knowledge.ProvesMaker && (!had || old.Rule.Weight < h.Rule.Weight) {
					best[h.Rule.Maker] = h
				}
			}
		}
	}
	for id, h := range best {
		// Nine tenths of what the rule is worth on a wire (a guess): model names are copied.
		p.add(id, float64(h.Rule.Weight)/100*0.9*known(h.Rule.Confidence), fmt.Sprintf("the model name is of this maker's form (rule %s; %s)", h.Rule.ID, h.Rule.Source))
	}
	if b := p.badge; b != "" && p.offer.Brand != "" && !sameName(b, p.offer.Brand) {
		p.notes = append(p.notes, fmt.Sprintf("the model name is known under the brand %s; the quote says %s", b, p.offer.Brand))
	}
}

// forms are the ways to read a model: whole, and its first words, since quotes describe
// ("DS-2CD2042 4MP bullet") and repeat the brand ("Hikvision DS-2CD2042").
func forms(o Offer) []string {
	model := o.Model
	if n := len(o.Brand); n > 0 && len(model) > n && strings.EqualFold(model[:n], o.Brand) {
		model = strings.TrimLeft(model[n:], " -_:")
	}
	out := []string{}
	for _, s := range append([]string{model, strings.TrimSpace(o.Brand + " " + model)}, firstWords(model, 3)...) {
		for _, form := range []string{s, strings.ToUpper(s)} {
			if form != "" && !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	return out
}

func firstWords(s string, n int) []string {
	words := strings.Fields(s)
	return words[:min(n, len(words))]
}

// statusChances is how often a unit of a brand is the maker's, by the relation's status:
// guesses that order makers, no statistics.
var statusChances = map[string]float64{
	"own-brand": 0.9, "subsidiary": 0.8, "current": 0.7, "platform": 0.5, "mixed": 0.45, "some products": 0.4, "former": 0.25, "unclear": 0.2,
}

// statusWords tell the same to people.
var statusWords = map[string]string{
	"own-brand": "%s is its own brand", "subsidiary": "%s belongs to it", "current": "it builds for %s", "platform": "%s uses its platform",
	"mixed": "it is one of the makers behind %s", "some products": "it builds some products of %s", "former": "it used to build for %s", "unclear": "it may build for %s",
}

// known turns trust into a factor. What is remembered only stays below possibleFrom.
func known(c knowledge.Confidence) float64 {
	switch c {
	case knowledge.High:
		return 1
	case knowledge.Medium:
		return 0.9
	}
	return 0.15
}

// brand follows the badge to those who are known to build for it.
func (p *paper) brand() {
	brand := p.offer.Brand
	if brand == "" {
		brand = p.badge
	}
	if brand == "" {
		for n := 3; n > 0 && brand == ""; n-- { // "CP Plus CP-E21" without a brand column
			if s := strings.Join(firstWords(p.offer.Model, n), " "); len(p.know.Relations(s)) > 0 {
				brand = s
			}
		}
	}
	for _, r := range p.know.Relations(brand) {
		why := fmt.Sprintf(statusWords[r.Status], r.Brand)
		if r.Scope != "" {
			why += " (" + r.Scope + ")"
		}
		chance := statusChances[r.Status] * known(r.Confidence)
		p.built[r.Maker] = max(p.built[r.Maker], chance)
		p.add(r.Maker, chance, fmt.Sprintf("%s [%s, %s confidence; %s]", why, r.Status, r.Confidence, r.Source))
	}
}

// names takes the brand for the maker's own name where it is one, and the supplier where
// the registry knows it as a maker. A company whose badge others are known to build for
// is in the registry too: there its own name says little.
func (p *paper) names() {
	if m, ok := p.own(p.offer.Brand); ok && p.built[m.ID] < possibleFrom {
		chance := statusChances["own-brand"]
		for id, c := range p.built {
			if id != m.ID && c >= possibleFrom {
				chance = statusChances["former"]
			}
		}
		p.add(m.ID, chance*known(m.Confidence), fmt.Sprintf("the brand is this maker's own name (%s)", m.Source))
	}
	if m, ok := p.own(p.offer.Supplier); ok && p.makers[m.ID] == nil {
		p.add(m.ID, possibleFrom, fmt.Sprintf("the supplier is this maker (%s)", m.Source))
	}
}

// own finds a maker by its id, its name or its name in the IEEE registry.
func (p *paper) own(name string) (*knowledge.Maker, bool) {
	if name == "" {
		return nil, false
	}
	id := strings.Join(strings.Fields(strings.ToLower(name)), "-")
	if m, ok := p.know.Maker(id); ok {
		return m, true
	}
	if m, ok := p.know.Maker(strings.ReplaceAll(id, "-", "")); ok && sameName(m.Name, name) {
		return m, true
	}
	return p.know.MakerOfOrg(name)
}

// sameName compares letters and digits only, as knowledge compares brands.
func sameName(a, b string) bool {
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, s)
	}
	return bare(a) == bare(b)
}

// sorted gives the makers, likeliest first, in words.
func (p *paper) sorted() []VettedMaker {
	out := make([]VettedMaker, 0, len(p.makers))
	for _, m := range p.makers {
		m.Chance = min(m.Chance, mostOnPaper)
		switch {
		case m.Chance >= likelyFrom:
			m.Likely = "likely"
		case m.Chance >= possibleFrom:
			m.Likely = "possible"
		default:
			m.Likely = "a question"
		}
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b VettedMaker) int { return cmp.Or(cmp.Compare(b.Chance, a.Chance), cmp.Compare(a.ID, b.ID)) })
	return out
}

// settleOnPaper says what would settle who built an offer.
const settleOnPaper = "the supplier's written statement of who built board and firmware, and one unit on the bench: its own discovery answer (SADP, DHIP, ONVIF) and its traffic through cordon audit"

// list adds the lists that cover a maker; one list stands once, for its likeliest maker.
// A maker who is only a question touches no list.
func (v *Vetted) list(k knowledge.Looker, m VettedMaker, chosen []string, now time.Time) {
	if m.Chance < possibleFrom {
		return
	}
	for _, h := range k.Lists(m.ID, now) {
		same := func(l VettedListing) bool { return l.List == h.List.ID }
		if h.Entry.Confidence == knowledge.Low || slices.ContainsFunc(v.Lists, same) {
			continue
		}
		l := VettedListing{Maker: m.Name, Listing: cordon.Listing{
			List: h.List.ID, Instrument: h.List.Instrument, Since: h.Entry.Date, Scope: scope(&h),
			Verdict: Possible, Settle: settleOnPaper, Source: strings.Join(h.List.Sources, "; "), Counts: counts(h.List, chosen),
		}}
		v.Lists = append(v.Lists, l)
		v.Possible = v.Possible || l.Counts
	}
}

// verdict is the line's outcome in one sentence.
func (v *Vetted) verdict() string {
	var counting []string
	for _, l := range v.Lists {
		if l.Counts {
			counting = append(counting, l.List)
		}
	}
	switch {
	case len(counting) > 0:
		if n := len(counting); n > 3 {
			counting = append(counting[:3], fmt.Sprintf("%d more", n-3))
		}
		return "possible, verify: on lists that count (" + strings.Join(counting, ", ") + ")"
	case len(v.Lists) > 0:
		return "only on lists that you did not choose; verify who built it"
	case len(v.Makers) == 0:
		return "maker not known from this line: ask"
	case v.Makers[0].Chance < possibleFrom:
		return "maker is a question: ask"
	}
	return v.Makers[0].Likely + " " + v.Makers[0].Name + ": on no list known here; paper does not prove it"
}

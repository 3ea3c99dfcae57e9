package api

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"cordon/internal/store"
	"cordon/knowledge"
)

// KnownMaker is a company that builds devices, as the knowledge has it.
type KnownMaker struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Legal      string       `json:"legal,omitempty" doc:"As it is registered"`
	Country    string       `json:"country,omitempty" doc:"Of control, ISO 3166 alpha-2; missing: disputed or not known"`
	Parent     string       `json:"parent,omitempty" doc:"Id of its owner"`
	Source     string       `json:"source"`
	Dated      string       `json:"dated,omitempty" doc:"The newest date in its source"`
	Confidence string       `json:"confidence" enum:"high,medium,low" doc:"Low rests on memory or one weak source: a question, never a finding"`
	Brands     []KnownBrand `json:"brands" nullable:"false" doc:"Badges of what it builds, some or all"`
	Lists      []string     `json:"lists" nullable:"false" doc:"Ids of lists that cover it today"`
	Devices    int          `json:"devices" doc:"That were found to be its"`
	Possible   int          `json:"possible" doc:"Of which hints alone point to it"`
}

// KnownBrand says that devices of a brand are built by a maker.
type KnownBrand struct {
	Brand      string `json:"brand"`
	Status     string `json:"status" doc:"own-brand, subsidiary, current, former, mixed, platform, some products, unclear"`
	Scope      string `json:"scope,omitempty"`
	Note       string `json:"note,omitempty"`
	Source     string `json:"source"`
	Confidence string `json:"confidence" enum:"high,medium,low"`
}

// KnownCloud is a name that devices call, and who runs it.
type KnownCloud struct {
	Domain     string   `json:"domain"`
	Match      string   `json:"match" enum:"suffix,exact,glob"`
	Maker      string   `json:"maker,omitempty" doc:"Id of the maker whose devices call it; missing: of many"`
	Operator   string   `json:"operator"`
	Country    string   `json:"country,omitempty" doc:"Of the operator"`
	Platform   bool     `json:"platform,omitempty" doc:"Devices of others are built on it: who calls it need not be the maker's"`
	Purpose    []string `json:"purpose" nullable:"false"`
	Note       string   `json:"note,omitempty"`
	Source     string   `json:"source"`
	Dated      string   `json:"dated,omitempty" doc:"The newest date in its source"`
	Confidence string   `json:"confidence" enum:"high,medium,low" doc:"Low rests on memory or one weak source: a question, never a finding"`
}

// KnownFilter narrows what is known.
type KnownFilter struct {
	Text       string `query:"q" maxLength:"200" doc:"In names, without regard to case."`
	Confidence string `query:"confidence" enum:",high,medium,low"`
}

type knownMakersInput struct {
	SitesFilter
	KnownFilter
}

func (s *Server) known() {
	question(s, "/v1/knowledge/makers", "knowledge.makers", "knowledge", "Makers: what is known of each, from which source, and how many devices are theirs", func(ctx context.Context, in *knownMakersInput) (*listOf[KnownMaker], error) {
		return allOf(s.knownMakers(ctx, in))
	})
	question(s, "/v1/knowledge/clouds", "knowledge.clouds", "knowledge", "Names that devices call: who runs them, from which source", func(_ context.Context, in *KnownFilter) (*listOf[KnownCloud], error) {
		return allOf(s.knownClouds(in))
	})
}

// has reports whether something that is known is asked for.
func (f *KnownFilter) has(c knowledge.Confidence, names ...string) bool {
	if f.Confidence != "" && f.Confidence != string(c) {
		return false
	}
	text := strings.ToLower(f.Text)
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), text) })
}

func (s *Server) knownMakers(ctx context.Context, in *knownMakersInput) ([]KnownMaker, error) {
	k, err := s.knowing()
	if err != nil {
		return nil, err
	}
	devices, possible := map[string]int{}, map[string]int{}
	if err := s.eachRow(ctx, in.Sites, func(r *store.DeviceRow) {
		if r.MakerKey != "" {
			devices[r.MakerKey]++
		} else if r.Possible != "" {
			possible[r.Possible]++
		}
	}); err != nil {
		return nil, err
	}
	brands := map[string][]KnownBrand{}
	for _, r := range k.AllRelations() {
		brands[r.Maker] = append(brands[r.Maker], KnownBrand{r.Brand, r.Status, r.Scope, r.Note, r.Source, string(r.Confidence)})
	}
	out := []KnownMaker{}
	for _, m := range k.Makers() {
		names := []string{m.ID, m.Name, m.Legal}
		for _, b := range brands[m.ID] {
			names = append(names, b.Brand)
		}
		if !in.has(m.Confidence, names...) {
			continue
		}
		row := KnownMaker{ID: m.ID, Name: m.Name, Legal: m.Legal, Country: m.Country, Parent: m.Parent, Source: m.Source, Dated: dated(m.Source),
			Confidence: string(m.Confidence), Brands: append([]KnownBrand{}, brands[m.ID]...), Lists: []string{}, Devices: devices[m.ID], Possible: possible[m.ID]}
		for _, h := range k.Lists(m.ID, s.Now()) {
			if h.Entry.Confidence != knowledge.Low {
				row.Lists = append(row.Lists, h.List.ID)
			}
		}
		out = append(out, row)
	}
	return out, nil
}

func (s *Server) knownClouds(in *KnownFilter) ([]KnownCloud, error) {
	k, err := s.knowing()
	if err != nil {
		return nil, err
	}
	out := []KnownCloud{}
	for _, c := range k.Clouds() {
		if in.has(c.Confidence, c.Domain, c.Operator, c.Maker) {
			out = append(out, KnownCloud{Domain: c.Domain, Match: c.Match, Maker: c.Maker, Operator: c.Operator, Country: c.Country, Platform: c.Platform,
				Purpose: append([]string{}, c.Purpose...), Note: c.Note, Source: c.Source, Dated: dated(c.Source), Confidence: string(c.Confidence)})
		}
	}
	return out, nil
}

// days are dates as sources write them.
var days = regexp.MustCompile(`\b(?:19|20)\d\d-[01]\d-[0-3]\d\b`)

// dated is the newest date in some sources; empty: they have none.
func dated(sources ...string) (newest string) {
	for _, s := range sources {
		for _, d := range days.FindAllString(s, -1) {
			newest = max(newest, d)
		}
	}
	return newest
}

package api

import (
	"context"
	"slices"
	"time"

	"cordon"
	"cordon/internal/store"
)

// maxTable is how many devices the table holds: more than anybody goes through by eye.
const maxTable = 50_000

// SitesFilter narrows to some sites.
type SitesFilter struct {
	Sites []string `query:"site,explode" maxItems:"1000" doc:"Only these sites; without it, all."`
}

// DeviceTable is every device as columns of equal length: row i is the i-th value of each. Columns
// marked as texts hold places in Texts, where place 0 is the empty text: not known.
type DeviceTable struct {
	Rows        int      `json:"rows" doc:"How long each column is"`
	Total       int      `json:"total" doc:"How many devices there are; more than rows: the rest is left out"`
	Texts       []string `json:"texts" nullable:"false" doc:"What columns of texts point into; the first is empty: not known"`
	ID          []string `json:"id" nullable:"false" doc:"Ascending"`
	Name        []string `json:"name" nullable:"false" doc:"The first name; empty without one"`
	Address     []string `json:"address" nullable:"false" doc:"The first address; empty without one"`
	MAC         []string `json:"mac" nullable:"false" doc:"The first hardware address; empty without one"`
	Site        []int    `json:"site" nullable:"false" doc:"Texts"`
	Department  []int    `json:"department" nullable:"false" doc:"Texts"`
	Room        []int    `json:"room" nullable:"false" doc:"Texts"`
	Class       []int    `json:"class" nullable:"false" doc:"Texts"`
	Brand       []int    `json:"brand" nullable:"false" doc:"Texts"`
	Maker       []int    `json:"maker" nullable:"false" doc:"Texts"`
	MakerKey    []int    `json:"maker_key" nullable:"false" doc:"Texts"`
	Model       []int    `json:"model" nullable:"false" doc:"Texts"`
	Firmware    []int    `json:"firmware" nullable:"false" doc:"Texts"`
	Grade       []int    `json:"grade" nullable:"false" doc:"Texts: A to F"`
	Score       []int    `json:"score" nullable:"false" doc:"0 to 100; means nothing without a grade"`
	Reach       []int    `json:"reach" nullable:"false" doc:"Texts: closed, own network, cloud"`
	Lists       [][]int  `json:"lists" nullable:"false" doc:"Texts: ids of lists that name its maker"`
	Findings    []int    `json:"findings" nullable:"false" doc:"Open ones"`
	Worst       []int    `json:"worst" nullable:"false" doc:"Texts: severity of the worst open finding"`
	Alarms      []int    `json:"alarms" nullable:"false" doc:"Not resolved"`
	Home        []int64  `json:"last_home" nullable:"false" doc:"When it last exchanged anything with the outside, in seconds since 1970 UTC; 0: never, or it is a person's own"`
	HomeSent    []uint64 `json:"sent_outside" nullable:"false" doc:"Bytes that it sent outside since it is known"`
	Sent        []uint64 `json:"sent" nullable:"false" doc:"Bytes, inside and outside, of the last days"`
	First       []int64  `json:"first" nullable:"false" doc:"First seen, in seconds since 1970 UTC"`
	Last        []int64  `json:"last" nullable:"false" doc:"Last seen, in seconds since 1970 UTC"`
	Watches     []int    `json:"watches" nullable:"false" doc:"1: it sees or hears people"`
	Hidden      []int    `json:"hidden" nullable:"false" doc:"1: a person's own device"`
	Claimed     []int    `json:"claimed" nullable:"false" doc:"1: the owner's inventory has it"`
	Mislabelled []int    `json:"mislabelled" nullable:"false" doc:"1: the badge says one thing, the evidence another"`
}

func (s *Server) deviceTable() {
	question(s, "/v1/devices/table", "device.table", "devices", "Every device as columns of short values, for a list that filters while one types", func(ctx context.Context, in *SitesFilter) (*one[DeviceTable], error) {
		rows, total, err := s.Store.Table(ctx, in.Sites, maxTable)
		if err != nil {
			return nil, err
		}
		return &one[DeviceTable]{tableOf(rows, total)}, nil
	})
}

// texts gives each text its place.
type texts struct {
	at  map[string]int
	all []string
}

func (t *texts) place(s string) int {
	at, ok := t.at[s]
	if !ok {
		at = len(t.all)
		t.at[s] = at
		t.all = append(t.all, s)
	}
	return at
}

// tableOf turns rows into columns.
func tableOf(rows []store.TableRow, total int) DeviceTable {
	t := &texts{at: map[string]int{"": 0}, all: []string{""}}
	d := DeviceTable{Rows: len(rows), Total: total}
	grow(len(rows), &d.ID, &d.Name, &d.Address, &d.MAC)
	grow(len(rows), &d.Site, &d.Department, &d.Room, &d.Class, &d.Brand, &d.Maker, &d.MakerKey, &d.Model, &d.Firmware, &d.Grade, &d.Score,
		&d.Reach, &d.Findings, &d.Worst, &d.Alarms, &d.Watches, &d.Hidden, &d.Claimed, &d.Mislabelled)
	grow(len(rows), &d.Home, &d.First, &d.Last)
	grow(len(rows), &d.HomeSent, &d.Sent)
	grow(len(rows), &d.Lists)
	for i := range rows {
		d.add(t, &rows[i])
	}
	d.Texts = t.all
	return d
}

// grow makes room in columns, which are never null.
func grow[T any](n int, columns ...*[]T) {
	for _, c := range columns {
		*c = slices.Grow(make([]T, 0), n)
	}
}

// add appends one row.
func (d *DeviceTable) add(t *texts, r *store.TableRow) {
	var name, address, mac string
	if len(r.Names) > 0 {
		name = r.Names[0]
	}
	if len(r.Addrs) > 0 {
		address = r.Addrs[0].String()
	}
	if len(r.MACs) > 0 {
		mac = r.MACs[0].String()
	}
	d.ID, d.Name, d.Address, d.MAC = append(d.ID, r.ID), append(d.Name, name), append(d.Address, address), append(d.MAC, mac)
	for _, c := range []struct {
		column *[]int
		text   string
	}{
		{&d.Site, r.Site}, {&d.Department, r.Department}, {&d.Room, r.Room}, {&d.Class, r.Class}, {&d.Brand, r.Brand}, {&d.Maker, r.Maker}, {&d.MakerKey, r.MakerKey},
		{&d.Model, r.Model}, {&d.Firmware, r.Firmware}, {&d.Grade, r.Grade}, {&d.Reach, string(r.Reach)}, {&d.Worst, string(r.Worst)},
	} {
		*c.column = append(*c.column, t.place(c.text))
	}
	lists := make([]int, len(r.Lists))
	for i, id := range r.Lists {
		lists[i] = t.place(id)
	}
	d.Lists = append(d.Lists, lists)
	d.Score, d.Findings, d.Alarms = append(d.Score, r.Score), append(d.Findings, r.DeviceRow.Findings), append(d.Alarms, r.Alarms)
	d.Home, d.First, d.Last = append(d.Home, seconds(r.Home)), append(d.First, seconds(r.First)), append(d.Last, seconds(r.Last))
	d.HomeSent, d.Sent = append(d.HomeSent, r.HomeSent), append(d.Sent, r.Sent)
	d.Watches, d.Hidden = append(d.Watches, bit(cordon.Watches(r.Class))), append(d.Hidden, bit(r.Hidden))
	d.Claimed, d.Mislabelled = append(d.Claimed, bit(r.Claimed)), append(d.Mislabelled, bit(r.Mislabelled))
}

// seconds is a time since 1970, 0 for none.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

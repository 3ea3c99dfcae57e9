package store

import (
	"cmp"
	"encoding/hex"
	"strings"

	"cordon"
)

// deviceSorts are the orders of a list of devices; the id decides where they leave two equal.
var deviceSorts = []string{"id", "site", "department", "class", "maker", "brand", "model", "grade", "findings", "first", "last", "sent", "received", "worst"}

// sortKey is what a line is ordered by: numbers first, then text.
type sortKey struct {
	n, m int64
	text string
}

func (a sortKey) compare(b sortKey) int {
	return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.m, b.m), strings.Compare(a.text, b.text))
}

// sortKeyOf gives the way to the keys of an order.
func sortKeyOf(order string) func(*line) sortKey {
	text := func(f func(*line) string) func(*line) sortKey {
		return func(r *line) sortKey { return sortKey{text: f(r)} }
	}
	number := func(f func(*line) int64) func(*line) sortKey {
		return func(r *line) sortKey { return sortKey{n: f(r)} }
	}
	switch order {
	case "site":
		return text(func(r *line) string { return r.Site })
	case "department":
		return text(func(r *line) string { return r.Department })
	case "class":
		return text(func(r *line) string { return r.Class })
	case "maker":
		return text(func(r *line) string { return r.maker })
	case "brand":
		return text(func(r *line) string { return r.brand })
	case "model":
		return text(func(r *line) string { return r.model })
	case "grade":
		return func(r *line) sortKey { return sortKey{n: letter(r.Grade, 0), m: int64(1000 - r.Score)} }
	case "findings":
		return func(r *line) sortKey { return sortKey{n: int64(r.worst), m: int64(r.Findings)} }
	case "first":
		return number(func(r *line) int64 { return nano(r.First) })
	case "last":
		return number(func(r *line) int64 { return nano(r.Last) })
	case "sent":
		return number(func(r *line) int64 { return int64(r.Sent) })
	case "received":
		return number(func(r *line) int64 { return int64(r.Received) })
	case "worst":
		return worstFirst
	}
	return func(*line) sortKey { return sortKey{} }
}

// worstFirst sorts what sees or hears people first, then by grade, the worst first and what has
// none last, then by score and by address.
func worstFirst(r *line) sortKey {
	k := sortKey{n: 256 - letter(r.Grade, 1), m: int64(r.Score), text: r.address}
	if !cordon.Watches(r.Class) {
		k.n += 512
	}
	return k
}

// letter is the number of a grade, none where there is none.
func letter(grade string, none int64) int64 {
	if grade == "" {
		return none
	}
	return int64(grade[0])
}

// addressText is a device's first address, as text that sorts as addresses of one family do.
func addressText(row *DeviceRow) string {
	if len(row.Addrs) == 0 {
		return ""
	}
	if a := row.Addrs[0]; !a.Is4() {
		return a.StringExpanded()
	}
	a := row.Addrs[0].As4()
	return hex.EncodeToString(a[:])
}

package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"cordon/internal/store"
)

func reports(t *testing.T, s *store.Store) {
	var ids []int64
	for i := range 9 {
		r := store.Report{Kind: []string{"site", "case", "list"}[i%3], Subject: fmt.Sprintf("subject %d", i), Site: []string{"hall", "yard", ""}[i%3], Title: hostile[i], At: monday, By: "root", Body: []byte(strings.Repeat("{}\n", i))}
		id, err := s.PutReport(t.Context(), r)
		must(t, err)
		ids = append(ids, id)
	}
	must(t, s.AddReview(t.Context(), ids[1], store.Review{At: monday, By: "eve", Note: "read\x00"}))
	must(t, s.AddReview(t.Context(), ids[1], store.Review{At: monday, By: "root", Note: "again"}))
	is(t, s.AddReview(t.Context(), 99, store.Review{At: monday, By: "eve", Note: "x"}), store.ErrNotFound)
	is(t, s.AddReview(t.Context(), ids[1], store.Review{At: monday, By: "eve", Note: " "}), store.ErrInvalid)
	got, err := s.Report(t.Context(), ids[1])
	must(t, err)
	same(t, "report", got, store.Report{ID: ids[1], Kind: "case", Subject: "subject 1", Site: "yard", Title: "plain", At: monday, By: "root", Size: 3, Body: []byte("{}\n"),
		Reviews: []store.Review{{At: monday, By: "eve", Note: "read\ufffd"}, {At: monday, By: "root", Note: "again"}}})
	for name, c := range map[string]struct {
		q    store.ReportsQuery
		want int
	}{
		"all": {want: 9}, "kind": {store.ReportsQuery{Kind: "site"}, 3}, "subject": {store.ReportsQuery{Subject: "subject 4"}, 1}, "site": {store.ReportsQuery{Site: "hall"}, 3},
		"sites": {store.ReportsQuery{Sites: []string{"hall", "yard", ""}}, 6}, "no sites": {store.ReportsQuery{Sites: []string{}}, 0},
	} {
		n, last := 0, int64(1<<60)
		for c.q.Page.Limit = 2; ; {
			p, err := s.Reports(t.Context(), c.q)
			must(t, err)
			for _, r := range p.Rows {
				if n++; r.ID >= last || r.Body != nil || r.ID == ids[1] && len(r.Reviews) != 2 {
					t.Fatalf("by %s: %+v", name, r)
				}
				last = r.ID
			}
			if c.q.Page.After = p.Next; p.Next == "" {
				break
			}
		}
		same(t, "by "+name, n, c.want)
	}
	must(t, s.DeleteReport(t.Context(), ids[1]))
	is(t, s.DeleteReport(t.Context(), ids[1]), store.ErrNotFound)
	_, err = s.Report(t.Context(), ids[1])
	is(t, err, store.ErrNotFound)
	_, err = s.PutReport(t.Context(), store.Report{Body: bytes.Repeat([]byte{'x'}, 32<<20+1)})
	is(t, err, store.ErrInvalid)
}

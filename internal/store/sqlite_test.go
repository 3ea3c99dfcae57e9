package store_test

import (
	"database/sql"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, storetest.Maker{Empty: func(t *testing.T) string {
		return filepath.Join(t.TempDir(), "cordon #1?.db")
	}})
}

// TestNewer shows that a store of a later version is left alone.
func TestNewer(t *testing.T) {
	where := filepath.Join(t.TempDir(), "x.db")
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, where, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	_, err = store.Open(t.Context(), where)
	wantError(t, err, store.ErrNewer)
}

// change does to a database what a store never does.
func change(t *testing.T, where, q string) {
	t.Helper()
	db, err := sql.Open("sqlite", where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(q); err != nil {
		t.Fatal(err)
	}
}

// TestCheckCanFail shows Check a fault of each sort.
func TestCheckCanFail(t *testing.T) {
	for name, q := range map[string]string{
		"sum":     "UPDATE topdays SET sent = sent + 1",
		"site":    "UPDATE tops SET sent = sent + 1 WHERE site = 0",
		"contact": "DELETE FROM hourpacks",
		"pack":    "INSERT INTO daypacks (id, body) VALUES (65536, x'0109')",
		"end":     "DELETE FROM ends",
		"country": "INSERT INTO countries VALUES (1, 0, 'XX', 1, 0, 0, 0)",
		"body":    "UPDATE bodies SET body = x'00'",
		"key":     "INSERT INTO comments (alarm, at, who, words) VALUES (77, 0, '', '')",
	} {
		t.Run(name, func(t *testing.T) {
			where := filepath.Join(t.TempDir(), "x.db")
			s, err := store.Open(t.Context(), where)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			at := time.Unix(1e9, 0)
			for _, days := range []int{0, 40} { // in tops, in topdays
				now := at.Add(time.Duration(days) * 24 * time.Hour)
				if err := s.Append(t.Context(), store.Batch{At: now, Contacts: []cordon.Contact{{Device: "cam", Start: now, Sent: 1, Outside: true}}}); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Retain(t.Context(), now.Add(2*time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.PutDevices(t.Context(), []store.Known{{Audited: cordon.Audited{Device: cordon.Device{ID: "cam"}}}}); err != nil {
				t.Fatal(err)
			}
			if wrong, err := s.Check(t.Context()); err != nil || len(wrong) > 0 {
				t.Fatal(err, wrong)
			}
			change(t, where, q)
			if wrong, err := s.Check(t.Context()); err != nil || len(wrong) == 0 {
				t.Fatalf("nothing is said to be wrong (%v)", err)
			}
		})
	}
}

// TestHiddenEnds shows that a far end is forgotten with the only device that knew it, in open
// hours and in ended ones, and that one which others know stays.
func TestHiddenEnds(t *testing.T) {
	where := filepath.Join(t.TempDir(), "x.db")
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	meet := func(at time.Time, device string, far byte) {
		t.Helper()
		c := cordon.Contact{Device: device, Start: at, Far: netip.AddrFrom4([4]byte{203, 0, 113, far}), Outside: true, Sent: 1}
		if err := s.Append(t.Context(), store.Batch{At: at, Contacts: []cordon.Contact{c}}); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Unix(1e9, 0)
	for _, far := range []byte{1, 2} {
		meet(at, "phone", far)
	}
	meet(at, "cam", 2)
	later := at.Add(5 * time.Hour)
	if _, err := s.Retain(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	for _, far := range []byte{1, 2, 3, 4, 5} {
		meet(later, "phone", far)
	}
	meet(later, "cam", 4)
	if err := s.PutDevices(t.Context(), []store.Known{{Audited: cordon.Audited{Device: cordon.Device{ID: "phone"}, Hidden: true}}}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var left string
	if err := db.QueryRow("SELECT group_concat(hex(far), ' ') FROM (SELECT far FROM ends ORDER BY far)").Scan(&left); err != nil || left != "CB007102 CB007104" {
		t.Errorf("far ends left: %s (%v), want those that the camera knows", left, err)
	}
	top, err := s.TopFarEnds(t.Context(), store.TopQuery{})
	if err != nil || len(top.Rows) != 2 || top.Rows[0].Sent != 1 || top.Rows[1].Sent != 1 {
		t.Errorf("sums after hiding: %+v, %v", top.Rows, err)
	}
}

// TestHostsGo shows that hosts without facts go, also where contacts are kept for ever.
func TestHostsGo(t *testing.T) {
	where := filepath.Join(t.TempDir(), "x.db")
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begin := time.Unix(1e9, 0)
	fact := func(far byte, at time.Time) store.Batch {
		return store.Batch{At: at, Frames: [][]byte{{1}}, Facts: []store.Fact{{Addr: netip.AddrFrom4([4]byte{192, 0, 2, far}), Kind: "a.b", First: at.UnixNano(), Last: at.UnixNano(), Count: 1}}}
	}
	later := begin.Add(500 * 24 * time.Hour)
	_, retained := s.Retain(t.Context(), begin)
	if err := errors.Join(retained, s.PutRetention(t.Context(), []store.Keep{{Table: "contacts", Days: 0}}),
		s.Append(t.Context(), fact(1, begin)), s.Append(t.Context(), fact(2, later))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Retain(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var left string
	if err := db.QueryRow("SELECT group_concat(hex(addr), ' ') FROM hosts").Scan(&left); err != nil || left != "C0000202" {
		t.Errorf("hosts left: %s (%v), want the one that was seen of late", left, err)
	}
}

// TestAuditLogStays shows that the database itself refuses to change the audit log.
func TestAuditLogStays(t *testing.T) {
	where := filepath.Join(t.TempDir(), "x.db")
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.AddEntry(t.Context(), cordon.Entry{By: "root", Did: "x"}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"UPDATE entries SET who = 'eve'", "DELETE FROM entries"} {
		if _, err := db.Exec(q); err == nil {
			t.Errorf("%s: was done", q)
		}
	}
	if info, err := os.Stat(where); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the store can be read by others: %v, %v", info.Mode(), err)
	}
}

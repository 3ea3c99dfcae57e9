package store_test

import (
	"database/sql"
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

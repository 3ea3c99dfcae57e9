package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// underneath is a database as somebody sees it who goes round the store.
type underneath struct {
	*sql.DB
	t     *testing.T
	where string
	open  string // lets the audit log be changed
	shut  string
}

func sqliteUnderneath(t *testing.T) underneath {
	where := filepath.Join(t.TempDir(), "x.db")
	return under(t, "sqlite", where, "DROP TRIGGER entries_kept; DROP TRIGGER entries_stay",
		"CREATE TRIGGER entries_kept BEFORE UPDATE ON entries BEGIN SELECT 1; END; CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT 1; END")
}

func postgresUnderneath(t *testing.T) underneath {
	return under(t, "pgx", emptyPostgres(t), "DROP TRIGGER entries_kept ON entries",
		"CREATE TRIGGER entries_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON entries EXECUTE FUNCTION entries_kept()")
}

func under(t *testing.T, driver, where, open, shut string) underneath {
	t.Helper()
	db, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return underneath{db, t, where, open, shut}
}

func (u underneath) do(statements ...string) {
	u.t.Helper()
	for _, q := range statements {
		if _, err := u.Exec(q); err != nil {
			u.t.Fatalf("%s: %v", q, err)
		}
	}
}

// written is a store with an audit log of n entries.
func (u underneath) written(n int) *store.Store {
	u.t.Helper()
	s, err := store.Open(u.t.Context(), u.where)
	if err != nil {
		u.t.Fatal(err)
	}
	u.t.Cleanup(func() { s.Close() })
	for i := range n {
		e := cordon.Entry{At: time.Unix(int64(i), 5), By: "anna", Did: "site.put", About: fmt.Sprint("site ", i), Detail: "ü\x00\xff"}
		if _, err := s.AddEntry(u.t.Context(), e); err != nil {
			u.t.Fatal(err)
		}
	}
	return s
}

func chainTest(t *testing.T, empty func(*testing.T) underneath) {
	for _, c := range []struct{ name, change, want string }{
		{"nothing", "", ""},
		{"a name", "UPDATE entries SET who = 'eve' WHERE id = 3", "breaks at entry 3 "},
		{"a time", "UPDATE entries SET at = at + 1 WHERE id = 5", "breaks at entry 5 "},
		{"a border between fields", "UPDATE entries SET did = 'site.puts', about = 'ite 3' WHERE id = 4", "breaks at entry 4 "},
		{"a hash", "UPDATE entries SET hash = (SELECT hash FROM entries WHERE id = 1) WHERE id = 2", "breaks at entry 2 "},
		{"no hash", "UPDATE entries SET hash = NULL WHERE id = 2", "breaks at entry 2 "},
		{"one taken out", "DELETE FROM entries WHERE id = 4", "breaks at entry 5 "},
		{"the first taken out", "DELETE FROM entries WHERE id = 1", "breaks at entry 2 "},
		{"one put in", "INSERT INTO entries (at, who, did, about, detail, hash) SELECT at, who, did, about, detail, hash FROM entries WHERE id = 6", "breaks at entry 7 "},
		{"the last taken out", "DELETE FROM entries WHERE id = 6", "6 entries were written and 5 are there"},
		{"all taken out", "DELETE FROM entries", "6 entries were written and 0 are there"},
		{"its end forgotten", "DELETE FROM settings", "what was kept of its end is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := empty(t)
			s := u.written(6)
			if c.change != "" {
				u.do(u.open, c.change, u.shut)
			}
			wrong, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(wrong, "\n")
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("it says %q, want %q", said, c.want)
			}
		})
	}
}

// TestChain shows that whatever is changed under the audit log is found, and where.
func TestChain(t *testing.T) { chainTest(t, sqliteUnderneath) }

// TestPostgresChain is the same on PostgreSQL.
func TestPostgresChain(t *testing.T) { chainTest(t, postgresUnderneath) }

func chainEndTest(t *testing.T, u underneath) {
	s := u.written(0)
	if n, hash, err := s.ChainEnd(t.Context()); n != 0 || hash != "" || err != nil {
		t.Errorf("an empty log: %d %q %v", n, hash, err)
	}
	s = u.written(3)
	n, hash, err := s.ChainEnd(t.Context())
	if n != 3 || len(hash) != 64 || err != nil {
		t.Fatalf("%d %q %v", n, hash, err)
	}
	s = u.written(1)
	if has, err := s.ChainHas(t.Context(), hash); !has || err != nil {
		t.Errorf("the end of before is not found: %v", err)
	}
	if has, err := s.ChainHas(t.Context(), strings.Repeat("0", 64)); has || err != nil {
		t.Errorf("a hash that was never given: %v %v", has, err)
	}
	if _, err := s.ChainHas(t.Context(), "abc"); err == nil {
		t.Error("no hash at all")
	}
	p, err := s.Entries(t.Context(), store.EntriesQuery{})
	if err != nil || p.Rows[1].Hash != hash {
		t.Errorf("%+v %v", p.Rows, err)
	}
}

func TestChainEnd(t *testing.T)         { chainEndTest(t, sqliteUnderneath(t)) }
func TestPostgresChainEnd(t *testing.T) { chainEndTest(t, postgresUnderneath(t)) }

// A log that was written before there was a chain is chained as it is found.
func chainOldTest(t *testing.T, u underneath) {
	u.written(3).Close()
	u.do(u.open, "ALTER TABLE entries DROP COLUMN hash", "ALTER TABLE tokens DROP COLUMN sites", u.shut,
		"DELETE FROM settings", "DELETE FROM goose_db_version WHERE version_id >= 6")
	s := u.written(1)
	wrong, err := s.Check(t.Context())
	if err != nil || len(wrong) > 0 {
		t.Errorf("%v %v", wrong, err)
	}
	if n, _, _ := s.ChainEnd(t.Context()); n != 4 {
		t.Errorf("%d entries", n)
	}
	if _, err := u.Exec("UPDATE entries SET who = 'eve'"); err == nil {
		t.Error("the log is open after the migration")
	}
}

func TestChainOld(t *testing.T)         { chainOldTest(t, sqliteUnderneath(t)) }
func TestPostgresChainOld(t *testing.T) { chainOldTest(t, postgresUnderneath(t)) }

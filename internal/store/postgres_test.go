package store_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/store/storetest"

	_ "github.com/jackc/pgx/v5/stdlib"
)

var databases atomic.Int64

// emptyPostgres makes a database in the server that CORDON_POSTGRES names.
func emptyPostgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("CORDON_POSTGRES")
	if server == "" {
		t.Skip("CORDON_POSTGRES is not set: the store is not tested on PostgreSQL (make test-postgres does)")
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	name := fmt.Sprintf("cordon_test_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func TestPostgres(t *testing.T) {
	if os.Getenv("CORDON_POSTGRES") == "" {
		t.Skip("CORDON_POSTGRES is not set: the store is not tested on PostgreSQL (make test-postgres does)")
	}
	storetest.Run(t, storetest.Maker{Empty: emptyPostgres})
}

// TestPostgresAway stops the server under an open store and starts it again.
func TestPostgresAway(t *testing.T) {
	where, ctl := emptyPostgres(t), os.Getenv("CORDON_POSTGRES_CTL")
	if ctl == "" {
		t.Skip("CORDON_POSTGRES_CTL is not set: the server cannot be stopped (make test-postgres does)")
	}
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := store.Batch{Contacts: []cordon.Contact{{Device: "cam", Start: time.Unix(1e9, 0), Sent: 1}}, Frames: [][]byte{{1}}, At: time.Unix(1e9, 0)}
	if err := s.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	control(t, ctl, "stop")
	for range 3 {
		wantError(t, s.Append(t.Context(), b), store.ErrAway)
	}
	if _, err := store.Open(t.Context(), where); err == nil {
		t.Error("a server that is stopped was opened")
	}
	control(t, ctl, "start")
	for range 2 {
		if err := s.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	p, err := s.Contacts(t.Context(), store.ContactsQuery{Device: "cam"})
	if err != nil || len(p.Rows) != 1 || p.Rows[0].Sent != 3 {
		t.Fatalf("after the server came back: %+v, %v", p.Rows, err)
	}
}

func control(t *testing.T, ctl, word string) {
	t.Helper()
	if out, err := exec.Command(ctl, word).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", word, err, out)
	}
}

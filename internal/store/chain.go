package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"cordon"
)

// The audit log is a chain: each entry keeps the hash of the one before and itself. Whoever
// changes, drops or puts in an entry in the middle breaks it there. docs/format/store.md draws
// the bytes, and says what a chain cannot show.

// link is the hash of an entry behind one of hash before (nil: it is the first).
func link(before []byte, when int64, who, did, about, detail string) []byte {
	h := sha256.New()
	var first [sha256.Size]byte
	if before == nil {
		before = first[:]
	}
	h.Write(before)
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(when))
	h.Write(n[:])
	for _, part := range []string{who, did, about, detail} {
		binary.LittleEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// chainEnd is what is kept of the end of the chain apart from it, so that an end that was cut
// off is missed.
type chainEnd struct {
	Entries int64  `json:"entries"`
	Hash    string `json:"hash"` // hexadecimal
}

const chainSetting = "audit.end"

// addEntry adds a line to the audit log, and gives its id.
func (x *tx) addEntry(e *cordon.Entry) (int64, error) {
	var before []byte
	if err := x.row("SELECT hash FROM entries ORDER BY id DESC LIMIT 1").Scan(&before); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	when, who, did, about, detail := nano(e.At), text(e.By), text(e.Did), text(e.About), text(e.Detail)
	hash := link(before, when, who, did, about, detail)
	id, err := x.insert("INSERT INTO entries (at, who, did, about, detail, hash) VALUES (?, ?, ?, ?, ?, ?)", when, who, did, about, detail, hash)
	if err != nil {
		return 0, err
	}
	var end chainEnd
	var b []byte
	switch err := x.row("SELECT value FROM settings WHERE name = ?", chainSetting).Scan(&b); {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return 0, err
	default:
		if err := json.Unmarshal(b, &end); err != nil {
			return 0, fmt.Errorf("end of the audit log's chain: %w", err)
		}
	}
	return id, x.putEnd(end.Entries+1, hash)
}

func (x *tx) putEnd(entries int64, hash []byte) error {
	b, err := json.Marshal(chainEnd{entries, hex.EncodeToString(hash)})
	if err != nil {
		return err
	}
	return x.putSetting(chainSetting, b)
}

// chainOld chains the entries of a store that had none, in the transaction that adds the column,
// and shuts the table again.
func chainOld(ctx context.Context, kind dialect, t *sql.Tx) error {
	hashes := map[int64][]byte{}
	var ids []int64
	rows, err := t.QueryContext(ctx, "SELECT id, at, who, did, about, detail FROM entries ORDER BY id")
	if err != nil {
		return err
	}
	var last []byte
	if err := each(rows, func(r *sql.Rows) error {
		var id, when int64
		var who, did, about, detail string
		err := r.Scan(&id, &when, &who, &did, &about, &detail)
		last = link(last, when, who, did, about, detail)
		hashes[id], ids = last, append(ids, id)
		return err
	}); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := t.ExecContext(ctx, kind.bind("UPDATE entries SET hash = ? WHERE id = ?"), hashes[id], id); err != nil {
			return err
		}
	}
	if len(ids) > 0 {
		b, err := json.Marshal(chainEnd{int64(len(ids)), hex.EncodeToString(last)})
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, kind.bind("INSERT INTO settings (name, value) VALUES (?, ?)"), chainSetting, b); err != nil {
			return err
		}
	}
	_, err = t.ExecContext(ctx, kind.words.Replace("{entries-shut}"))
	return err
}

// chain follows the audit log from its first entry, and says where it is not what was written.
func (c *checker) chain() error {
	var before []byte
	var n int64
	if err := c.ask(func(r *sql.Rows) error {
		var e cordon.Entry
		var when int64
		var hash []byte
		if err := r.Scan(&e.ID, &when, &e.By, &e.Did, &e.About, &e.Detail, &hash); err != nil {
			return err
		}
		if want := link(before, when, e.By, e.Did, e.About, e.Detail); !slices.Equal(want, hash) {
			c.say("audit log: the chain breaks at entry %d (%s, %q by %q): it was changed or put in afterwards, or one before it was taken out", e.ID, at(when).Format("2006-01-02 15:04:05"), e.Did, e.By)
		}
		before = hash // so that each break is told of once
		n++
		return nil
	}, "SELECT id, at, who, did, about, detail, hash FROM entries ORDER BY id"); err != nil {
		return err
	}
	return c.chainEnd(n, before)
}

// chainEnd holds the end of the chain against what was kept of it.
func (c *checker) chainEnd(n int64, hash []byte) error {
	var b []byte
	if err := c.ask(func(r *sql.Rows) error { return r.Scan(&b) }, "SELECT value FROM settings WHERE name = '"+chainSetting+"'"); err != nil {
		return err
	}
	var end chainEnd
	switch {
	case b == nil && n == 0:
		return nil
	case b == nil || json.Unmarshal(b, &end) != nil:
		c.say("audit log: what was kept of its end is gone: entries may have been taken out there")
	case end.Entries != n:
		c.say("audit log: %d entries were written and %d are there", end.Entries, n)
	case end.Hash != hex.EncodeToString(hash):
		c.say("audit log: its last entry is not the one that was written last")
	}
	return nil
}

// ChainEnd gives how many entries the audit log has, and the hash of the last, hexadecimal; empty without
// any. Kept elsewhere, it shows later whether what was written until now is still the same.
func (s *Store) ChainEnd(ctx context.Context) (entries int64, hash string, err error) {
	var b []byte
	err = s.one(ctx, "SELECT (SELECT COUNT(*) FROM entries), hash FROM entries ORDER BY id DESC LIMIT 1", nil, &entries, &b)
	if errors.Is(err, ErrNotFound) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("store: audit log: %w", s.say(err))
	}
	return entries, hex.EncodeToString(b), nil
}

// ChainHas reports whether an entry of the audit log has a hash, hexadecimal: then what was
// written until that entry is what was written then, where Check finds the chain whole.
func (s *Store) ChainHas(ctx context.Context, hash string) (bool, error) {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != sha256.Size {
		return false, fmt.Errorf("store: audit log: %w: a hash has %d hexadecimal digits", ErrInvalid, 2*sha256.Size)
	}
	var n int
	if err := s.one(ctx, "SELECT COUNT(*) FROM entries WHERE hash = ?", []any{b}, &n); err != nil {
		return false, fmt.Errorf("store: audit log: %w", s.say(err))
	}
	return n > 0, nil
}

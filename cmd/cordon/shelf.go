package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"cordon/internal/pack"
)

// shelf is where installed knowledge packs stand, see docs/format/pack.md. What is in force
// is decided by one file, which is replaced by renaming.
type shelf struct{ dir string }

// shelved is what installed.json holds.
type shelved struct {
	Packs []installed `json:"packs"` // the last is in force; those before it are what a rollback goes back to
	Log   []shelfLine `json:"log"`   // oldest first
}

// installed is one pack that was accepted.
type installed struct {
	pack.Manifest
	Public []byte    `json:"public"` // the key that vouched when it was accepted
	File   string    `json:"file"`   // in packs/
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Over   string    `json:"over"`            // the program's own knowledge then
	Older  bool      `json:"older,omitempty"` // accepted although it was older than what there was
}

// shelfLine is one thing that was done.
type shelfLine struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Did     string    `json:"did"` // update or rollback
	From    string    `json:"from"`
	To      string    `json:"to"` // version in force then; empty: the program's own
	Issuer  string    `json:"issuer,omitempty"`
	Key     string    `json:"key,omitempty"`
	Changes int       `json:"changes"` // entries that differ
}

// The bounds of what is kept.
const (
	shelfPacks = 8
	shelfLines = 1000
)

func (s shelf) index() string { return filepath.Join(s.dir, "installed.json") }

// read gives what is installed; nothing was ever installed is no error.
func (s shelf) read() (shelved, error) {
	var out shelved
	text, err := os.ReadFile(s.index())
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return out, fmt.Errorf("installed knowledge: %s: %w", s.index(), err)
	}
	return out, nil
}

// current opens the pack in force; nil where it is the program's own knowledge alone. own is
// its version: a program that has learnt more since needs no older pack.
func (s shelf) current(own string) (*pack.Pack, error) {
	all, err := s.read()
	if err != nil {
		return nil, err
	}
	i := all.inForce(own)
	if i == nil {
		return nil, nil
	}
	p, err := s.open(i)
	if err != nil {
		return nil, fmt.Errorf("installed knowledge %s: %w; go back with cordon knowledge rollback, or install it again", i.Version, err)
	}
	return p, nil
}

// inForce is the pack that counts, or nil.
func (l *shelved) inForce(own string) *installed {
	if len(l.Packs) == 0 {
		return nil
	}
	if i := &l.Packs[len(l.Packs)-1]; pack.Compare(i.Version, own) >= 0 || i.Older && i.Over == own {
		return i
	}
	return nil
}

// open reads an installed pack, which must still be what was accepted.
func (s shelf) open(i *installed) (*pack.Pack, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, "packs", filepath.Base(i.File)))
	if err != nil {
		return nil, err
	}
	return pack.Open(data, func(id string) (ed25519.PublicKey, bool) {
		return i.Public, id == i.Key && len(i.Public) == ed25519.PublicKeySize
	})
}

// change reads what is installed, has it changed and puts the outcome in its place, while
// nobody else does. An error of edit leaves everything as it was.
func (s shelf) change(edit func(*shelved) error) error {
	if err := os.MkdirAll(filepath.Join(s.dir, "packs"), 0o755); err != nil {
		return fmt.Errorf("installed knowledge: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("installed knowledge: %w", err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("installed knowledge: %s is being changed by another cordon: try again when it is done", s.dir)
	}
	all, err := s.read()
	if err != nil {
		return err
	}
	if err := edit(&all); err != nil {
		return err
	}
	all.Packs = all.Packs[max(0, len(all.Packs)-shelfPacks):]
	all.Log = all.Log[max(0, len(all.Log)-shelfLines):]
	text, err := json.MarshalIndent(&all, "", "  ")
	if err != nil {
		return fmt.Errorf("installed knowledge: %w", err)
	}
	if err := replaceFile(s.index(), append(text, '\n'), 0o644); err != nil {
		return err
	}
	s.sweep(&all)
	return nil
}

// put stores the file of a pack and gives its name.
func (s shelf) put(data []byte) (string, error) {
	sum := sha256.Sum256(data)
	name := hex.EncodeToString(sum[:12]) + ".pack"
	return name, replaceFile(filepath.Join(s.dir, "packs", name), data, 0o644)
}

// sweep removes packs that nothing leads back to any more.
func (s shelf) sweep(all *shelved) {
	wanted := map[string]bool{}
	for i := range all.Packs {
		wanted[all.Packs[i].File] = true
	}
	files, _ := os.ReadDir(filepath.Join(s.dir, "packs")) // what cannot be listed cannot be removed
	for _, f := range files {
		if !wanted[f.Name()] {
			os.Remove(filepath.Join(s.dir, "packs", f.Name()))
		}
	}
}

// replaceFile writes a file that is there whole after a crash, or as it was.
func replaceFile(name string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.part")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, reason(err))
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", name, reason(err))
	}
	if d, err := os.Open(filepath.Dir(name)); err == nil { // so that the new name is on the disk too
		d.Sync()
		d.Close()
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"cordon/internal/pack"
	"cordon/knowledge"
)

// openKnowledge gives what the program knows, with the pack that is installed laid over it,
// and over that the owner's own directory. Without either it is shared: do not change it.
func openKnowledge(dir string) (*knowledge.Base, error) {
	shelf, err := usualShelf()
	if err != nil {
		return nil, err
	}
	return knowledgeOf(shelf, dir)
}

// freshKnowledge is the same, loaded anew and the caller's own.
func freshKnowledge(dir string) (*knowledge.Base, error) {
	shelf, err := usualShelf()
	if err != nil {
		return nil, err
	}
	own, err := knowledge.Embedded()
	if err != nil {
		return nil, err
	}
	p, err := shelf.current(own.Version)
	if err != nil {
		return nil, err
	}
	return layered(p, dir)
}

// usualShelf is below the data directory of the usual configuration.
func usualShelf() (shelf, error) {
	c, err := readConfig("")
	if err != nil {
		return shelf{}, err
	}
	return shelfIn(c.places().Data), nil
}

func shelfIn(data string) shelf { return shelf{filepath.Join(data, "knowledge")} }

// knowledgeOf lays the installed pack and the owner's directory over the program's own.
// Where there is neither it is shared: do not change it.
func knowledgeOf(s shelf, dir string) (*knowledge.Base, error) {
	own, err := knowledge.Embedded()
	if err != nil {
		return nil, err
	}
	p, err := s.current(own.Version)
	if err != nil {
		return nil, err
	}
	if p == nil && dir == "" {
		return own, nil
	}
	return layered(p, dir)
}

// layered lays a pack (nil: none) and a directory (empty: none) over the program's own knowledge.
func layered(p *pack.Pack, dir string) (*knowledge.Base, error) {
	layers := []fs.FS{knowledge.Data}
	version := ""
	if p != nil {
		layers, version = append(layers, p.FS()), p.Version
	}
	if dir != "" {
		own, err := ownDirectory(dir)
		if err != nil {
			return nil, err
		}
		layers = append(layers, own)
	}
	k, err := knowledge.Load(layers...)
	if err != nil && dir != "" {
		return nil, fmt.Errorf("--knowledge %s: %w", dir, err)
	}
	if err != nil {
		return nil, err
	}
	if p != nil {
		k.Version = version // a verdict names the pack behind it
	}
	return k, nil
}

// ownDirectory opens the owner's own knowledge.
func ownDirectory(dir string) (fs.FS, error) {
	if st, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("--knowledge: %w", err)
	} else if !st.IsDir() {
		return nil, fmt.Errorf("--knowledge %s: not a directory: give one laid out like the program's own knowledge/", dir)
	}
	return os.DirFS(dir), nil
}

// knowing is the knowledge of a Cordon that stays running: what judges now, and how it
// becomes newer without a restart. It is safe for concurrent use.
type knowing struct {
	shelf shelf
	dir   string // the owner's own, laid over it
	now   atomic.Pointer[knowledge.Base]
	mu    sync.Mutex // one load at a time
	seen  string     // state of the shelf that now was loaded from
}

// newKnowing loads what is installed below a data directory, and the owner's own directory.
func newKnowing(data, dir string) (*knowing, error) {
	k := &knowing{shelf: shelfIn(data), dir: dir}
	_, err := k.Reload()
	return k, err
}

// Base is the knowledge that judges now. It is shared: do not change it.
func (k *knowing) Base() *knowledge.Base { return k.now.Load() }

// Reload loads what is installed anew, at a signal for instance, and reports whether its version
// differs. An error leaves the knowledge as it was.
func (k *knowing) Reload() (changed bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	seen := k.state()
	base, err := knowledgeOf(k.shelf, k.dir)
	if err != nil {
		return false, err
	}
	old := k.now.Swap(base)
	k.seen = seen
	return old != nil && old.Version != base.Version, nil
}

// state changes whenever another pack comes into force.
func (k *knowing) state() string {
	st, err := os.Stat(k.shelf.index())
	if err != nil {
		return ""
	}
	return fmt.Sprint(st.ModTime().UnixNano(), st.Size())
}

// shelfEvery is how soon a running Cordon takes what was installed beside it.
const shelfEvery = 5 * time.Second

// Watch takes what cordon knowledge update and rollback put in force, until ctx ends. told is
// called with the knowledge that judges from then on, or with why it could not be taken.
func (k *knowing) Watch(ctx context.Context, told func(*knowledge.Base, error)) error {
	tick := time.NewTicker(shelfEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			k.look(told)
		}
	}
}

// look is one turn of Watch.
func (k *knowing) look(told func(*knowledge.Base, error)) {
	k.mu.Lock()
	seen, is := k.seen, k.state()
	k.mu.Unlock()
	if seen == is {
		return
	}
	changed, err := k.Reload()
	if err != nil {
		k.mu.Lock()
		k.seen = is // said once
		k.mu.Unlock()
		told(nil, err)
	} else if changed {
		told(k.Base(), nil)
	}
}

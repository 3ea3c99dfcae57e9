package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"cordon/internal/pack"
	"cordon/internal/report"
	"cordon/knowledge"
)

// offer is a knowledge pack that was opened, tried and compared. Nothing of it is in force.
type offer struct {
	data          []byte
	pack          *pack.Pack
	public        []byte
	own           string // version of the program's own knowledge
	force         string // version in force: that, or an installed pack's
	before, after *knowledge.Base
	changes       []knowledge.EntryChange
}

// readPack reads a pack, "-" being standard input, and no more than one may have.
func readPack(name string, stdin io.Reader) ([]byte, error) {
	f, _, err := openInput(name, stdin)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, pack.MaxSize+1))
}

// newOffer opens a pack, holds its knowledge to every check that the program's own is held
// to, and compares it with what is in force. dir is the owner's directory, laid over both.
func newOffer(s shelf, data []byte, t *trust, dir string) (*offer, error) {
	p, err := pack.Open(data, t.of)
	if err != nil {
		return nil, untrusted(err, t)
	}
	own, err := knowledge.Embedded()
	if err != nil {
		return nil, err
	}
	o := &offer{data: data, pack: p, public: t.keys[p.Key].public, own: own.Version, force: own.Version}
	if err := o.holds(own); err != nil {
		return nil, err
	}
	if o.after, err = layered(p, dir); err != nil {
		return nil, fmt.Errorf("the pack holds, but not together with the owner's own knowledge: %w", err)
	}
	if o.before, err = knowledgeOf(s, dir); err != nil {
		return nil, err
	}
	all, err := s.read()
	if err != nil {
		return nil, err
	}
	if i := all.inForce(own.Version); i != nil {
		o.force = i.Version
	}
	o.changes = knowledge.Compare(o.before, o.after)
	return o, nil
}

// untrusted says what to do about a key that nobody put there.
func untrusted(err error, t *trust) error {
	if errors.Is(err, pack.ErrUntrusted) {
		return fmt.Errorf("%w. %s", err, t.help())
	}
	return err
}

// maxProblems is how many problems of a pack are named.
const maxProblems = 10

// holds loads the pack alone over the program's own knowledge and has it checked.
func (o *offer) holds(own *knowledge.Base) error {
	alone, err := layered(o.pack, "")
	if err != nil {
		return fmt.Errorf("refused, the knowledge in it does not load: %w", err)
	}
	known := map[knowledge.Problem]bool{}
	for _, p := range own.Check(heardKinds()...).Problems {
		known[p] = true
	}
	var said []string
	for _, p := range alone.Check(heardKinds()...).Problems {
		if !known[p] {
			said = append(said, p.String())
		}
	}
	if len(said) == 0 {
		return nil
	}
	more := ""
	if n := len(said) - maxProblems; n > 0 {
		said, more = said[:maxProblems], fmt.Sprintf("\n  and %d more", n)
	}
	return fmt.Errorf("refused, the knowledge in it does not hold:\n  %s%s", report.Clean(strings.Join(said, "\n  ")), more)
}

// stale says why the pack should not be installed without a word: it is not newer.
func (o *offer) stale() error {
	switch c := pack.Compare(o.pack.Version, o.force); {
	case c < 0:
		return fmt.Errorf("the pack is of %s, what is in force of %s: to go back to it all the same, say --older", o.pack.Version, o.force)
	case c == 0 && len(o.changes) > 0 && o.force != o.own:
		return fmt.Errorf("another pack of %s is in force, with other content; its issuer should number them (%s.1, %s.2): to take this one all the same, say --older", o.force, o.force, o.force)
	}
	return nil
}

// known reports whether the pack is in force already.
func (o *offer) known() bool { return len(o.changes) == 0 && o.force == o.pack.Version }

// accept puts the pack in force.
func (o *offer) accept(s shelf, by string, older bool) error {
	return s.change(func(all *shelved) error {
		if i := all.inForce(o.own); i != nil && i.Version != o.force {
			return fmt.Errorf("meanwhile %s was installed: look again", i.Version)
		}
		file, err := s.put(o.data)
		if err != nil {
			return err
		}
		now := time.Now().UTC().Truncate(time.Second)
		brief := o.pack.Manifest
		brief.Files = nil // the pack itself lists them
		all.Packs = append(all.Packs, installed{Manifest: brief, Public: o.public, File: file, At: now, By: by, Over: o.own, Older: older})
		all.Log = append(all.Log, shelfLine{At: now, By: by, Did: "update", From: o.force, To: o.pack.Version, Issuer: o.pack.Issuer, Key: o.pack.Key, Changes: len(o.changes)})
		return nil
	})
}

// whoRuns names the person at the command line, for the history.
func whoRuns() string {
	name := os.Getenv("SUDO_USER")
	if name == "" {
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	return fmt.Sprintf("%s (uid %d)", report.Clean(name), os.Getuid())
}

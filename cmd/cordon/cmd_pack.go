package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cordon/internal/pack"
	"cordon/internal/report"
	"cordon/knowledge"
)

type knowledgePackCmd struct {
	Dir    string `arg:"" help:"Knowledge laid out like the program's own: lists/, makers/, clouds/, weaknesses/, makers.toml and so on; only what is new."`
	Output string `short:"o" required:"" placeholder:"FILE" help:"The pack to write."`
	Key    string `required:"" placeholder:"FILE.key" help:"Your private key, made by cordon knowledge key."`
	Issuer string `required:"" help:"Who answers for it, as the owners of the boxes know you."`
	Note   string `help:"Why it was made, in a line."`
	As     string `placeholder:"VERSION" help:"YYYY-MM-DD, or YYYY-MM-DD.2 for a second one of a day. Without it, DIR/VERSION, else today."`
}

// Help is what the command's --help adds.
func (c *knowledgePackCmd) Help() string {
	return "The knowledge is loaded and checked before it is signed. An entry replaces the one of the same id that a box has; a list is replaced whole."
}

func (c *knowledgePackCmd) Run(e *env) error {
	text, err := os.ReadFile(c.Key)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	key, err := pack.ParsePrivate(text)
	if err != nil {
		return fmt.Errorf("--key %s: %w", c.Key, err)
	}
	dir, err := ownDirectory(c.Dir)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "--knowledge: "))
	}
	now := time.Now()
	m := pack.Manifest{Version: c.As, Made: now, Issuer: c.Issuer, Note: c.Note}
	if m.Version == "" {
		m.Version = versionOf(dir, now)
	}
	data, err := pack.Make(dir, m, key)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	p, err := tryPack(data, key)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	if err := toOutput(c.Output, e.stdout, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "cordon: %s: version %s, %s, %d bytes, signed by key %s\n", shown(c.Output), p.Version, report.Plural(len(p.Files), "file"), len(data), p.Key)
	return err
}

// versionOf is what a directory says of itself, else the day.
func versionOf(dir fs.FS, now time.Time) string {
	if text, err := fs.ReadFile(dir, "VERSION"); err == nil {
		return strings.TrimSpace(string(text))
	}
	return now.UTC().Format(time.DateOnly)
}

// tryPack does with a new pack what every box will do with it.
func tryPack(data []byte, key ed25519.PrivateKey) (*pack.Pack, error) {
	public := key.Public().(ed25519.PublicKey)
	p, err := pack.Open(data, func(string) (ed25519.PublicKey, bool) { return public, true })
	if err != nil {
		return nil, err
	}
	own, err := knowledge.Embedded()
	if err != nil {
		return nil, err
	}
	return p, (&offer{pack: p}).holds(own)
}

type knowledgeKeyCmd struct {
	Name string `arg:"" optional:"" default:"cordon-knowledge" help:"NAME.key and NAME.pub are written; it may begin with a directory."`
}

// Help is what the command's --help adds.
func (c *knowledgeKeyCmd) Help() string {
	return "NAME.key signs packs: keep it secret, best on a machine without a network. NAME.pub goes to every box that shall take them, into keys/ beside its configuration; compare the key id by another way."
}

func (c *knowledgeKeyCmd) Run(e *env) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	secret, err := pack.EncodePrivate(private)
	if err != nil {
		return err
	}
	open, err := pack.EncodePublic(public)
	if err != nil {
		return err
	}
	if err := newFile(c.Name+".key", secret, 0o600); err != nil {
		return err
	}
	if err := newFile(c.Name+".pub", open, 0o644); err != nil {
		return err
	}
	name := filepath.Base(c.Name)
	_, err = fmt.Fprintf(e.stdout, `Key %s
  %s.key  signs: keep it secret, best on a machine without a network
  %s.pub  goes to every box that shall trust it, for instance
           install -D -m 644 %s.pub %s
To sign:   cordon knowledge pack DIR -o FILE.pack --key %s.key --issuer "WHO YOU ARE"
To take:   cordon knowledge update FILE.pack
`, pack.KeyID(public), c.Name, c.Name, c.Name, filepath.Join(readTrust(usualConfig()).dirs[0], name+".pub"), c.Name)
	return err
}

// newFile writes a file that must not be there yet.
func newFile(name string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"cordon/internal/pack"
	"cordon/internal/prove"
	"cordon/internal/report"
)

type verifyCmd struct {
	Files []string `arg:"" help:"Files that cordon report wrote."`
	Key   string   `placeholder:"KEY" help:"Whose signature it has to be: the fingerprint, or a file of cordon key."`
}

// Help is what cordon verify --help adds.
func (c *verifyCmd) Help() string {
	return `Needs no network and no running Cordon. A signature that holds shows that the file is what a box with this key wrote, and nothing more: not that what it says is true, and not whose box it is. Compare the fingerprint with the one that "cordon key" prints on the box, by another way than the file came, and give it with --key.

Exit codes: 0 every signature holds (and is by --key), 1 one does not, 2 could not run.`
}

// maxSigned is the largest file that is looked at, in bytes.
const maxSigned = 256 << 20

func (c *verifyCmd) Run(e *env) error {
	is, err := c.expected()
	if err != nil {
		return err
	}
	bad := false
	for _, name := range c.Files {
		file, err := readSigned(name)
		if err != nil {
			return err
		}
		s, err := prove.Open(file)
		switch {
		case err != nil:
			bad = true
			fmt.Fprintf(e.stdout, "%s: %v\n", shown(name), err)
			continue
		case !is(s.Key):
			bad = true
			fmt.Fprintf(e.stdout, "%s: signed, but by another key than the one that you named: %s\n", shown(name), prove.Fingerprint(s.Key))
			continue
		}
		c.tell(e.stdout, name, s)
	}
	if bad {
		return errFindings
	}
	return nil
}

// tell says what a signature that holds shows.
func (c *verifyCmd) tell(w io.Writer, name string, s *prove.Signed) {
	sum := sha256.Sum256(s.Document)
	fmt.Fprintf(w, "%s: the signature holds\n  key     %s\n", shown(name), prove.Fingerprint(s.Key))
	if s.Form == prove.JSON {
		fmt.Fprintf(w, "  record  SHA-256 %s (the page made of it names this)\n", hex.EncodeToString(sum[:]))
		if d, err := report.DecodeDocument(s.Document); err == nil {
			fmt.Fprintf(w, "  says    %s, made %s UTC by %s\n", report.Clean(d.Title), d.Made.UTC().Format("2006-01-02 15:04"), report.Clean(d.By))
		}
	}
	fmt.Fprintln(w, "  It shows only that a box with this key said so, and that nobody changed it since. It does not show that it is true.")
	if c.Key == "" {
		fmt.Fprintln(w, "  Whose key that is, only the owner of the box can tell: compare it with what cordon key prints there.")
	}
}

// expected reads --key: what a key has to be.
func (c *verifyCmd) expected() (func(ed25519.PublicKey) bool, error) {
	if c.Key == "" {
		return func(ed25519.PublicKey) bool { return true }, nil
	}
	text, err := os.ReadFile(c.Key)
	if err != nil { // no file: a fingerprint
		return func(k ed25519.PublicKey) bool { return prove.SameFingerprint(k, c.Key) }, nil
	}
	key, err := pack.ParsePublic(text)
	if err != nil {
		return nil, fmt.Errorf("--key %s: %w", shown(c.Key), err)
	}
	return func(k ed25519.PublicKey) bool { return k.Equal(key) }, nil
}

func readSigned(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSigned+1))
	if err == nil && len(b) > maxSigned {
		err = errors.New("too large for a report")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(name), err)
	}
	return b, nil
}

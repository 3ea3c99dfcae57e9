package main

import (
	"errors"
	"fmt"
	"os"

	"cordon/internal/store"
)

type backupCmd struct {
	storeFlags
	File string `arg:"" help:"Where to. It must not exist."`
}

// Help is what cordon backup --help adds.
func (c *backupCmd) Help() string {
	return `Copies the whole store into one file, also while Cordon runs: the copy is as of one moment. It holds what devices said, the tokens' hashes and the audit log: keep it as you keep the store. The instance's key (instance.key beside the store) is copied beside it, as FILE.key: without it, identifiers hash otherwise after a restore; and so is the key that reports are signed with, as FILE.signing.`
}

func (c *backupCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	s, err := openStore(e.ctx, conf)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Backup(e.ctx, c.File); err != nil {
		return err
	}
	if err := errors.Join(copyKey(conf.places().key(), c.File+".key"), copyKey(conf.places().signing(), c.File+".signing")); err != nil {
		return err
	}
	st, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s: %.1f MiB, and the key in %s.key\n", c.File, float64(st.Size())/(1<<20), c.File)
	return nil
}

// copyKey copies a key of the instance, readable by its owner alone.
func copyKey(from, to string) error {
	key, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil // a store that was never run with
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, key, 0o600)
}

type restoreCmd struct {
	storeFlags
	File    string `arg:"" help:"What cordon backup wrote."`
	Replace bool   `help:"Put it in the place of a store that is there. That one is gone then."`
}

// Help is what cordon restore --help adds.
func (c *restoreCmd) Help() string {
	return `Puts a backup in the place of the store. Stop Cordon first. A store that is there is not touched unless you say --replace.`
}

func (c *restoreCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if running(conf.Socket) {
		return fmt.Errorf("a Cordon runs (it answers on %s): stop it first", conf.Socket)
	}
	if err := os.MkdirAll(conf.Data, 0o750); err != nil {
		return err
	}
	if err := store.Restore(e.ctx, c.File, conf.Database, c.Replace); err != nil {
		return err
	}
	if err := errors.Join(copyKey(c.File+".key", conf.places().key()), copyKey(c.File+".signing", conf.places().signing())); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s is back as it was in %s\n", conf.Data, c.File)
	return nil
}

type checkCmd struct {
	storeFlags
	Chain string `placeholder:"HASH" help:"Also look whether the audit log still has the entry of this hash, which an earlier check printed."`
}

// Help is what cordon check --help adds.
func (c *checkCmd) Help() string {
	return `Looks whether the store is whole: what the database itself can check, and what Cordon promises about its tables, and that nobody changed the audit log afterwards: each entry keeps a hash over the one before. Keep the last hash, which is printed, elsewhere: --chain says later whether what was written until then still stands. Changes nothing, and may be run while Cordon runs.

Exit codes: 0 whole, 2 not whole.`
}

func (c *checkCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	s, err := openStore(e.ctx, conf)
	if err != nil {
		return err
	}
	defer s.Close()
	wrong, err := s.Check(e.ctx)
	if err != nil {
		return err
	}
	for _, w := range wrong {
		fmt.Fprintln(e.stdout, w)
	}
	if len(wrong) > 0 {
		return errors.New("the store is not whole: restore a backup, or keep the file and ask for help")
	}
	fmt.Fprintln(e.stdout, "the store is whole")
	return c.chain(e, s)
}

// chain says where the audit log ends, and whether it still has what it had.
func (c *checkCmd) chain(e *env, s *store.Store) error {
	if c.Chain != "" {
		has, err := s.ChainHas(e.ctx, c.Chain)
		if err != nil {
			return err
		}
		if !has {
			return errors.New("the audit log has no entry of that hash: it was written anew, or the hash is another store's")
		}
		fmt.Fprintln(e.stdout, "the audit log still has that entry, and all before it")
	}
	n, hash, err := s.ChainEnd(e.ctx)
	if err == nil && n > 0 {
		fmt.Fprintf(e.stdout, "the audit log has %d entries; the last has the hash %s\n", n, hash)
	}
	return err
}

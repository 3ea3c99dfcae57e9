package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrExists is for files and stores that would be overwritten.
var ErrExists = errors.New("there is something already: take another name, or say that it may be overwritten")

// Backup writes the store as it is at one moment to a new file, readable by its owner alone,
// while others read and write. Of SQLite it is a SQLite database, of PostgreSQL an archive (a
// zip, docs/format/store.md). ErrExists when there is such a file; what is begun and fails is
// taken away.
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("store: backup %s: %w", file, errors.Join(err, ErrExists))
	}
	part := file + ".part"
	err := newFile(part)
	if err == nil {
		write := s.copyFile
		if s.kind.name == "postgres" {
			write = s.writeArchive
		}
		if err = write(ctx, part); err == nil {
			err = settle(part, file)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}
	if err != nil {
		return fmt.Errorf("store: backup %s: %w", file, s.say(err))
	}
	return nil
}

// newFile makes an empty file, readable by its owner alone.
func newFile(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w (%s)", ErrExists, name)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// settle makes sure that a file is on the disk, then gives it its name.
func settle(part, file string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(part, file)
}

// copyFile has SQLite write a copy. It has a connection of its own: the writing one is needed.
func (s *Store) copyFile(ctx context.Context, part string) error {
	db, err := sql.Open("sqlite", sqliteName(s.where, false))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", part) // which may be an empty file: https://www.sqlite.org/lang_vacuum.html
	return err
}

// Restore makes a store at where out of a file that Backup wrote, and brings it up to date. The
// store must not be open: ErrHeld when a running Cordon holds it. ErrExists when there is a store
// with anything in it, unless overwrite; what was there is then gone. The file must be of the
// same kind of database.
func Restore(ctx context.Context, file, where string, overwrite bool) error {
	restore := restoreFile
	if isPostgres(where) {
		restore = restoreArchive
	}
	held, err := holdFreely(ctx, where)
	if err == nil {
		err = errors.Join(restore(ctx, file, where, overwrite), held.Close())
	}
	if err != nil {
		return fmt.Errorf("store: restore %s: %w", shown(where), (&Store{}).say(err))
	}
	return nil
}

// restoreFile copies a SQLite database, after a look at it.
func restoreFile(ctx context.Context, file, where string, overwrite bool) error {
	if _, err := os.Stat(file); err != nil {
		return err
	}
	if info, err := os.Stat(where); err == nil && info.Size() > 0 && !overwrite {
		return ErrExists
	}
	part := where + ".part"
	if err := newFile(part); err != nil {
		return err
	}
	if err := (&Store{where: file}).copyFile(ctx, part); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	s, err := Open(ctx, part)
	if err == nil {
		var wrong []string
		if wrong, err = s.Check(ctx); err == nil && len(wrong) > 0 {
			err = fmt.Errorf("%w: the backup is damaged: %s", ErrInvalid, wrong[0])
		}
		err = errors.Join(err, s.Close())
	}
	if err != nil {
		return errors.Join(err, removeStore(part))
	}
	if err := removeStore(where); err != nil {
		return err
	}
	return settle(part, where)
}

// removeStore removes a SQLite database with what lies beside it.
func removeStore(name string) error {
	var all error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(name + suffix); !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

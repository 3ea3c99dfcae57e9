package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"time"
)

// statementLine is one line of the audit log: who said what about which networks.
type statementLine struct {
	At       time.Time `json:"at"`
	User     string    `json:"user"`
	Command  string    `json:"command"`
	Networks string    `json:"networks"`
	Said     string    `json:"said"`
}

// logStatement adds to the audit log of this user, a file that is only ever appended to. What
// cannot be logged is not done.
func logStatement(command, networks, said string) error {
	dir, err := stateDir()
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "audit.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	b, err := json.Marshal(statementLine{time.Now().UTC(), userName(), command, networks, said})
	if err == nil {
		_, err = f.Write(append(b, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	if shut := f.Close(); err == nil {
		err = shut
	}
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint("uid ", os.Getuid())
}

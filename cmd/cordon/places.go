package main

import (
	"cmp"
	"os"
	"path/filepath"
)

// places are where a Cordon that stays running keeps its things.
type places struct {
	Data   string // the store, keys, carved files
	Run    string // sockets; made anew at every start
	Socket string // where the commands ask
}

// whereItIs gives the places of the user: the system's for root, one's own otherwise. The
// directories need not exist. A variable of the environment that systemd sets for a unit
// (STATE_DIRECTORY, RUNTIME_DIRECTORY: systemd.exec(5)) comes first.
func whereItIs() places {
	p := places{Data: os.Getenv("STATE_DIRECTORY"), Run: os.Getenv("RUNTIME_DIRECTORY")}
	if os.Geteuid() == 0 {
		p.Data, p.Run = cmp.Or(p.Data, "/var/lib/cordon"), cmp.Or(p.Run, "/run/cordon")
	} else {
		p.Data, p.Run = cmp.Or(p.Data, ownState()), cmp.Or(p.Run, ownRun())
	}
	p.Socket = cmp.Or(os.Getenv("CORDON_SOCKET"), filepath.Join(p.Run, "cordon.sock"))
	return p
}

// ownState is the user's directory for what programs keep (XDG Base Directory 0.8).
func ownState() string {
	home, _ := os.UserHomeDir()
	return filepath.Join(cmp.Or(os.Getenv("XDG_STATE_HOME"), filepath.Join(home, ".local", "state")), "cordon")
}

// ownRun is the user's directory for sockets, or below the data where the system has none.
func ownRun() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "cordon")
	}
	return filepath.Join(ownState(), "run")
}

package api

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"

	"cordon/internal/people"
)

// person is who asks. The zero person is nobody and may do nothing.
type person struct {
	name    string         // for the audit log: "root (uid 0)", "token camera-import", "kim (person 3)"
	role    people.Role    // empty: nobody
	sites   []string       // that he is held to; nil: all
	account *people.Person // who is logged in; nil for tokens and on the unix socket
	session people.Session // by which he is

	still func(context.Context) bool // whether he may still be here; nil: as long as he stays
}

// feeds is the role of tokens that fetch block lists, and may do nothing else. No account has it.
const feeds people.Role = "feed"

// roleOf reads the role of a token: those of earlier versions had scopes. Empty: none.
func roleOf(word string) people.Role {
	switch word {
	case "read":
		return people.Viewer
	case "write":
		return people.Operator
	case "admin":
		return people.Owner
	case string(feeds):
		return feeds
	}
	if r := people.Role(word); r.Valid() {
		return r
	}
	return ""
}

type personKey struct{}
type peerKey struct{}

// personOf gives who asks, nobody where that was never established.
func personOf(ctx context.Context) person {
	p, _ := ctx.Value(personKey{}).(person)
	return p
}

// by names who asks, for the audit log and for what is kept beside a decision.
func by(ctx context.Context) string { return personOf(ctx).name }

// known puts the peer of a unix socket into the context of its requests: see http.Server.ConnContext.
func known(ctx context.Context, c net.Conn) context.Context {
	if l, limited := c.(*counted); limited {
		c = l.Conn
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ctx
	}
	p, err := peer(u)
	if err != nil {
		return ctx // nobody: a token is needed
	}
	return context.WithValue(ctx, peerKey{}, p)
}

// peer asks the kernel who opened the connection (unix(7), SO_PEERCRED). Root and whoever
// runs this process are owners; who else could open the socket is in its group, and a viewer.
func peer(c *net.UnixConn) (person, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return person{}, err
	}
	var cred *unix.Ucred
	if cerr := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); cerr != nil {
		return person{}, cerr
	}
	if err != nil {
		return person{}, err
	}
	return local(cred.Uid, uint32(os.Geteuid())), nil
}

// local is somebody on this machine, as seen by a process of uid own.
func local(uid, own uint32) person {
	role := people.Viewer
	if uid == 0 || uid == own {
		role = people.Owner
	}
	name := "uid " + strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
		name = u.Username + " (" + name + ")"
	}
	return person{name: name, role: role}
}

// fromSocket gives who asks over the unix socket; false for any other way.
func fromSocket(r *http.Request) (person, bool) {
	p, ok := r.Context().Value(peerKey{}).(person)
	return p, ok
}

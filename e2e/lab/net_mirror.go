package lab

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// MirrorPort is the operator's interface that shows what passes the wire, where a lab has one
// (Config.Mirror): what a switch sends to a port that is set to mirror all others.
const MirrorPort = "mirror0"

// mirrorEnd is the lab's end of that cable.
const mirrorEnd = "mirror"

// mirror sends copies of frames to the operator.
type mirror struct {
	fd int
	to unix.SockaddrLinklayer
}

// newMirror lays the cable and opens its lab end. Neither end has an address.
func newMirror(wire, oper *space) (*mirror, error) {
	oper.sysctl("ipv6.conf.default.disable_ipv6", "1") // nothing of its own is to be said there
	err := cable(end{in: wire, name: mirrorEnd}, end{in: oper, name: MirrorPort})
	oper.sysctl("ipv6.conf.default.disable_ipv6", "0")
	if err != nil {
		return nil, err
	}
	m := &mirror{fd: -1}
	err = wire.do(func() error {
		eth, err := net.InterfaceByName(mirrorEnd)
		if err != nil {
			return err
		}
		m.to.Ifindex = eth.Index
		m.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0: it hears nothing
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("mirror: %w", err)
	}
	return m, nil
}

// send copies one frame. One that does not pass is lost, as with a real mirror.
func (m *mirror) send(frame []byte) { unix.Sendto(m.fd, frame, 0, &m.to) }

func (m *mirror) close() { unix.Close(m.fd) }

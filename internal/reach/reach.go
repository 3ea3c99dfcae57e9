// Package reach is the one door to devices: every connection, datagram and frame that
// Cordon sends to a device goes through a Door, which asks the Scope whether it may,
// waits for the Pace, and keeps the lock-out Budget of accounts on disk. It promises
// that nothing leaves for an address outside the scope, whatever a device says, and that
// the pace holds in any tenth of a second (docs/design/scan.md, S1 to S4). It knows no
// protocol above TCP, UDP and ARP: what to ask is left to find and ask, whom to scan.
package reach

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ErrOutside is wrapped by every refusal to send to an address that is not in the scope.
var ErrOutside = errors.New("outside the named networks")

// ErrClosed is wrapped by what is tried on a Door or a part of it after Close.
var ErrClosed = os.ErrClosed

// Refused reports whether an error of Dial, Read or Write says that the other side sent a reset:
// the host is alive, nobody listens there or it has had enough of us.
func Refused(err error) bool {
	return errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ECONNRESET)
}

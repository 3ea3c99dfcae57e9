package reach

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// Dial connects by TCP to an address in the scope, after waiting for the pace. It fails with
// ErrOutside, the context's error, or what the kernel says (errors.Is syscall.ECONNREFUSED).
// The connection pays the pace for what it writes and acknowledges, so Write and Read may
// wait; a deadline of the context ends Read and Write too. Close ends it in the orderly way
// without making the caller wait.
func (d *Door) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}

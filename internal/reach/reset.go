package reach

import (
	"context"
	"net/netip"

	"cordon"
)

// reset is one owed to a port that answered that it is open.
type reset struct {
	mac cordon.MAC
	to  netip.AddrPort
}

// reset sends the resets that are owed, each paid to the pace, so that nobody keeps a
// half-open connection for us. At the end of Raw it sends the rest, unless that takes too long.
func (r *Raw) reset(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-r.resets:
			_ = r.sendReset(ctx, o) // lost at worst: the host lets go of it by itself
			continue
		case <-r.ending:
		}
		select {
		case o := <-r.resets:
			_ = r.sendReset(ctx, o)
		default:
			return
		}
	}
}

func (r *Raw) sendReset(ctx context.Context, o reset) error {
	a := o.to.Addr()
	h, err := r.towards(ctx, a, o.mac) // asks the scope once more: an answer must not be able to steer us
	if err != nil {
		return err
	}
	if r.port.kernel { // it was sent; it is paid all the same
		return r.door.send(ctx, 1, func() error { return nil })
	}
	seq := uint32(r.cookie(a, o.to.Port())) + 1
	return r.door.send(ctx, 1, func() error {
		return r.write(ctx, h.tcp(r.port.number, o.to.Port(), seq, flagRST))
	})
}

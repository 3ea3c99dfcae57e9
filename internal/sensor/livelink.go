package sensor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// link is a network interface as a ring needs it.
type link struct {
	name     string
	index    int
	loopback bool
}

// errLink says that an interface cannot be listened on for now.
var errLink = errors.New("nothing can be heard")

// findLink looks for an interface that is up.
func findLink(name string) (link, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return link{}, fmt.Errorf("%w: there is no interface %s; it is listened on as soon as there is", errLink, name)
	}
	if i.Flags&net.FlagUp == 0 {
		return link{}, fmt.Errorf("%w: interface %s is down; say: ip link set %s up", errLink, name, name)
	}
	return link{name: name, index: i.Index, loopback: i.Flags&net.FlagLoopback != 0}, nil
}

// lookAgain is how long to wait for news of a link that may have been missed.
const lookAgain = 10 * time.Second

// awaitLink returns when something may have changed about an interface that findLink did not
// find: when the kernel tells of a link, ctx is done, or some seconds passed. look is called
// once the kernel's news are listened to, so that nothing is missed between.
func awaitLink(ctx context.Context, name string, look func() bool) {
	ctx, cancel := context.WithTimeout(ctx, lookAgain)
	defer cancel()
	news := make(chan netlink.LinkUpdate, 16)
	done := make(chan struct{})
	defer close(done)
	if err := netlink.LinkSubscribe(news, done); err != nil {
		news = nil // the time limit still holds
	}
	if look() {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case u, ok := <-news:
			if !ok {
				news = nil
				continue
			}
			if u.Attrs().Name == name && u.Header.Type == unix.RTM_NEWLINK {
				return
			}
		}
	}
}

// carrier reports whether a link has a cable, or what stands for one.
func carrier(index int) bool {
	i, err := net.InterfaceByIndex(index)
	return err != nil || i.Flags&net.FlagRunning != 0
}

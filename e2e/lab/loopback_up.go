package lab

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

// loopbackUp makes sure that loopback addresses can be used. In a fresh `unshare -Urn` the interface
// is down; there it is the caller's own, and is switched on.
func loopbackUp() error {
	lo, err := netlink.LinkByName("lo")
	if err == nil && lo.Attrs().Flags&net.FlagUp == 0 {
		err = netlink.LinkSetUp(lo)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("lab: the loopback interface is down and cannot be switched on: %w", err), ErrPermission)
	}
	return nil
}

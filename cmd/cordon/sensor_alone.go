package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"strings"
	"syscall"
	"time"
)

// alone waits until no other sensor brings the same interfaces to the same place: one whose
// keeper was killed may still tell its last flows, and what two hear counts twice. The listener
// holds the place until it is closed, or the process is gone, however that ends.
func (c *sensorCmd) alone(ctx context.Context) (net.Listener, error) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s", c.To, strings.Join(c.Interface, "\x00"))
	name := fmt.Sprintf("@cordon-sensor-%x", h.Sum64()) // an abstract socket, of this network namespace (unix(7))
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		l, err := net.Listen("unix", name)
		if !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-look.C:
		}
	}
}

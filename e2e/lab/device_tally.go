package lab

import "sync/atomic"

// tally counts what is done to a device, apart from log-ins.
type tally struct{ connections, requests, datagrams, reboots atomic.Int64 }

func (t *tally) reboot() { t.reboots.Add(1) }

func (t *tally) counters() Counters {
	return Counters{
		Connections: int(t.connections.Load()), Requests: int(t.requests.Load()),
		Datagrams: int(t.datagrams.Load()), Reboots: int(t.reboots.Load()),
	}
}

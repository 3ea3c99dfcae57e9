package assess

import "cordon"

// thing reports whether the device is known to be a thing rather than a person's or the network's own.
func (in *In) thing() bool { return in.class() != cordon.ClassUnknown && in.suspect() }

// suspect reports whether what is damning in itself counts: for all but people's devices,
// routers and servers, so also for what could not be told.
func (in *In) suspect() bool {
	switch in.class() {
	case cordon.ClassRouter, cordon.ClassServer, cordon.ClassComputer, cordon.ClassPhone:
		return false
	}
	return true
}

func (in *In) class() string { return in.Device.Identity.Class.Value }

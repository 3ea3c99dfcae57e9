package watch

import "cordon"

// thing reports whether the device is known to be one whose every call outside is worth a
// finding: not a person's own, not the network's, and not one of which the class is unknown.
func (in *In) thing() bool {
	return in.class() != cordon.ClassUnknown && in.suspect()
}

// suspect reports whether conduct that is damning in itself is worth a finding: for anything
// but people's own devices, routers and servers, so also for what could not be told.
func (in *In) suspect() bool {
	switch class := in.class(); class {
	case cordon.ClassRouter, cordon.ClassServer:
		return false
	default:
		return !cordon.Personal(class)
	}
}

func (in *In) class() string { return in.Device.Identity.Class.Value }

package assess

import "cordon"

// thing reports whether the device is known to be a thing rather than a person's or the network's own.
func (in *In) thing() bool { return cordon.Thing(in.class()) }

// suspect reports whether what is damning in itself counts against it.
func (in *In) suspect() bool { return cordon.Suspect(in.class()) }

func (in *In) class() string { return in.Device.Identity.Class.Value }

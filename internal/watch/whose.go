package watch

import "cordon"

// thing reports whether the device's every call outside is worth a finding.
func (in *In) thing() bool { return cordon.Thing(in.class()) }

// suspect reports whether conduct that is damning in itself is worth a finding.
func (in *In) suspect() bool { return cordon.Suspect(in.class()) }

func (in *In) class() string { return in.Device.Identity.Class.Value }

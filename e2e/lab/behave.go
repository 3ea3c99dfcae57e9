package lab

import (
	"fmt"
	"slices"
)

// Behaviour is something that a device does beside its work; it can be switched on and off.
type Behaviour string

// The behaviours.
const (
	FactoryPassword Behaviour = "factory-password" // the password it left the factory with
	SlowLoris       Behaviour = "slow-loris"       // web answers come a byte at a time
	EndlessBody     Behaviour = "endless-body"     // web pages never end
	WrongLength     Behaviour = "wrong-length"     // Content-Length says another length
	Garbage         Behaviour = "garbage"          // random bytes for an answer
	HalfHeader      Behaviour = "half-header"      // the answer stops in its header
	HostileXML      Behaviour = "hostile-xml"      // XML with entities that grow and depth without end
	HostileJSON     Behaviour = "hostile-json"     // JSON nested without end
	RedirectAway    Behaviour = "redirect-away"    // web pages redirect to another host
	XAddrAway       Behaviour = "xaddr-away"       // ONVIF says that its services are elsewhere
	LocationAway    Behaviour = "location-away"    // SSDP says that its description is elsewhere
	AddressAway     Behaviour = "address-away"     // SADP and its like name another host's address
	Reboot          Behaviour = "reboot"           // restarts while it is being asked
	CallHome        Behaviour = "call-home"        // speaks to its cloud
	Trickle         Behaviour = "trickle"          // sends video to the outside, slowly
	Fetch           Behaviour = "fetch"            // fetches firmware in the clear
	DHCPClient      Behaviour = "dhcp"             // asks for an address
)

// Behaviours lists all of them.
func Behaviours() []Behaviour {
	return []Behaviour{
		FactoryPassword, SlowLoris, EndlessBody, WrongLength, Garbage, HalfHeader, HostileXML, HostileJSON,
		RedirectAway, XAddrAway, LocationAway, AddressAway, Reboot, CallHome, Trickle, Fetch, DHCPClient,
	}
}

// behave switches on what the model always does, and by the seed what it may do.
func (d *Device) behave() error {
	for _, b := range d.model.Behaves {
		if !slices.Contains(Behaviours(), Behaviour(b)) {
			return fmt.Errorf("unknown behaviour %q", b)
		}
		d.options[Behaviour(b)] = true
	}
	for _, b := range d.model.May {
		if !slices.Contains(Behaviours(), Behaviour(b)) {
			return fmt.Errorf("unknown behaviour %q", b)
		}
		d.options[Behaviour(b)] = d.dice("behaviour "+b).IntN(2) == 0
	}
	return nil
}

// Switch switches a behaviour; only before Run.
func (d *Device) Switch(b Behaviour, on bool) {
	d.options[b] = on
	d.passwords(d.guard)
}

// Does reports whether a behaviour is on.
func (d *Device) Does(b Behaviour) bool { return d.options[b] }

// shown is the address that the device says it has.
func (l *life) shown() string { return l.elsewhere(AddressAway) }

// elsewhere gives the host that links name: its own, or with the behaviour one outside.
func (l *life) elsewhere(b Behaviour) string {
	if l.options[b] && l.room.Outside().IsValid() {
		return l.room.Outside().String()
	}
	return l.room.Addr().String()
}

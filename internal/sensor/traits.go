package sensor

import (
	"cordon"
	"cordon/internal/find"
)

// traits is what the listener must know of a kind of fact, kept beside the kind: facts come
// by the million, of a few dozen kinds.
type traits struct {
	kind   cordon.Kind
	name   uint8 // place in nameKinds, plus one; 0: it names nobody's far end
	secret bool
	spare  bool
}

// traitsOf gives the traits of a kind. Two kinds that fall on one place take turns in it.
func (l *Listener) traitsOf(k cordon.Kind) *traits {
	if k == "" {
		return &traits{}
	}
	at := &l.traits[uint8(len(k)*37)^k[0]^k[len(k)-1]*7^k[len(k)/2]*31]
	if at.kind == k {
		return at
	}
	*at = traits{kind: k, secret: find.Secret[k], spare: l.spare[k]}
	for i := range nameKinds {
		if nameKinds[i].kind == k {
			at.name = uint8(i + 1)
		}
	}
	return at
}

// Spare says which kinds of fact the sink has no use for: they are not sent, and those
// that are costly not even made. The map is borrowed. To be called before facts come.
func (l *Listener) Spare(kinds map[cordon.Kind]bool) {
	l.spare = kinds
	l.traits = [256]traits{}
}

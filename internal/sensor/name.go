package sensor

import (
	"hash/maphash"
	"net/netip"
	"strings"

	"cordon"
	"cordon/internal/packet"
)

// names numbers the names of far ends, so that a flow can carry one in its Note.
type names struct {
	id     map[string]uint32
	text   []string           // text[0] is the empty name
	lately [manyCalled]uint32 // by hash: networks call the same some thousands of names over and over
}

func newNames() *names { return &names{id: map[string]uint32{"": 0}, text: []string{""}} }

// manyCalled is how many names are found without a map.
const manyCalled = 1 << 13

// calledPlace is where a name stands among those called lately.
func calledPlace(name string) uint64 { return maphash.String(answerSeed, name) % manyCalled }

// numberOf is number for a name that is borrowed.
func (n *names) numberOf(name []byte) uint32 {
	at := &n.lately[maphash.Bytes(answerSeed, name)%manyCalled]
	if n.text[*at] != string(name) {
		*at = n.number(string(name))
	}
	return *at
}

// maxNames bounds the table; past it new names are not remembered (4 million names are about 250 MB).
const maxNames = 4 << 20

func (n *names) number(s string) uint32 {
	if id, ok := n.id[s]; ok {
		return id
	}
	if len(n.text) >= maxNames {
		return 0
	}
	s = strings.Clone(s)
	id := uint32(len(n.text))
	n.id[s] = id
	n.text = append(n.text, s)
	return id
}

// A flow's Note: bits 0-31 the number of its name, bits 32-34 which of nameKinds gave
// it (plus one; noteByDNS: an answer; 0: nothing yet), bit 35 that answers were looked
// through when it began, bits 40-63 belong to guessMedia.
const (
	noteKindShift = 32
	noteKindMask  = 0x7
	noteNameMask  = 1<<35 - 1
	noteLooked    = 1 << 35
	noteByDNS     = noteKindMask
)

// noteAnswer keeps, on a flow heard for the first time, the name by which DNS told its opener
// of the other side: later answers may give other names to the same address.
func (l *Listener) noteAnswer(f *packet.Flow) {
	if f == nil || f.Note&noteLooked != 0 {
		return
	}
	f.Note |= noteLooked
	if id := l.answers.lookup(f.End[packet.Opener].Addr, f.End[packet.Answerer].Addr, f.First); id != 0 {
		f.Note |= noteByDNS<<noteKindShift | uint64(id)
	}
}

// noteName keeps, on the flow being heard, the name by which its opener called the other
// side. rank is the kind's place in nameKinds, plus one.
func (l *Listener) noteName(rank uint64, kind cordon.Kind, value string) {
	f := l.cur.Flow
	if f == nil {
		return
	}
	if had := f.Note >> noteKindShift & noteKindMask; had != 0 && had <= rank {
		return
	}
	if id, named := l.farNumber(kind, value); named {
		f.Note = f.Note&^noteNameMask | rank<<noteKindShift | uint64(id)
	}
}

// called is the number of a name by which somebody called a far end lately.
type called struct {
	kind   cordon.Kind
	value  string
	number uint32
	named  bool
}

// farNumber gives the number of the far name in a fact's value; named is false where there is
// none. Networks call the same few names over and over.
func (l *Listener) farNumber(kind cordon.Kind, value string) (id uint32, named bool) {
	if value == "" {
		return 0, false
	}
	at := &l.called[calledPlace(value)]
	if at.value != value || at.kind != kind {
		*at = called{kind: kind, value: value}
		if v := farName(kind, value); v != "" {
			at.number, at.named = l.names.number(v), true
		}
	}
	return at.number, at.named
}

// farName makes a host name of a name fact's value: a certificate subject gives its
// common name, and an address is no name.
func farName(kind cordon.Kind, value string) string {
	if kind == "tls.subject" {
		value = commonName(value)
	}
	value = strings.ToLower(strings.TrimSuffix(value, "."))
	if _, err := netip.ParseAddr(value); err == nil || !strings.Contains(value, ".") || strings.ContainsAny(value, " /*@") {
		return ""
	}
	return value
}

func commonName(subject string) string {
	for part := range strings.SplitSeq(subject, ",") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(part), "CN="); ok {
			return v
		}
	}
	return ""
}

// nameOf gives the best name for a flow's answerer: what the opener said on the wire,
// else what it was told by DNS before it connected.
func (l *Listener) nameOf(f *packet.Flow) Name {
	switch k := f.Note >> noteKindShift & noteKindMask; k {
	case 0:
	case noteByDNS:
		return Name{Text: l.names.text[uint32(f.Note)], From: "dns"}
	default:
		return Name{Text: l.names.text[uint32(f.Note)], From: nameKinds[k-1].from}
	}
	if id := l.answers.lookup(f.End[packet.Opener].Addr, f.End[packet.Answerer].Addr, f.First); id != 0 {
		return Name{Text: l.names.text[id], From: "dns"}
	}
	return Name{}
}

// answers remembers which name led which asker to which address. It is keyed by a
// 64-bit hash of the pair: among a million pairs the chance of one wrong name is
// about 3e-8, and a pair costs 24 bytes.
type answers struct {
	pair  map[uint64]answer
	maybe [maybeBits / 64]uint64 // a bit for each pair by its hash: most look-ups are for pairs that are not there

	learned func(asker, addr netip.Addr, id uint32, at int64) // told of what is new; nil: nobody
}

// maybeBits is how many bits tell quickly that a pair is not there: 128 KB, which stay in the
// processor's caches and serve up to a million pairs.
const maybeBits = 1 << 20

// answer holds the latest two names, since one address often serves several.
type answer struct {
	name, before uint32
	at           int64 // of the latest
}

// maxAnswers bounds the table: 2 million pairs are about 80 MB.
const maxAnswers = 2 << 20

var answerSeed = maphash.MakeSeed()

// pairHash is keyed, so that a hostile capture cannot choose which pairs meet.
func pairHash(asker, addr netip.Addr) uint64 {
	var b [32]byte
	x, y := asker.As16(), addr.As16()
	copy(b[:], x[:])
	copy(b[16:], y[:])
	return maphash.Bytes(answerSeed, b[:])
}

// learnText takes the value of a dns.answer fact, "name address".
func (a *answers) learnText(n *names, asker netip.Addr, value string, at int64) {
	name, text, ok := strings.Cut(value, " ")
	if addr, err := netip.ParseAddr(text); ok && err == nil {
		a.learn(asker, addr, n.number(name), at)
	}
}

// learn takes the number of the name that led an asker to an address.
func (a *answers) learn(asker, addr netip.Addr, id uint32, at int64) {
	if a.note(asker, addr, id, at) && a.learned != nil {
		a.learned(asker, addr, id, at)
	}
}

// note is learn without telling; false: it was known.
func (a *answers) note(asker, addr netip.Addr, id uint32, at int64) bool {
	if !asker.IsValid() {
		return false
	}
	h := pairHash(asker, addr.Unmap())
	old, had := a.pair[h]
	if !had && len(a.pair) >= maxAnswers || had && old.name == id {
		return false
	}
	a.pair[h] = answer{name: id, before: old.name, at: at}
	a.maybe[h%maybeBits/64] |= 1 << (h % 64)
	return true
}

// lookup gives the number of the name that the asker last learned for the address
// before the time, 0 for none.
func (a *answers) lookup(asker, addr netip.Addr, at int64) uint32 {
	h := pairHash(asker, addr)
	if a.maybe[h%maybeBits/64]&(1<<(h%64)) == 0 {
		return 0
	}
	got, ok := a.pair[h]
	if !ok {
		return 0
	}
	if got.at > at && got.before != 0 {
		return got.before
	}
	return got.name
}

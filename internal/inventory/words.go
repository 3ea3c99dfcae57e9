package inventory

import "hash/maphash"

// words keeps every distinct text once and numbers it.
type words struct {
	id     map[string]uint32
	text   []string
	size   int      // bytes of text
	most   int      // bytes of text for which there is room, see room
	lately []uint32 // places by hash, a power of two of them
}

// room reports whether the text is known, or there is room for it.
func (w *words) room(s string) bool {
	if w.size+len(s) <= w.most {
		return true
	}
	_, known := w.find(s)
	return known
}

// newWords makes an empty table that finds up to about so many texts without its map; lately must
// be a power of two.
func newWords(lately int) *words {
	return &words{id: map[string]uint32{"": 0}, text: []string{""}, lately: make([]uint32, lately)}
}

// find gives the number of a text that is known. The first place to look is no map: most
// texts are said over and over, and a large map misses the processor's caches.
func (w *words) find(s string) (id uint32, known bool) {
	if s == "" {
		return 0, true
	}
	at := &w.lately[maphash.String(wordSeed, s)&uint64(len(w.lately)-1)]
	if w.text[*at] == s {
		return *at, true
	}
	if id, known = w.id[s]; known {
		*at = id
	}
	return id, known
}

// How many texts are found without the map: a large network has some thousands of values that it says
// over and over, and a handful of kinds and applications.
const (
	latelyValues = 1 << 14
	latelyWords  = 1 << 6
)

// wordSeed is only for lately: what is found does not depend on it.
var wordSeed = maphash.MakeSeed()

// number gives the number of a text, a new one where it is not known yet.
func (w *words) number(s string) uint32 {
	if id, ok := w.find(s); ok {
		return id
	}
	return w.add(s)
}

// add keeps a text that is not known yet.
func (w *words) add(s string) uint32 {
	id := uint32(len(w.text))
	w.id[s] = id
	w.size += len(s)
	w.text = append(w.text, s)
	return id
}

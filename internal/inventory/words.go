package inventory

// words keeps every distinct text once and numbers it.
type words struct {
	id     map[string]uint32
	text   []string
	size   int // bytes of text
	lately [latelyWords]uint32
}

// room reports whether the text is known, or there is room for it.
func (w *words) room(s string) bool {
	if w.size+len(s) <= maxText {
		return true
	}
	_, known := w.find(s)
	return known
}

func newWords() *words { return &words{id: map[string]uint32{"": 0}, text: []string{""}} }

// find gives the number of a text that is known. The first place to look is no map: most
// texts are said over and over, and a large map misses the processor's caches.
func (w *words) find(s string) (id uint32, known bool) {
	if s == "" {
		return 0, true
	}
	at := &w.lately[spread(s)%latelyWords]
	if w.text[*at] == s {
		return *at, true
	}
	if id, known = w.id[s]; known {
		*at = id
	}
	return id, known
}

// latelyWords is how many texts are found without the map.
const latelyWords = 1 << 10

// spread mixes a text's length, its beginning, middle and end: enough to tell most texts apart that
// networks repeat, and cheaper than to hash them whole.
func spread(s string) uint32 {
	n := len(s)
	h := uint32(n)
	for _, at := range [...]int{0, n / 4, n / 2, n - n/4 - 1, n - 1} {
		h = h*31 + uint32(s[at])
	}
	return h ^ h>>10
}

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

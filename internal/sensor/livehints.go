package sensor

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// hint is what one worker heard that names the flows of another: an answer of DNS, or a port
// that was announced for media.
type hint struct {
	asker, addr netip.Addr
	name        string
	at          int64
	media       mediaEnd
}

// maxHints bounds those that wait: more are lost, and flows keep without a name.
const maxHints = 1 << 12

// hints is what the other workers heard.
type hints struct {
	some atomic.Bool
	mu   sync.Mutex
	list []hint
}

func (h *hints) put(x hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.list) < maxHints {
		h.list = append(h.list, x)
		h.some.Store(true)
	}
}

// take gives those that wait. It costs next to nothing when there are none.
func (h *hints) take() []hint {
	if !h.some.Load() {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.list
	h.list = nil
	h.some.Store(false)
	return list
}

// share has workers tell each other what names flows: the kernel spreads conversations among
// them by their addresses and ports, so that a question for a name and what follows from it are
// heard by different ones.
func share(workers []*worker) {
	for _, w := range workers {
		l := w.listener
		tell := func(x hint) {
			for _, other := range workers {
				if other != w {
					other.hints.put(x)
				}
			}
		}
		l.answers.learned = func(asker, addr netip.Addr, id uint32, at int64) {
			tell(hint{asker: asker, addr: addr, name: l.names.text[id], at: at})
		}
		l.announces = func(e mediaEnd) { tell(hint{media: e}) }
	}
}

// learn takes what the others heard.
func (w *worker) learn() {
	for _, x := range w.hints.take() {
		if x.media != (mediaEnd{}) {
			w.listener.expect(x.media)
			continue
		}
		w.listener.answers.note(x.asker, x.addr, w.listener.names.number(x.name), x.at)
	}
}

package reach

import (
	"sync"
	"time"
)

// recall remembers things for a while, in two halves: when the younger half is old, the older one is
// forgotten. It is bounded by its age and by how many a half may hold. It may be used by
// many goroutines.
type recall[K comparable, V any] struct {
	age  time.Duration // of a half: a thing is remembered for once to twice that
	most int           // in a half
	gone func(K, V)    // called, if not nil, for each that is forgotten; it must not use the recall

	mu    sync.Mutex
	from  time.Time // of the younger half
	young map[K]V
	old   map[K]V
}

func newRecall[K comparable, V any](age time.Duration, most int) *recall[K, V] {
	return &recall[K, V]{age: age, most: most, young: map[K]V{}}
}

// put remembers.
func (r *recall[K, V]) put(k K, v V, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(now)
	if _, known := r.young[k]; !known && len(r.young) >= r.most {
		r.shift(now)
	}
	delete(r.old, k)
	r.young[k] = v
}

// get gives what is remembered.
func (r *recall[K, V]) get(k K, now time.Time) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(now)
	v, ok := r.young[k]
	if !ok {
		v, ok = r.old[k]
	}
	return v, ok
}

// turn forgets what is too old.
func (r *recall[K, V]) turn(now time.Time) {
	if r.from.IsZero() {
		r.from = now
	}
	idle := now.Sub(r.from)
	if idle >= r.age {
		r.shift(now)
	}
	if idle >= 2*r.age {
		r.shift(now)
	}
}

func (r *recall[K, V]) shift(now time.Time) {
	if r.gone != nil {
		for k, v := range r.old {
			r.gone(k, v)
		}
	}
	r.old, r.young, r.from = r.young, map[K]V{}, now
}

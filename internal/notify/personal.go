package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// OfferedChannel is a channel that people may choose.
type OfferedChannel struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Address bool   `json:"address"` // an address of one's own may be given
}

// Offers gives the channels that people may choose, by name.
func (s *Service) Offers(ctx context.Context) ([]OfferedChannel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	out := []OfferedChannel{}
	for _, l := range s.lines {
		if c := &l.channel; c.Offered && !c.Off {
			out = append(out, OfferedChannel{c.ID, c.Name, c.Kind, l.kind().Person})
		}
	}
	slices.SortFunc(out, func(a, b OfferedChannel) int { return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// Wish gives what a person wants to hear of; who never said so hears of nothing.
func (s *Service) Wish(ctx context.Context, person string) (Personal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return Personal{}, err
	}
	w, ok := s.wishes[person]
	if !ok {
		w = Personal{Wish: Wish{From: "medium"}}
	}
	w.Channels = append([]int64{}, w.Channels...)
	return w, nil
}

// PutWish keeps what a person wants to hear of, in place of what it was. ErrInvalid says what is wrong.
func (s *Service) PutWish(ctx context.Context, person string, w Personal) error {
	s.edits.Lock()
	defer s.edits.Unlock()
	if err := s.checkPersonal(ctx, person, &w); err != nil {
		return err
	}
	body, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if err := s.config.Store.PutWish(ctx, person, body); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wishes[person] = w
	return nil
}

// Forget forgets what a person wanted to hear of: the person is gone.
func (s *Service) Forget(ctx context.Context, person string) error {
	s.edits.Lock()
	defer s.edits.Unlock()
	if err := s.config.Store.PutWish(ctx, person, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wishes, person)
	return nil
}

// checkPersonal says what is wrong with a person's wish. Channels that are offered no more are
// no error: they may be again.
func (s *Service) checkPersonal(ctx context.Context, person string, w *Personal) error {
	if err := w.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return err
	}
	if _, has := s.wishes[person]; !has && len(s.wishes) >= maxPeople {
		return fmt.Errorf("%w: %d people have said what they want to hear of, which is all there may be", ErrInvalid, maxPeople)
	}
	for _, id := range w.Channels {
		if s.lines[id] == nil {
			return wrong("channels", "there is no channel %d", id)
		}
	}
	if w.Address != "" {
		return address("address", w.Address)
	}
	return nil
}

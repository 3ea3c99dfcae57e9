package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cordon/internal/api"
	"cordon/internal/store"
	"cordon/knowledge"
)

// settings keeps what the owner chose: it is the api.Chosen of a running Cordon, and safe for
// concurrent use.
type settings struct {
	store  *store.Store
	know   func() *knowledge.Base
	scans  *scanLog
	again  func(scan []string) error // tells the keeper to read it anew
	heard  map[string]string         // interfaces that are listened to, with their sites
	cannot []api.SetupLack           // as it was before this process was shut in

	mu   sync.Mutex
	conf *config // as it is now, without the command line
}

// Settings implements api.Chosen.
func (s *settings) Settings() api.OwnerSettings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conf.settings()
}

// PutSettings implements api.Chosen.
func (s *settings) PutSettings(ctx context.Context, chosen api.OwnerSettings, how api.Choosing) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, wanted := s.conf, s.conf.with(&chosen)
	if err := s.check(wanted); err != nil {
		return "", err
	}
	was, is := before.settings(), wanted.settings()
	changed := changes(&was, &is)
	if changed == "" {
		return "", nil
	}
	if err := s.keep(ctx, wanted); err != nil {
		return "", err
	}
	s.conf = wanted
	s.scans.own(wanted.scannable())
	var scan []string
	if how.Scan {
		scan = newSites(before, wanted)
	}
	for _, site := range scan {
		if err := s.scans.asked(ctx, site, how.By); err != nil {
			return "", err
		}
	}
	if err := s.again(scan); err != nil {
		return "", fmt.Errorf("settings: they are kept, and come into force when Cordon is started anew: %w", err)
	}
	return changed, nil
}

// keep writes what was chosen, and tells the store which sites there are.
func (s *settings) keep(ctx context.Context, wanted *config) error {
	if err := s.declare(ctx, wanted); err != nil {
		return err
	}
	wanted.chose = s.conf.chose.next(s.conf, wanted)
	if err := wanted.chose.write(s.conf.Data); err != nil {
		return fmt.Errorf("settings: what was chosen could not be kept: %w", err)
	}
	wanted.from = maps.Clone(s.conf.base.from)
	wanted.chose.lay(wanted)
	return s.forget(ctx, wanted)
}

// newSites are the sites that are new or have other networks.
func newSites(before, wanted *config) (out []string) {
	for _, name := range wanted.scannable() {
		was, is := before.siteNamed(name), wanted.siteNamed(name)
		if was == nil || !slices.Equal(was.Networks, is.Networks) {
			out = append(out, name)
		}
	}
	return out
}

// ofFile are hints at how something is written in the file: whoever is told of a field sees it.
var ofFile = regexp.MustCompile(`^\[scan\] | \(i_own_this[^)]*\)`)

// check says what is wrong, as a *api.WrongSetting.
func (s *settings) check(wanted *config) error {
	var w *wrong
	if err := wanted.check(); errors.As(err, &w) {
		return &api.WrongSetting{Field: w.field, Err: errors.New(ofFile.ReplaceAllString(w.err.Error(), ""))}
	} else if err != nil {
		return err
	}
	for i, l := range wanted.Lists {
		if err := checkLists(s.know(), []string{l}); err != nil {
			return &api.WrongSetting{Field: fmt.Sprintf("lists[%d]", i), Err: errors.New(strings.TrimPrefix(err.Error(), "--"))}
		}
	}
	return s.checkInterfaces(wanted)
}

// checkInterfaces refuses a name that is new and that nothing here has: one that was chosen
// before may be unplugged.
func (s *settings) checkInterfaces(wanted *config) error {
	before := slices.Concat(slices.Collect(maps.Values(s.conf.ears()))...)
	look := func(field string, names []string) error {
		for i, name := range names {
			if _, err := net.InterfaceByName(name); err != nil && !slices.Contains(before, name) {
				return &api.WrongSetting{Field: fmt.Sprintf("%s[%d]", field, i), Err: fmt.Errorf("there is no interface %s here; there are: %s", name, strings.Join(interfaceNames(), ", "))}
			}
		}
		return nil
	}
	err := look("interfaces", wanted.Interfaces)
	for i := range wanted.Sites {
		err = cmp.Or(err, look(fmt.Sprintf("sites[%d].interfaces", i), wanted.Sites[i].Interfaces))
	}
	return err
}

// declare tells the store which sites there are, so that one that is new may be asked about
// before the application is started anew.
func (s *settings) declare(ctx context.Context, wanted *config) error {
	for i := range wanted.Sites {
		site, err := wanted.Sites[i].site()
		if err == nil {
			err = s.store.PutSite(ctx, site)
		}
		if err != nil {
			return fmt.Errorf("site %s: %w", wanted.Sites[i].Name, err)
		}
	}
	return nil
}

// forget tells the store which sites there are no longer. What was heard there stays.
func (s *settings) forget(ctx context.Context, wanted *config) error {
	for _, was := range s.conf.Sites {
		if slices.ContainsFunc(wanted.Sites, func(is siteConfig) bool { return is.Name == was.Name }) {
			continue
		}
		if err := s.store.DropSite(ctx, was.Name); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("site %s: %w", was.Name, err)
		}
	}
	return nil
}

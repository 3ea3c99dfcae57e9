package main

import (
	"github.com/thejerf/suture/v4"

	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// source makes a way in of this process and shows how it is doing. Its name is known only once
// it is made, so it is made twice: nothing is opened before Run.
func (a *application) source(c sensor.SourceConfig, names map[string]*sensor.Names) (suture.Service, error) {
	site := c.Site
	if site == "" {
		site = a.conf.firstSite()
	}
	if names[site] == nil {
		names[site] = sensor.NewNames() // what one log tells of names, the exports of the site are called by
	}
	env := sensor.Env{Sink: nowhere{}, Key: a.key, Names: names[site], Places: logPlaces{a.store}}
	s, err := sensor.OpenSource(c, env)
	if err != nil {
		return nil, err
	}
	name := s.State().Name
	env.Sink = a.live.Source(site, name)
	if s, err = sensor.OpenSource(c, env); err != nil {
		return nil, err
	}
	a.feeds.watch(name, s.State)
	return part{name, s.Run}, nil
}

// nowhere is a sensor.Sink that keeps nothing.
type nowhere struct{}

// Observe implements sensor.Sink.
func (nowhere) Observe(*sensor.Fact) {}

// Flow implements sensor.Sink.
func (nowhere) Flow(*packet.Flow, string, string, string) {}

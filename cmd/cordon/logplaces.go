package main

import (
	"context"
	"encoding/json"

	"cordon/internal/sensor"
	"cordon/internal/store"
)

// logPlaces keeps in the store how far each log was read. It implements sensor.Places.
type logPlaces struct{ store *store.Store }

// placeSetting is the name of a file's place among the settings.
func placeSetting(file string) string { return "place " + file }

// Place implements sensor.Places.
func (l logPlaces) Place(file string) (p sensor.Place, ok bool) {
	b, err := l.store.Setting(context.Background(), placeSetting(file))
	return p, err == nil && json.Unmarshal(b, &p) == nil
}

// SavePlace implements sensor.Places.
func (l logPlaces) SavePlace(file string, p sensor.Place) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return l.store.PutSetting(context.Background(), placeSetting(file), b)
}

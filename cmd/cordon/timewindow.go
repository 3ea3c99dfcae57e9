package main

import (
	"fmt"
	"strings"
	"time"
)

// timeWindow is the hours of a day in which something may happen. The zero value is all day.
type timeWindow struct {
	from, to time.Duration // since midnight; from > to reaches over midnight
}

// parseTimeWindow reads "01:00-05:00".
func parseTimeWindow(text string) (timeWindow, error) {
	if text == "" {
		return timeWindow{}, nil
	}
	a, b, ok := strings.Cut(text, "-")
	from, err := timeOfDay(a)
	to, err2 := timeOfDay(b)
	if !ok || err != nil || err2 != nil || from == to {
		return timeWindow{}, fmt.Errorf("window %q: want two different hours, as 01:00-05:00", text)
	}
	return timeWindow{from, to}, nil
}

func timeOfDay(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(text))
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err
}

// opens is the first moment from t on that is in the window: t itself when it is.
func (w timeWindow) opens(t time.Time) time.Time {
	if w == (timeWindow{}) || w.holds(t) {
		return t
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	at := midnight.Add(w.from)
	if at.Before(t) {
		at = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location()).Add(w.from)
	}
	return at
}

// closes is when a window that holds t ends, zero where it never does.
func (w timeWindow) closes(t time.Time) time.Time {
	if w == (timeWindow{}) || !w.holds(t) {
		return time.Time{}
	}
	at := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()).Add(w.to)
	if !at.After(t) {
		at = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location()).Add(w.to)
	}
	return at
}

func (w timeWindow) holds(t time.Time) bool {
	at := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	if w.from < w.to {
		return at >= w.from && at < w.to
	}
	return at >= w.from || at < w.to
}

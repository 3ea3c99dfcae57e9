package watch

import "time"

// circle is a bounded set of those a device has to do with, by name or address.
type circle struct {
	Met  map[string]int64 `json:"met"` // when last, in seconds
	New  int64            `json:"new"` // when one was met for the first time
	Lost int              `json:"lost,omitempty"`
}

// maxCircle bounds a circle: cameras have a handful of acquaintances. Who has more, and loses
// some, is no longer asked whether somebody is new.
const maxCircle = 128

// longAgo is after how long an acquaintance is forgotten.
const longAgo = 90 * 24 * time.Hour

// meeting is what meeting somebody says.
type meeting struct {
	first bool
	quiet time.Duration // since somebody was last met for the first time; for the first one ever, since born
	only  bool          // there was nobody before
}

// meet notes that somebody was met. at and born are seconds.
func (c *circle) meet(whom string, at, born int64) meeting {
	if c.Met == nil {
		c.Met = map[string]int64{}
	}
	last, known := c.Met[whom]
	m := meeting{first: !known || at-last > int64(longAgo/time.Second), only: len(c.Met) == 0}
	if m.first {
		m.quiet = time.Duration(at-max(c.New, born)) * time.Second
		c.New = at
	}
	if !known && len(c.Met) >= maxCircle {
		delete(c.Met, oldest(c.Met))
		c.Lost++
	}
	c.Met[whom] = max(last, at)
	return m
}

// crowded reports whether there were so many that the first time means nothing.
func (c *circle) crowded() bool { return c.Lost > 0 }

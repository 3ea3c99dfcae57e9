package main

import (
	"sync"
	"time"
)

// sayAgain is after how long the same trouble is said again.
const sayAgain = time.Minute

// sometimes says the same error once a minute at most: what fails is tried again every second.
func sometimes(say func(error)) func(error) {
	var mu sync.Mutex
	var text string
	var at time.Time
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); err.Error() != text || now.Sub(at) >= sayAgain {
			text, at = err.Error(), now
			say(err)
		}
	}
}

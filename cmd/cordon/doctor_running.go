package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"cordon"
	"cordon/internal/store"
)

// doctorWait is how long the doctor waits for an answer.
const doctorWait = 5 * time.Second

// lookStore opens the store as it is, without changing it.
func lookStore(p *patient) symptom {
	if file := p.config.storeFile(); file != "" {
		st, err := os.Stat(file)
		if err != nil {
			return symptom{well, file + " is made by the first cordon run", ""}
		}
		if running(p.config.Socket) {
			return symptom{well, fmt.Sprintf("%s, %.1f MiB, in use", file, float64(st.Size())/(1<<20)), ""}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), doctorWait)
	defer cancel()
	s, err := store.Open(ctx, p.config.Database)
	if err != nil {
		return symptom{broken, err.Error(), "start the database, or correct database = \"...\""}
	}
	defer s.Close()
	st, err := s.Stats(ctx)
	if err != nil {
		return symptom{broken, err.Error(), "cordon check says more"}
	}
	return symptom{well, fmt.Sprintf("%s, %.1f MiB, %d devices", st.Kind, float64(st.Bytes)/(1<<20), st.Devices), ""}
}

// lookRunning asks the Cordon that runs how its ways in are doing.
func lookRunning(p *patient) symptom {
	if !running(p.config.Socket) {
		return symptom{impaired, "no: nobody answers on " + p.config.Socket, "systemctl start cordon, or: sudo cordon run"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), doctorWait)
	defer cancel()
	states, err := sensorsOf(ctx, p.config.Socket)
	if err != nil {
		return symptom{impaired, err.Error(), "it may be reading its store: ask again in a minute"}
	}
	var says, mend []string
	for _, s := range states {
		says = append(says, sensorLine(&s))
		if s.Detail != "" {
			mend = append(mend, s.Name+": "+s.Detail)
		}
	}
	if len(says) == 0 {
		return symptom{impaired, "yes, and it has no way in", "name interfaces or sources in the configuration"}
	}
	h := well
	if len(mend) > 0 {
		h = impaired
	}
	return symptom{h, "yes: " + strings.Join(says, "; "), strings.Join(mend, "\n")}
}

// sensorsOf asks how the ways in are doing.
func sensorsOf(ctx context.Context, socket string) ([]cordon.SensorState, error) {
	var states paged[cordon.SensorState]
	err := newClient(socket).get(ctx, "/v1/sensors", nil, &states)
	return states.Items, err
}

// sensorLine is one way in, for people.
func sensorLine(s *cordon.SensorState) string {
	how := "up"
	if !s.Up {
		how = "down"
	}
	line := fmt.Sprintf("%s %s", s.Name, how)
	if s.Packets > 0 {
		line += fmt.Sprintf(", %d packets", s.Packets)
	}
	if lost := s.Dropped + s.Overflow; lost > 0 {
		line += fmt.Sprintf(", %d lost", lost)
	}
	return line
}

package guard

import (
	"fmt"
	"time"

	"cordon"
)

// OwnAlarm is an alarm about Cordon's own parts.
type OwnAlarm struct {
	Code     string
	Doc, Fix string
	Severity cordon.Severity
	Rests    string // its threshold, for people
	Ends     string
}

// OwnAlarms lists what the guard says of Cordon itself. The slice is shared: do not change it.
func OwnAlarms() []*OwnAlarm { return ownAlarms }

var (
	sensorDown = &OwnAlarm{
		Code: "sensor-down", Severity: cordon.High,
		Doc:   "a way in is down: what passes there is not heard",
		Fix:   "cordon doctor says what is missing and how to mend it.",
		Rests: "down for 30 seconds", Ends: "it is up again",
	}
	sensorOverflow = &OwnAlarm{
		Code: "sensor-overflow", Severity: cordon.High,
		Doc:   "what was heard could not be kept fast enough, and is lost",
		Fix:   "See whether the disk is full or the database is slow (cordon doctor); until then alarms go on, but history has gaps.",
		Rests: "any loss", Ends: "nothing was lost for 10 minutes",
	}
	sensorDrops = &OwnAlarm{
		Code: "sensor-drops", Severity: cordon.Medium,
		Doc:   "packets or records were lost before Cordon saw them",
		Fix:   "Give the sensor another core, or mirror less to it; figures and silences of that time are not to be trusted.",
		Rests: "1 in 1,000 packets, and 100, within a minute", Ends: "nothing was lost for 10 minutes",
	}
	storeDown = &OwnAlarm{
		Code: "store-down", Severity: cordon.High,
		Doc:   "what is heard cannot be kept: the disk is full, or the database does not answer",
		Fix:   "Make room on the disk, or start the database again; what was heard waits in memory until then, as long as there is room for it.",
		Rests: "for 30 seconds", Ends: "it is kept again",
	}
	notifyFailing = &OwnAlarm{
		Code: "notify-failing", Severity: cordon.High,
		Doc:   "a channel for notifications does not work: who relies on it hears of no alarm",
		Fix:   "cordon channels shows what its server said last; cordon channels test NAME tries it now. What waits for it is sent when it works again.",
		Rests: "nothing delivered for 10 minutes", Ends: "it works again, or was set up anew",
	}
	notifyFull = &OwnAlarm{
		Code: "notify-full", Severity: cordon.High,
		Doc:   "so much waits for a channel for notifications that alarms are left out there",
		Fix:   "See why its server takes nothing (cordon channels), or remove the channel. cordon alarms, and the page, have all alarms.",
		Rests: "10,000 messages wait", Ends: "it works again, and was told how many it missed",
	}
	ownAlarms = []*OwnAlarm{sensorDown, sensorOverflow, sensorDrops, storeDown, notifyFailing, notifyFull}
)

// Trouble raises an alarm of OwnAlarms about a part of Cordon that the guard does not look after
// itself; Over ends it (with no device, and the part as its key). A code that is not among them is none.
func (s *Service) Trouble(code, part, title string, first, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range ownAlarms {
		if a.Code == code {
			s.own(a, part, title, first, now)
		}
	}
}

// StoreKind is the Kind of a SensorState that is no way in: what stands behind them all and
// keeps what they heard.
const StoreKind = "store"

// When a sensor's trouble is told.
const (
	downFor   = 30 * time.Second
	fineFor   = 10 * time.Minute
	dropLeast = 100
	dropShare = 1000 // one in so many packets
	maxHeard  = 256
)

// hearing is what is remembered of one sensor.
type hearing struct {
	packets, dropped  uint64    // as they were
	minute            time.Time // came and lost are since then
	came, lost        uint64
	overflow          uint64
	lostLast, ranOver time.Time
}

func (s *Service) sensors() []cordon.SensorState {
	if s.config.Sensors == nil {
		return nil
	}
	return s.config.Sensors()
}

// hearing looks after the sensors, and names those that are down.
func (s *Service) hearing(sensors []cordon.SensorState, now time.Time) (deaf []string) {
	for i := range sensors {
		st := &sensors[i]
		if st.Kind == "scan" {
			continue // it is there for as long as it scans
		}
		if !st.Up && st.Kind != StoreKind {
			deaf = append(deaf, st.Name)
		}
		h := s.heard[st.Name]
		if h == nil {
			if len(s.heard) >= maxHeard {
				continue
			}
			h = &hearing{minute: now, packets: st.Packets + st.Records, dropped: st.Dropped, overflow: st.Overflow}
			s.heard[st.Name] = h
		}
		s.down(st, now)
		s.lost(h, st, now)
	}
	return deaf
}

func (s *Service) down(st *cordon.SensorState, now time.Time) {
	which := sensorDown
	if st.Kind == StoreKind {
		which = storeDown
	}
	if st.Up {
		s.over(cause{which.Code, "", st.Name}, which.Ends, now)
		return
	}
	if now.Sub(st.Since) >= downFor {
		s.own(which, st.Name, st.Name+" is down: "+st.Detail, st.Since, now)
	}
}

// lost tells of losses on both sides of the sensor. A counter that went back is a sensor that
// was started again.
func (s *Service) lost(h *hearing, st *cordon.SensorState, now time.Time) {
	if st.Overflow > h.overflow {
		s.own(sensorOverflow, st.Name, fmt.Sprintf("%d records of %s are lost: what comes after was slower", st.Overflow-h.overflow, st.Name), now, now)
		h.ranOver = now
	} else if !h.ranOver.IsZero() && now.Sub(h.ranOver) >= fineFor {
		s.over(cause{sensorOverflow.Code, "", st.Name}, "nothing was lost for 10 minutes", now)
		h.ranOver = time.Time{}
	}
	h.overflow = st.Overflow
	if now.Sub(h.minute) >= time.Minute || now.Before(h.minute) {
		h.minute, h.lost, h.came = now, 0, 0
	}
	if came := st.Packets + st.Records; st.Dropped >= h.dropped && came >= h.packets {
		h.lost += st.Dropped - h.dropped
		h.came += came - h.packets
	}
	h.dropped, h.packets = st.Dropped, st.Packets+st.Records
	if h.lost >= dropLeast && h.lost*dropShare >= h.came {
		s.own(sensorDrops, st.Name, fmt.Sprintf("%s lost %d packets or records of %d within a minute", st.Name, h.lost, h.came+h.lost), h.minute, now)
		h.lostLast = now
	} else if !h.lostLast.IsZero() && now.Sub(h.lostLast) >= fineFor {
		s.over(cause{sensorDrops.Code, "", st.Name}, "nothing was lost for 10 minutes", now)
		h.lostLast = time.Time{}
	}
}

// own raises an alarm about a part of Cordon.
func (s *Service) own(a *OwnAlarm, part, title string, first, now time.Time) {
	f := cordon.Finding{
		Code: a.Code, Key: part, Severity: a.Severity, Title: title, Detail: a.Doc + ".", Fix: a.Fix,
		Evidence: []string{title}, First: first.Round(0).UTC(), Last: now.Round(0).UTC(),
	}
	s.raise(&f, seen{now: now})
}

package main

import (
	"strconv"
	"time"

	"cordon"
	"cordon/internal/report"
)

type sensorsCmd struct {
	asking
	tabular
}

// Help is what cordon sensors --help adds.
func (c *sensorsCmd) Help() string {
	return `A line for each way in: interfaces, flow exports, logs. Lost before: packets or records that did not reach Cordon (the kernel dropped them, or numbers are missing in a row). Lost here: what came faster than it could be kept.

Exit codes: 0 all hear, 1 one is down or has something to say, 2 could not be asked.`
}

func (c *sensorsCmd) Run(e *env) error {
	all, err := wholeList[cordon.SensorState](e, &c.asking, "/v1/sensors", nil)
	if err != nil {
		return err
	}
	a := tableOf(all, sensorColumns(time.Now()))
	a.empty = "Nothing listens: name interfaces or sources in the configuration. cordon doctor says what there is."
	if err := c.write(e, &a); err != nil {
		return err
	}
	for i := range all {
		if !all[i].Up || all[i].Detail != "" {
			return errFindings
		}
	}
	return nil
}

func sensorColumns(now time.Time) []column[cordon.SensorState] {
	type row = cordon.SensorState
	long := func(n uint64) string { return strconv.FormatUint(n, 10) }
	number := func(n uint64) string {
		if n == 0 {
			return ""
		}
		return report.Thousands(n)
	}
	return []column[row]{
		{head: "sensor", cell: func(s *row) string { return s.Name }},
		{head: "kind", cell: func(s *row) string { return s.Kind }},
		{head: "state", cell: sensorWord},
		{head: "since", cell: func(s *row) string { return ago(s.Since, now) }, whole: func(s *row) string { return moment(s.Since) }},
		{head: "last heard", cell: func(s *row) string { return ago(s.Last, now) }, whole: func(s *row) string { return moment(s.Last) }},
		{head: "packets", cell: func(s *row) string { return number(s.Packets) }, whole: func(s *row) string { return long(s.Packets) }},
		{head: "bytes", cell: func(s *row) string { return octets(s.Bytes) }, whole: func(s *row) string { return long(s.Bytes) }},
		{head: "records", cell: func(s *row) string { return number(s.Records) }, whole: func(s *row) string { return long(s.Records) }},
		{head: "lost before", cell: func(s *row) string { return number(s.Dropped) }, whole: func(s *row) string { return long(s.Dropped) }},
		{head: "lost here", cell: func(s *row) string { return number(s.Overflow) }, whole: func(s *row) string { return long(s.Overflow) }},
		{head: "refused", cell: func(s *row) string { return number(s.Refused) }, whole: func(s *row) string { return long(s.Refused) }},
		{head: "problem", cell: func(s *row) string { return s.Detail }},
	}
}

func sensorWord(s *cordon.SensorState) string {
	if s.Up {
		return "hears"
	}
	return "down"
}

package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/store"
)

//go:embed page.css
var pageCSS string

//go:embed status.html
var statusTemplate string

var statusPage = template.Must(template.New("status").Parse(statusTemplate))

// pagePolicy lets a page of ours show its own style and nothing else: no script, no image, no
// request to anybody (Content Security Policy Level 3, hash sources).
var pagePolicy = func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}()

// html answers with a page of ours.
func html(w http.ResponseWriter, page []byte) {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(page)
}

// How many rows the status page shows of each list.
const statusRows = 50

// The parts of the status page, as its template reads them. Texts are cleaned, and escaped by the template.
type (
	statusView struct {
		Open                    string // alarms: how many
		CSS                     template.CSS
		Version, Knowledge, At  string
		Problem                 string
		Figures                 []statusFigure
		Alarms                  []statusAlarm
		Sensors                 []statusSensor
		Devices                 []statusDevice
		MoreAlarms, MoreDevices bool
	}
	statusFigure struct{ Name, Value, Style string }
	statusAlarm  struct {
		ID                                                  int64
		Count                                               int
		Severity, Title, Device, What, Raised, State, Style string
	}
	statusSensor struct{ Name, Kind, State, Last, Lost, Style string }
	statusDevice struct{ Grade, Address, Name, What, Findings, Reach, Last, Style string }
)

// status serves a plain page: is it well, what is wrong, what is there.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	now := s.Now().UTC()
	v := statusView{CSS: template.CSS(pageCSS), Version: "cordon " + s.Version, Knowledge: "none", At: now.Format("2006-01-02 15:04:05")}
	if s.Know != nil {
		v.Knowledge = s.Know().Version
	}
	if err := s.fillStatus(r.Context(), &v, now); err != nil {
		s.Log.Error("api: status page", "error", err)
		v.Problem = "The store does not answer, so this page is not whole. The log of cordon run says why."
	}
	var b bytes.Buffer
	if err := statusPage.Execute(&b, &v); err != nil {
		s.Log.Error("api: status page", "error", err)
		problem(w, http.StatusInternalServerError, "the page could not be made")
		return
	}
	html(w, b.Bytes())
}

func (s *Server) fillStatus(ctx context.Context, v *statusView, now time.Time) error {
	s.statusSensors(v, now)
	alarms, err := s.Store.Alarms(ctx, store.AlarmsQuery{States: openStates, Sort: "-severity", Page: store.Page{Limit: statusRows}})
	if err != nil {
		return err
	}
	worst, err := s.Store.Devices(ctx, store.DevicesQuery{Sort: "worst", Page: store.Page{Limit: statusRows}})
	if err != nil {
		return err
	}
	watching, err := s.Store.Devices(ctx, store.DevicesQuery{Watches: true, Page: store.Page{Limit: 1}})
	if err != nil {
		return err
	}
	if s.Guard != nil {
		alarms.Rows = slices.Concat(s.Guard.Unsaved(), alarms.Rows)
	}
	v.MoreAlarms, v.MoreDevices = alarms.Next != "", worst.Next != ""
	if v.Alarms, err = s.statusAlarms(ctx, alarms.Rows, now); err != nil {
		return err
	}
	for i := range worst.Rows {
		v.Devices = append(v.Devices, deviceLine(&worst.Rows[i], now))
	}
	v.Open = report.Thousands(uint64(len(v.Alarms)))
	switch {
	case s.Guard != nil:
		v.Open = report.Thousands(uint64(s.Guard.Counts().Open))
	case v.MoreAlarms:
		v.Open += " or more"
	}
	style := "good"
	if len(v.Alarms) > 0 {
		style = v.Alarms[0].Style
	}
	v.Figures = append([]statusFigure{{"open alarms", v.Open, style}, {"devices", report.Thousands(uint64(worst.Total)), ""},
		{"see or hear people", report.Thousands(uint64(watching.Total)), ""}}, v.Figures...)
	return nil
}

// statusAlarms are the rows about alarms, with the devices that they are about.
func (s *Server) statusAlarms(ctx context.Context, all []cordon.Alarm, now time.Time) ([]statusAlarm, error) {
	q := store.DevicesQuery{Page: store.Page{Limit: max(len(all), 1)}}
	for i := range all {
		q.IDs = append(q.IDs, all[i].Device)
	}
	known, err := s.Store.Devices(ctx, q)
	if err != nil {
		return nil, err
	}
	who := map[string]*store.DeviceRow{}
	for i := range known.Rows {
		who[known.Rows[i].ID] = &known.Rows[i]
	}
	var rows []statusAlarm
	for i := range all {
		a := &all[i]
		row := statusAlarm{ID: a.ID, Count: a.Count, Severity: string(a.Severity), Title: report.Clean(a.Title), Device: report.Clean(a.Device),
			Raised: ago(a.Raised, now), State: string(a.State), Style: severityStyle(a.Severity)}
		if d := who[a.Device]; d != nil {
			row.Device, row.What = report.Clean(addressOf(d)), whatIs(d)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// addressOf is what a device is called by: its first address, its id where it has none.
func addressOf(d *store.DeviceRow) string {
	if len(d.Addrs) > 0 {
		return d.Addrs[0].String()
	}
	return d.ID
}

// whatIs is brand, model and class, with the maker where the badge is another's.
func whatIs(d *store.DeviceRow) string {
	brand := cmp.Or(d.Brand, d.Maker)
	words := []string{d.Model, d.Class}
	if !strings.HasPrefix(d.Model, brand) {
		words = []string{brand, d.Model, d.Class}
	}
	line := cmp.Or(strings.Join(strings.Fields(strings.Join(words, " ")), " "), "not recognised")
	if d.Maker != "" && !strings.EqualFold(d.Maker, brand) {
		line += ", made by " + d.Maker
	}
	return report.Clean(line)
}

// openStates are the states of alarms that stand.
var openStates = []string{string(cordon.AlarmRaised), string(cordon.AlarmAcknowledged), string(cordon.AlarmSnoozed)}

func (s *Server) statusSensors(v *statusView, now time.Time) {
	list := s.sensorStates()
	up := 0
	for i := range list {
		st := &list[i]
		row := statusSensor{Name: report.Clean(st.Name), Kind: st.Kind, State: "hears", Last: ago(st.Last, now), Lost: report.Thousands(st.Dropped + st.Overflow), Style: "good"}
		if st.Up {
			up++
		} else {
			row.State, row.Style = "down", "bad"
		}
		if st.Detail != "" {
			row.State += ": " + report.Clean(st.Detail)
			row.Style = cmp.Or(map[string]string{"good": "warn"}[row.Style], row.Style)
		}
		if len(v.Sensors) < statusRows {
			v.Sensors = append(v.Sensors, row)
		}
	}
	f := statusFigure{Name: "of " + report.Plural(len(list), "sensor") + " up", Value: report.Thousands(uint64(up)), Style: "good"}
	if up < len(list) || len(list) == 0 {
		f.Style = "bad"
	}
	v.Figures = append(v.Figures, f)
}

func deviceLine(d *store.DeviceRow, now time.Time) statusDevice {
	row := statusDevice{Grade: cmp.Or(d.Grade, "–"), Address: report.Clean(addressOf(d)), What: whatIs(d), Reach: cmp.Or(string(d.Reach), "not seen"), Last: ago(d.Last, now)}
	if len(d.Names) > 0 {
		row.Name = report.Clean(d.Names[0])
	}
	if d.Findings > 0 {
		row.Findings = report.Thousands(uint64(d.Findings)) + ", " + string(d.Worst)
	}
	switch {
	case slices.Contains([]string{"E", "F"}, d.Grade):
		row.Style = "bad"
	case slices.Contains([]string{"C", "D"}, d.Grade):
		row.Style = "warn"
	}
	return row
}

func severityStyle(s cordon.Severity) string {
	switch {
	case s.Rank() >= cordon.High.Rank():
		return "bad"
	case s == cordon.Medium:
		return "warn"
	}
	return ""
}

// storeGauges gives the figures that the store knows.
func (s *Server) storeGauges(ctx context.Context, put func(Gauge)) {
	for _, class := range []struct {
		name string
		q    store.DevicesQuery
	}{{"all", store.DevicesQuery{}}, {"watching", store.DevicesQuery{Watches: true}}} {
		class.q.Page.Limit = 1
		if p, err := s.Store.Devices(ctx, class.q); err == nil {
			put(Gauge{Name: "cordon_devices", Help: "Devices known; watching: that see or hear people.", Labels: map[string]string{"which": class.name}, Value: float64(p.Total)})
		}
	}
	if s.Guard == nil {
		return
	}
	c := s.Guard.Counts()
	put(Gauge{Name: "cordon_alarms_open", Help: "Alarms that are not resolved.", Value: float64(c.Open)})
	put(Gauge{Name: "cordon_alarms_raised_total", Help: "Alarms raised since the start.", Value: float64(c.Raised), Counter: true})
	put(Gauge{Name: "cordon_alarms_quiet_total", Help: "Findings that a rule or an accepted risk kept quiet.", Value: float64(c.Quiet), Counter: true})
	put(Gauge{Name: "cordon_alarms_crowded_total", Help: "Findings that went into an alarm about many devices.", Value: float64(c.Crowded), Counter: true})
	put(Gauge{Name: "cordon_alarms_unsaved", Help: "Alarms that wait for the store.", Value: float64(c.Unsaved)})
	put(Gauge{Name: "cordon_alarm_write_failures_total", Help: "Writes of alarms that the store refused.", Value: float64(c.Failures), Counter: true})
}

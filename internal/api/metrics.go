package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Gauge is one figure of another part for /metrics. Name is of Prometheus' form and unit
// ("cordon_queue_bytes"). Labels have few values: never a device, an address or a name from the network.
type Gauge struct {
	Name, Help string
	Labels     map[string]string
	Value      float64
	Counter    bool // it only grows
}

// meters are what the API counts of itself, and the way to the figures of the others.
type meters struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMeters(s *Server) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "cordon_api_requests_total", Help: "Requests, by route and status."}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "cordon_api_request_seconds", Help: "Time until an answer, streams left out.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10}}, []string{"method"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, others{s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// counted counts requests by the pattern that they match: paths have ids in them, patterns have not.
func (m *meters) counted(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, route := mux.Handler(r)
		if route == "" {
			route = "none"
		}
		seen := &statusWriter{ResponseWriter: w}
		began := time.Now()
		defer func() {
			m.requests.WithLabelValues(route, strconv.Itoa(max(seen.status, http.StatusOK))).Inc()
			if route != "GET /v1/events" {
				m.seconds.WithLabelValues(method(r.Method)).Observe(time.Since(began).Seconds())
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// method is a label: clients may send any word as a method.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return m
	}
	return "other"
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// metrics serves the figures in Prometheus' text format.
func (s *Server) metrics() http.Handler {
	return promhttp.HandlerFor(s.meters.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second, ErrorHandling: promhttp.ContinueOnError})
}

// others collects the figures of the other parts when they are asked for.
type others struct{ s *Server }

// Describe describes nothing: which figures there are is known when they are collected.
func (o others) Describe(chan<- *prometheus.Desc) {}

// Collect gives the figures of the bus, the sensors, the store and whoever else was wired.
func (o others) Collect(ch chan<- prometheus.Metric) {
	put := func(g Gauge) { ch <- metric(g) }
	put(Gauge{Name: "cordon_info", Help: "Always 1; the label is the version.", Labels: map[string]string{"version": o.s.Version}, Value: 1})
	b := o.s.Bus.Stats()
	put(Gauge{Name: "cordon_events_total", Help: "Events published.", Value: float64(b.Published), Counter: true})
	put(Gauge{Name: "cordon_events_lost_total", Help: "Events that slow clients lost, added up.", Value: float64(b.Lost), Counter: true})
	put(Gauge{Name: "cordon_event_streams", Help: "Clients that follow events.", Value: float64(o.s.streams.Load())})
	if o.s.Sensors != nil {
		o.sensors(put)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	o.s.storeGauges(ctx, put)
	if o.s.Gauges != nil {
		o.s.Gauges(put)
	}
}

// maxSensors is how many sensors /metrics names: a NetFlow collector may have any number.
const maxSensors = 100

func (o others) sensors(put func(Gauge)) {
	list := o.s.Sensors()
	for i := range list[:min(len(list), maxSensors)] {
		st := &list[i]
		l := map[string]string{"sensor": st.Name, "kind": st.Kind}
		up := 0.0
		if st.Up {
			up = 1
		}
		put(Gauge{Name: "cordon_sensor_up", Help: "Whether a sensor hears, or would.", Labels: l, Value: up})
		for _, c := range []struct {
			name, help string
			n          uint64
		}{
			{"packets", "Packets seen.", st.Packets}, {"bytes", "Bytes seen.", st.Bytes}, {"records", "Flows and facts passed on.", st.Records},
			{"dropped", "Lost before they were seen.", st.Dropped}, {"refused", "Could not be read.", st.Refused}, {"overflow", "Lost because what comes after was slower.", st.Overflow},
		} {
			put(Gauge{Name: "cordon_sensor_" + c.name + "_total", Help: c.help, Labels: l, Value: float64(c.n), Counter: true})
		}
	}
}

// metric is a figure as the registry takes it. A wrong one is an error of the scrape, not a panic.
func metric(g Gauge) prometheus.Metric {
	kind := prometheus.GaugeValue
	if g.Counter {
		kind = prometheus.CounterValue
	}
	d := prometheus.NewDesc(g.Name, g.Help, nil, prometheus.Labels(g.Labels))
	m, err := prometheus.NewConstMetric(d, kind, g.Value)
	if err != nil {
		return prometheus.NewInvalidMetric(d, err)
	}
	return m
}

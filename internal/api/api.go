// Package api is the door for programs and for people's browsers: HTTP on a unix socket, on
// loopback, and with TLS on the page's listener, described by OpenAPI 3.1. It answers questions
// from the store, passes on what people decide to whoever carries it out, and tells of changes
// as they happen. It promises that nobody learns anything of devices without saying who he is (by
// the kernel's word on the socket, by a token or a session elsewhere), that everybody is held to
// the one table of rights and to his sites, that every write is in the audit log, that every
// answer is bounded, and that a slow client slows nobody. It decides nothing about devices, and
// keeps nothing itself.
package api

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cordon"
	"cordon/internal/bus"
	"cordon/internal/cert"
	"cordon/internal/guard"
	"cordon/internal/notify"
	"cordon/internal/people"
	"cordon/internal/sensor"
	"cordon/internal/store"
	"cordon/knowledge"
)

// Config is what a Server is built of. Store and Bus are needed; what else is nil or empty
// is answered with 503 and what is missing.
type Config struct {
	Store   *store.Store
	Bus     *bus.Bus
	Guard   *guard.Service                           // carries out what people decide about alarms and rules
	Page    string                                   // how the page's address begins, for links in invitations: https://box.example:8443
	Notify  *notify.Service                          // tells people outside
	Scans   Scans                                    // starts scans and knows those that ran
	Sensors func() []cordon.SensorState              // how the ways in are doing
	Facts   func(site, name string) sensor.Sink      // takes facts that were imported
	Know    func() *knowledge.Base                   // the knowledge that judges now
	Ready   func() error                             // why it cannot answer yet; nil: it can
	Seen    func(device string) []cordon.Observation // the facts of a device; nil: they are looked up in the store
	Chosen  Chosen                                   // keeps what the owner chose
	Doing   func() []cordon.Doing                    // what it is busy with now
	Gauges  func(put func(Gauge))                    // more figures for /metrics
	NetBox  NetBox                                   // where inventory is pushed to; the zero NetBox: nowhere
	Sign    ed25519.PrivateKey                       // signs reports; nil: none can be had
	Print   Printer                                  // makes PDFs; nil: it cannot
	Version string                                   // of the program
	Hosts   []string                                 // names besides localhost under which the TCP listener may be asked
	People  *people.Service                          // who may come in; nil: nobody logs in
	Cert    *cert.Keeper                             // of the page; nil: no page listener is served
	Web     http.Handler                             // the application that people's browsers load; nil: a page that says how to build it
	Log     *slog.Logger                             // nil: slog.Default()
	Now     func() time.Time                         // nil: time.Now
}

// Server answers the API. It is made by New and may be used concurrently.
type Server struct {
	Config
	mux      *http.ServeMux
	api      huma.API
	docs     docs
	meters   *meters
	writes   sync.Mutex // one write at a time: If-Match is checked and acted on in one go
	streams  atomic.Int32
	used     seen // when, of each token
	lookedAt seen // at whose traffic
	away     away // who was not let in
	pusher   pusher
	handler  http.Handler
}

// New builds a server. It starts nothing; see Serve.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Server{Config: c, mux: http.NewServeMux()}
	s.meters = newMeters(s)
	s.api = humago.New(s.mux, openAPI(c.Version))
	s.api.UseMiddleware(s.permit)
	for _, register := range resources {
		register(s)
	}
	s.docs = newDocs(s.api.OpenAPI())
	s.pages()
	s.handler = s.door()
	return s
}

// resources register what there is.
var resources = []func(*Server){
	(*Server).now, (*Server).devices, (*Server).flows, (*Server).traffic, (*Server).findings, (*Server).alarms, (*Server).risks, (*Server).rules, (*Server).channels,
	(*Server).sites, (*Server).claims, (*Server).supplies, (*Server).scans, (*Server).imports, (*Server).sensors,
	(*Server).knowledge, (*Server).lists, (*Server).known, (*Server).census, (*Server).audit, (*Server).tokens, (*Server).events,
	(*Server).reports, (*Server).blockFeeds, (*Server).settings,
	(*Server).doorPeople, (*Server).doorPasskeys, (*Server).doorOIDC, (*Server).me, (*Server).accounts,
}

// openAPI is the configuration of huma: JSON only, no pages that load from elsewhere, and
// no parameter that is passed over in silence.
func openAPI(version string) huma.Config {
	c := huma.DefaultConfig("Cordon", version)
	c.DocsPath, c.OpenAPIPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil                                                                    // they put $schema into every answer
	c.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat} // json: of problem+json
	c.RejectUnknownQueryParameters = true
	c.Info.Description = apiText
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A token of cordon token create. On the unix socket none is needed."},
	}
	return c
}

const apiText = "What a running Cordon knows of the devices on its networks, and what people decide about them. " +
	"Times are RFC 3339 in UTC; texts that came from the network are as they were heard, and may be hostile: escape them before showing. " +
	"Lists are given in pages: follow next, or the Link header, until there is none."

// ServeHTTP answers one request. A request that did not come through Serve on a unix socket
// needs a token, or on the page's listener a session.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// after gives a context that outlives the request that began it, for what must not be left half done.
func after(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), d)
}

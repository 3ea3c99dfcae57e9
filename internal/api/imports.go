package api

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/sensor"
)

type nmapInput struct {
	Site    string `query:"site" required:"true" minLength:"1" maxLength:"100" doc:"The site that was scanned: hosts outside its networks are passed over."`
	Name    string `query:"name" default:"nmap" maxLength:"100" doc:"Of the scan, as facts name their origin."`
	RawBody []byte `contentType:"application/xml" doc:"The file of nmap -oX."`
}

type nmapTaken struct {
	Hosts   int `json:"hosts" doc:"That were up, inside the site"`
	Facts   int `json:"facts"`
	Outside int `json:"outside" doc:"Hosts outside the site's networks, passed over"`
}

func (s *Server) imports() {
	nmap := operation(http.MethodPost, "/v1/import/nmap", "import.nmap", "import", "Take in what nmap found, as facts")
	nmap.Description = "Open ports, interfaces, and what scripts were answered word by word (http-title, http-server-header, banner). What nmap concludes is left aside: Cordon judges itself."
	nmap.MaxBodyBytes = maxBody
	act(s, nmap, func(ctx context.Context, in *nmapInput, d *done) (*one[nmapTaken], error) {
		if s.Facts == nil {
			return nil, missing("an inventory that takes facts")
		}
		site, err := s.site(ctx, in.Site)
		if err != nil {
			return nil, err
		}
		i := nmapImport{sink: s.Facts(site.Name, in.Name), networks: site.Networks, origin: &cordon.Origin{Sensor: in.Name, Asked: true}}
		if err := readNmap(bytes.NewReader(in.RawBody), s.Now(), i.host); err != nil {
			return nil, huma.Error422UnprocessableEntity(report.Clean(err.Error()) + i.sofar())
		}
		d.about, d.detail = "site "+in.Site, strconv.Itoa(i.taken.Hosts)+" hosts of "+in.Name
		return oneOf(i.taken, nil)
	})
	s.netboxPush()
}

// nmapImport turns hosts into facts.
type nmapImport struct {
	sink     sensor.Sink
	networks []netip.Prefix
	origin   *cordon.Origin
	taken    nmapTaken
}

func (i *nmapImport) host(h *nmapHost) error {
	if h.addr.IsValid() && !within(i.networks, h.addr) {
		i.taken.Outside++
		return nil
	}
	i.taken.Hosts++
	f := sensor.Fact{At: h.at.UnixNano(), Addr: h.addr, MAC: h.mac, Origin: i.origin}
	if h.addr.IsValid() {
		f.MAC = cordon.MAC{} // a fact is about one name of a host
		if h.mac != (cordon.MAC{}) {
			i.put(sensor.Fact{At: f.At, MAC: h.mac, Origin: i.origin, Kind: "arp.address", Value: h.addr.String()})
		}
	}
	h.facts(func(kind cordon.Kind, value string) {
		f.Kind, f.Value = kind, value
		i.put(f)
	})
	return nil
}

func (i *nmapImport) put(f sensor.Fact) {
	i.taken.Facts++
	i.sink.Observe(&f)
}

// sofar says that a file which turned out wrong in its middle was taken in up to there.
func (i *nmapImport) sofar() string {
	if i.taken.Hosts == 0 {
		return ""
	}
	return "; the " + report.Plural(i.taken.Hosts, "host") + " before that were taken in"
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// pusher runs pushes to NetBox one at a time: Serve has the worker.
type pusher struct {
	mu   sync.Mutex
	now  Push
	work chan struct{}
}

func (s *Server) netboxPush() {
	s.pusher.work = make(chan struct{}, 1)
	s.pusher.now.State = "never"
	question(s, "/v1/netbox", "netbox.get", "import", "How the last push to NetBox went", func(context.Context, *struct{}) (*one[Push], error) {
		return oneOf(s.pusher.state(), nil)
	})
	push := operation(http.MethodPost, "/v1/netbox", "netbox.push", "import", "Push devices to the NetBox that is configured")
	push.Description = "Devices, their types, makers and addresses; people's own devices are left out. It works in the background: ask how it goes."
	push.DefaultStatus = http.StatusAccepted
	act(s, push, func(_ context.Context, _ *struct{}, d *done) (*one[Push], error) {
		if s.NetBox.URL == "" {
			return nil, missing("a NetBox: configure its address and a token")
		}
		d.about = "netbox " + s.NetBox.URL
		select {
		case s.pusher.work <- struct{}{}:
			s.pusher.tell(Push{State: "waiting"})
		default:
			return nil, huma.Error409Conflict("a push waits already")
		}
		return oneOf(s.pusher.state(), nil)
	})
}

func (p *pusher) state() Push {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *pusher) tell(now Push) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
}

// pushes does the pushes that are asked for until ctx ends.
func (s *Server) pushes(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.pusher.work:
			p := s.pushAll(ctx, s.pusher.tell)
			s.pusher.tell(p)
			s.Log.Info("netbox: pushed", "created", p.Created, "updated", p.Updated, "refused", p.Refused, "problem", p.Problem)
		}
	}
}

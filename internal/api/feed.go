package api

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/store"
)

// feedsPath is where block lists are.
const feedsPath = "/feeds/"

type feedInput struct {
	Format string `path:"format" enum:"hosts,adblock,ip,nft,rpz"`
	SitesFilter
	Classes   []string `query:"class,explode" maxItems:"20" doc:"Only what devices of these classes called; without it, of those that see or hear people. People's own devices, routers and servers add nothing."`
	Countries []string `query:"country,explode" maxItems:"300" doc:"Only far ends that are registered in these countries, or whose operator is there (ISO 3166 alpha-2)."`
	Token     string   `query:"token" maxLength:"100" doc:"For gear that cannot send a header: a token of the role feed, and no other."`
}

type feedOutput struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (s *Server) blockFeeds() {
	op := operation(http.MethodGet, feedsPath+"{format}", "feed.get", "feeds", "What devices that watch called outside, as a block list for other gear")
	op.Description = "From what was seen in the last 14 days, tries that nobody answered among it. The same far ends give the same bytes and the same ETag. Blocking them may end functions that you use: read a list before you give it to your gear. docs/reports.md has examples."
	op.Responses = map[string]*huma.Response{"200": {Description: "The list", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	answer(s, op, func(ctx context.Context, in *feedInput) (*feedOutput, error) {
		var l report.Blocked
		if err := s.Store.EachOf(ctx, store.DevicesQuery{Sites: in.Sites}, in.device, func(k *store.Known) error {
			for i := range k.Destinations {
				if d := &k.Destinations[i]; in.far(d) {
					l.Add(&k.Audited, d)
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := l.Write(&b, in.Format, "seen by cordon "+s.Version); err != nil {
			return nil, err
		}
		return &feedOutput{"text/plain; charset=utf-8", b.Bytes()}, nil
	})
}

// device reports whether a device's far ends are asked for.
func (in *feedInput) device(d *store.DeviceRow) bool {
	if d.Hidden {
		return false
	}
	if len(in.Classes) > 0 {
		return slices.Contains(in.Classes, d.Class)
	}
	return cordon.Watches(d.Class)
}

// far reports whether a far end is asked for.
func (in *feedInput) far(d *cordon.Destination) bool {
	return len(in.Countries) == 0 || slices.ContainsFunc(in.Countries, func(c string) bool {
		return strings.EqualFold(c, d.Country) || strings.EqualFold(c, cmp.Or(d.Operator, "-"))
	})
}

// feedToken is the token in the address of a request for a block list: gear that fetches lists often sends no
// header of its own. Addresses stand in logs and histories, so byToken takes from there only what opens nothing else.
func feedToken(r *http.Request) string {
	if !strings.HasPrefix(r.URL.Path, feedsPath) || !reads(r.Method) {
		return ""
	}
	return r.URL.Query().Get("token")
}

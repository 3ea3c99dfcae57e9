package api

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/store"
)

// feeding is a world whose devices called somebody.
func feeding(t *testing.T) *world {
	w := newWorld(t, nil)
	call := func(name, addr, country string) cordon.Destination {
		return cordon.Destination{Name: name, Address: netip.MustParseAddr(addr), Port: 443, Protocol: "tcp", Place: cordon.Place{Country: country, Operator: "SG", Network: "net " + hostile}, Sent: 10, Flows: 1}
	}
	camera, plug, phone, yard := device(1), device(2), device(3), device(4)
	camera.Destinations = []cordon.Destination{call("cloud.example.com", "203.0.113.7", "CN"), call("", "2001:db9::9", "US"), call(hostile, "203.0.113.8", "CN"), call(strings.Repeat("a.", 120)+"example.com", "203.0.113.6", "CN")}
	plug.Identity.Class.Value, plug.Destinations = cordon.ClassPlug, []cordon.Destination{call("plug.example.com", "203.0.113.9", "CN")}
	phone.Identity.Class.Value, phone.Hidden, phone.Destinations = cordon.ClassPhone, true, []cordon.Destination{call("private.example.com", "203.0.113.10", "CN")}
	yard.Site, yard.Destinations = "yard", []cordon.Destination{call("yard.example.com", "203.0.113.11", "DE")}
	must(t, w.store.PutDevices(t.Context(), []store.Known{camera, plug, phone, yard}))
	return w
}

func TestFeeds(t *testing.T) {
	w := feeding(t)
	for path, c := range map[string]struct{ has, lacks string }{
		"/feeds/hosts":             {"0.0.0.0 cloud.example.com", "plug.example.com"},
		"/feeds/adblock":           {"||yard.example.com^", "private"},
		"/feeds/ip":                {"203.0.113.8\n", "203.0.113.10\n"},
		"/feeds/nft":               {"2001:db9::9,", "203.0.113.9,"},
		"/feeds/rpz":               {"cloud.example.com CNAME .", strings.Repeat("a.", 120)},
		"/feeds/hosts?site=yard":   {"yard.example.com", "cloud.example.com"},
		"/feeds/hosts?class=plug":  {"plug.example.com", "cloud.example.com"},
		"/feeds/hosts?class=phone": {"nothing to block", "private"},
		"/feeds/hosts?country=de":  {"yard.example.com", "cloud.example.com"},
		"/feeds/hosts?country=SG":  {"cloud.example.com", "plug"},
		"/feeds/ip?country=ZZ":     {"nothing to block", "203.0.113"},
	} {
		a := w.want(200, w.do("GET", path, ""))
		if !strings.Contains(a.body, c.has) || strings.Contains(a.body, c.lacks) || strings.ContainsAny(a.body, "\x1b\u202e") {
			t.Errorf("%s: %s", path, a.body)
		}
		if !strings.HasPrefix(a.head.Get("Content-Type"), "text/plain") {
			t.Error(a.head)
		}
		w.want(304, w.do("GET", path, "", "If-None-Match", a.head.Get("ETag")))
	}
	w.want(422, w.do("GET", "/feeds/csv", ""))
}

// A token of the role feed opens feeds and nothing else; no other token is taken from an address.
func TestFeedTokens(t *testing.T) {
	w := feeding(t)
	feed, read := w.token("feed"), w.token("viewer")
	w.want(200, w.overTCP("GET", "/feeds/hosts?token="+feed, ""))
	w.want(200, w.overTCP("GET", "/feeds/hosts", "", "Authorization", "Bearer "+feed))
	w.want(200, w.overTCP("GET", "/feeds/hosts", "", "Authorization", "Bearer "+read))
	w.want(401, w.overTCP("GET", "/feeds/hosts?token="+read, ""))
	w.want(401, w.overTCP("GET", "/feeds/hosts", ""))
	w.want(401, w.overTCP("GET", "/v1/devices?token="+feed, ""))
	for _, item := range []string{"/", "/docs", "/openapi.json", "/metrics"} {
		w.want(403, w.overTCP("GET", item, "", "Authorization", "Bearer "+feed))
	}
	for path, item := range w.s.api.OpenAPI().Paths {
		if item.Get == nil || strings.HasPrefix(path, "/feeds/") || item.Get.Tags[0] == "door" {
			continue
		}
		path = strings.NewReplacer("{id}", "1", "{name}", "hq", "{provider}", "x").Replace(path)
		if a := w.overTCP("GET", path, "", "Authorization", "Bearer "+feed); a.status != 403 {
			t.Errorf("%s: %d to a token of the role feed", path, a.status)
		}
	}
}

// What the lists are for takes them: nft and BIND's checker.
func TestFeedsAreTaken(t *testing.T) {
	w := feeding(t)
	dir := t.TempDir()
	for _, c := range []struct {
		format string
		tool   []string
	}{{"nft", []string{"nft", "-c", "-f"}}, {"rpz", []string{"named-checkzone", "rpz.example.org"}}} {
		tool, err := exec.LookPath(c.tool[0])
		if err != nil {
			t.Logf("%s is not here", c.tool[0])
			continue
		}
		if c.format == "nft" && os.Geteuid() != 0 {
			continue // it asks the kernel
		}
		file := filepath.Join(dir, c.format)
		must(t, os.WriteFile(file, []byte(w.want(200, w.do("GET", "/feeds/"+c.format, "")).body), 0o600))
		if out, err := exec.Command(tool, append(c.tool[1:], file)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", c.format, err, out)
		}
	}
}

package knowledge

import (
	"bytes"
	"net"
	"net/netip"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"cordon"
)

// makeMMDB writes a small database.
func makeMMDB(t testing.TB, rows map[string]mmdbtype.Map) []byte {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "test", RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, row := range rows {
		_, n, err := net.ParseCIDR(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(n, row); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUseMMDB(t *testing.T) {
	iso := func(cc string) mmdbtype.Map { return mmdbtype.Map{"iso_code": mmdbtype.String(cc)} }
	countries := makeMMDB(t, map[string]mmdbtype.Map{
		"8.8.8.0/24":           {"country": iso("FR"), "registered_country": iso("SE")},
		"9.9.9.0/24":           {"country_code": mmdbtype.String("NO")},
		"10.0.0.0/8":           {"country": iso("DE")}, // an owner may name his own network
		"1.1.1.0/24":           {"country": iso("Nowhere")},
		"2001:4860:4860::/48":  {"country": iso("IT")},
		"2606:4700:4700::/128": {"country": mmdbtype.String("wrong shape")},
	})
	networks := makeMMDB(t, map[string]mmdbtype.Map{
		"8.8.8.0/24": {"autonomous_system_number": mmdbtype.Uint32(64512), "autonomous_system_organization": mmdbtype.String("Ours")},
	})
	b := new(Base)
	if err := b.UseMMDB(countries, networks); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		addr string
		want cordon.Place
	}{
		{"8.8.8.8", cordon.Place{Country: "SE", Operator: "US", ASN: 64512, Network: "Ours"}},
		{"::ffff:8.8.8.8", cordon.Place{Country: "SE", Operator: "US", ASN: 64512, Network: "Ours"}},
		{"10.1.2.3", cordon.Place{Country: "DE"}},
		{"192.168.1.1", cordon.Place{}},
	} {
		if got := b.Where(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.addr, got, c.want)
		}
	}
	for addr, country := range map[string]string{
		"9.9.9.9": "NO", "2001:4860:4860::8888": "IT",
		"1.1.1.1":          world.lookup(netip.MustParseAddr("1.1.1.1")).Country,
		"2606:4700:4700::": world.lookup(netip.MustParseAddr("2606:4700:4700::")).Country,
	} {
		if got := b.Where(netip.MustParseAddr(addr)).Country; got != country {
			t.Errorf("%s: country %q, want %q", addr, got, country)
		}
	}
	if got := b.Where(netip.Addr{}); got != (cordon.Place{}) {
		t.Errorf("no address: %+v", got)
	}
	if err := b.UseMMDB(nil, nil); err != nil || b.Where(netip.MustParseAddr("8.8.8.8")).Country != "US" {
		t.Errorf("taking the files away: %v", err)
	}
}

func TestUseMMDBRefuses(t *testing.T) {
	b := new(Base)
	for _, bad := range [][]byte{{}, []byte("not a database"), ouiBytesHead()} {
		if err := b.UseMMDB(bad, nil); err == nil {
			t.Errorf("%d bytes taken for a country file", len(bad))
		}
		if err := b.UseMMDB(nil, bad); err == nil {
			t.Errorf("%d bytes taken for an ASN file", len(bad))
		}
	}
	if b.country != nil || b.asn != nil {
		t.Error("a refused file is in use")
	}
}

func ouiBytesHead() []byte { return []byte(ouiBytes[:4096]) }

// FuzzUseMMDB holds that no file of the owner's can stop a look-up.
func FuzzUseMMDB(f *testing.F) {
	f.Add(makeMMDB(f, map[string]mmdbtype.Map{"8.8.8.0/24": {"country_code": mmdbtype.String("SE"), "autonomous_system_number": mmdbtype.Uint32(1)}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := new(Base)
		if b.UseMMDB(data, data) != nil {
			return
		}
		b.Where(netip.MustParseAddr("8.8.8.8"))
		b.Where(netip.MustParseAddr("2001:4860:4860::8888"))
	})
}

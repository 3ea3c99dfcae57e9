package find

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cordon"
)

// listedKinds reads the kinds that docs/design/kinds.md names: "a.b", and ".c" after
// "a.b/" as shorthand for "a.c".
func listedKinds(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "design", "kinds.md"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	word := regexp.MustCompile(`([a-z0-9]+)\.([a-z0-9_]+)((?:(?:\(hashed\))?/\.[a-z0-9_]+)*)`)
	for _, m := range word.FindAllStringSubmatch(string(b), -1) {
		kinds[m[1]+"."+m[2]] = true
		for _, more := range strings.Split(m[3], "/.")[1:] {
			more, _, _ = strings.Cut(more, "(")
			kinds[m[1]+"."+more] = true
		}
	}
	return kinds
}

func TestRows(t *testing.T) {
	kinds := listedKinds(t)
	seen := map[string]bool{}
	if len(Protocols()) > 255 {
		t.Fatal("a protocol's number no longer fits a byte")
	}
	for i, p := range Protocols() {
		if p.Name == "" || p.Name != strings.ToLower(p.Name) || seen[p.Name] {
			t.Errorf("row %d: name %q is empty, not lower case or taken", i, p.Name)
		}
		seen[p.Name] = true
		if p.Doc == "" || p.Source == "" || p.Detect == nil || p.Transport == 0 {
			t.Errorf("%s: a field is missing", p.Name)
		}
		if p.Always && len(p.Ports) == 0 && p.Transport == UDP {
			t.Errorf("%s: Always without ports", p.Name)
		}
		for _, k := range p.Kinds {
			if !kinds[string(k)] {
				t.Errorf("%s: kind %s is not in docs/design/kinds.md", p.Name, k)
			}
		}
		if Number(p) != uint8(i+1) || ByNumber(Number(p)) != p {
			t.Errorf("%s: number %d", p.Name, Number(p))
		}
	}
}

func TestSamplesAreIdentified(t *testing.T) {
	for _, p := range Protocols() {
		if len(samples[p.Name]) == 0 {
			t.Errorf("%s: no sample", p.Name)
		}
		declared := map[cordon.Kind]bool{}
		for _, k := range p.Kinds {
			declared[k] = true
		}
		for i, m := range samples[p.Name] {
			app, facts := hear(m)
			if app != p.Name {
				t.Errorf("%s: sample %d is taken for %q", p.Name, i, app)
			}
			for _, f := range facts {
				if !declared[f.Kind] {
					t.Errorf("%s: %s is not declared", p.Name, f.Kind)
				}
			}
		}
	}
}

// A Detect that is tried anywhere must not claim other protocols' messages, whatever the port.
func TestAnywhereIsStrict(t *testing.T) {
	for _, p := range Protocols() {
		if !p.Anywhere {
			continue
		}
		for name, list := range samples {
			if name == p.Name || kin[p.Name] != "" && kin[p.Name] == kin[name] {
				continue
			}
			for i, m := range list {
				moved := *m
				moved.From.Addr = netip.AddrPortFrom(m.From.Addr.Addr(), 40001)
				moved.To.Addr = netip.AddrPortFrom(m.To.Addr.Addr(), 40002)
				if m.Transport == p.Transport && p.Detect(&moved) {
					t.Errorf("%s claims sample %d of %s", p.Name, i, name)
				}
			}
		}
	}
}

// kin are protocols that share one format and are told apart by port alone.
var kin = map[string]string{}

func TestAnywhereRefusesNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < 10_000; i++ {
		b := make([]byte, 1+r.IntN(200))
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		for _, tr := range []Transport{UDP, TCP} {
			m := datagram("10.0.0.1:40001", "10.0.0.2:40002", b)
			if m.Transport = tr; tr == TCP {
				m.Reply = b[len(b)/2:]
			}
			if p := Identify(m); p != nil {
				t.Errorf("%s claims noise %x", p.Name, b)
			}
		}
	}
}

// Every Detect and Hear must bear every beginning of every sample.
func TestShortInput(t *testing.T) {
	for _, p := range Protocols() {
		for _, m := range samples[p.Name] {
			for n := 0; n < min(len(m.Data), 300); n++ {
				short := *m
				short.Data = m.Data[:n:n]
				short.Reply = m.Reply[:min(n, len(m.Reply))]
				p.Detect(&short)
				hearAs(p, &short)
				if p.Enough != nil {
					p.Enough(&short)
				}
			}
		}
	}
}

func TestIdentifyDoesNotAllocate(t *testing.T) {
	for _, list := range samples {
		for _, m := range list {
			if n := testing.AllocsPerRun(5, func() { Identify(m) }); n > 0 {
				p := Identify(m)
				t.Fatalf("Identify allocates %v times for a message of %v", n, p)
			}
		}
	}
}

func TestTidy(t *testing.T) {
	long := strings.Repeat("a", MaxValue-1) + "é"
	for in, want := range map[string]string{
		" x\r\n":   "x",
		"a\xffb":   "a\uFFFDb",
		long:       long[:MaxValue-1],
		"\x00":     "",
		"über\x00": "über",
	} {
		if got := Tidy(in); got != want {
			t.Errorf("Tidy(%.20q) = %.20q", in, got)
		}
	}
	if n := len(Tidy(strings.Repeat("\xff", MaxValue))); n > MaxValue {
		t.Errorf("Tidy gives %d bytes", n)
	}
}

func TestPrefix(t *testing.T) {
	for in, want := range map[string]string{"VSTA-123456-ABCDE": "VSTA", "123456789": "12", "abc": "a", "": ""} {
		if got := Prefix(in); got != want {
			t.Errorf("Prefix(%q) = %q, want %q", in, got, want)
		}
	}
}

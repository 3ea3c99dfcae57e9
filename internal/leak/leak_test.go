package leak

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// secret stands beside every identifier in the lists below; it must never come out.
const secret = "hunter2-very-secret"

func own(t testing.TB, ids ...string) *Own {
	t.Helper()
	o := NewOwn()
	for _, id := range ids {
		if err := o.Add(id); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func matches(t testing.TB, o *Own, r io.Reader) []string {
	t.Helper()
	var out []string
	if _, err := o.Search(r, func(m Match) {
		out = append(out, fmt.Sprintf("%d %s %d %s", m.Line, m.ID, m.Port, m.How))
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func wide(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestSearch(t *testing.T) {
	o := own(t, "203.0.113.0/24", "2001:db8:7::/48", "198.51.100.7", "ABCD-123456-XYZAB", "DS-2CD2042WD-I20160727", "44:19:b6:00:11:22", "cam.example.net")
	for name, c := range map[string]struct {
		list string
		want []string
	}{
		"CSV":               {"ip,port,user,password\n203.0.113.9,554,admin," + secret + "\n192.0.2.1,554,admin,x\n", []string{"2 203.0.113.9 0 as it is"}},
		"plain with port":   {"192.0.2.1:80\n203.0.113.9:554:admin:" + secret + "\n", []string{"2 203.0.113.9 554 as it is"}},
		"URL":               {"rtsp://admin:" + secret + "@203.0.113.9:8554/Streaming/Channels/101\n", []string{"1 203.0.113.9 8554 as it is"}},
		"JSON lines":        {`{"uid":"ABCD123456XYZAB","pw":"` + secret + `"}` + "\n" + `{"uid":"abcd-123456-xyzab"}`, []string{"1 ABCD-123456-XYZAB 0 as it is", "2 ABCD-123456-XYZAB 0 as it is"}},
		"IPv6":              {"[2001:db8:7::9]:554\n2001:db8:8::9\n2001:DB8:7::a,x\n", []string{"1 2001:db8:7::9 0 as it is", "3 2001:db8:7::a 0 as it is"}},
		"MAC":               {"4419b6001122;44-19-B6-00-11-22;4419.b600.1122", []string{"1 44:19:b6:00:11:22 0 as it is", "1 44:19:b6:00:11:22 0 as it is", "1 44:19:b6:00:11:22 0 as it is"}},
		"host name":         {"http://cam.example.net/\ncam.example.net.\nxcam.example.net\n", []string{"1 cam.example.net 0 as it is", "2 cam.example.net 0 as it is"}},
		"UTF-16":            {wide("a;203.0.113.9\r\n198.51.100.7"), []string{"1 203.0.113.9 0 as it is", "2 198.51.100.7 0 as it is"}},
		"hash":              {sum("203.0.113.9") + "\n" + strings.ToUpper(sum("ABCD123456XYZAB")), []string{"1 203.0.113.9 0 hashed (SHA-256)", "2 ABCD-123456-XYZAB 0 hashed (SHA-256)"}},
		"start of a hash":   {sum("203.0.113.9")[:20] + "\n" + sum("198.51.100.7")[:12] + "\n" + sum("198.51.100.7")[:11], []string{"1 203.0.113.9 0 hashed (SHA-256)", "2 198.51.100.7 0 beginning of its hash (SHA-256): possible, verify"}},
		"nearly a hash":     {sum("203.0.113.9")[:16] + "x\n" + sum("203.0.113.9")[:13] + "g\n" + sum("203.0.113.9")[:14] + "-9\n", nil},
		"part of a word":    {"x203.0.113.9\n203.0.113.99999\n1203.0.113.9\n203.0.113.9.5\nZZABCD-123456-XYZAB\n", nil},
		"no address at all": {"203.0.113.256\n203.0.113\n203..113.9\n", nil},
		"nothing":           {"", nil},
		"one endless word":  {strings.Repeat("203.0.113.9", 100_000), nil},
		"after an endless":  {strings.Repeat("x", 5000) + "\n203.0.113.9", []string{"2 203.0.113.9 0 as it is"}},
	} {
		if got := matches(t, o, strings.NewReader(c.list)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := matches(t, o, iotest.OneByteReader(strings.NewReader(c.list[:min(len(c.list), 4000)]))); len(c.list) < 4000 && !slices.Equal(got, c.want) {
			t.Errorf("%s, byte by byte: %q, want %q", name, got, c.want)
		}
	}
}

// What an audit kept only hashed is found by whoever has the instance's key.
func TestHidden(t *testing.T) {
	hide := func(id string) string { return id[:min(2, len(id))] + "…#" + sum("key" + id)[:12] }
	o := NewOwn()
	if err := o.AddHidden(hide("VSTA-123456-ABCDE"), hide); err != nil {
		t.Fatal(err)
	}
	if got := matches(t, o, strings.NewReader("VSTA-999999-ABCDE,x\nvsta-123456-abcde,"+secret)); !slices.Equal(got, []string{"2 " + hide("VSTA-123456-ABCDE") + " 0 as it is"}) {
		t.Errorf("%q", got)
	}
	if o.AddHidden("VSTA", hide) == nil {
		t.Error("took what is not hidden")
	}
}

func TestAddRefuses(t *testing.T) {
	for _, id := range []string{"", "abc", "administrator", "12345", "10.0.0.0/8", "192.168.1.9", "fe80::1", "100.64.0.1", "0.0.0.0/0", "::/0"} {
		if err := NewOwn().Add(id); err == nil {
			t.Errorf("%q was taken", id)
		}
	}
	if err := NewOwn().Add("192.168.1.9"); !errors.Is(err, ErrPrivate) {
		t.Errorf("%v", err)
	}
	o := own(t, "K12345678", "k-1234-5678")
	if o.Len() != 1 {
		t.Errorf("%d identifiers of one", o.Len())
	}
}

func TestTally(t *testing.T) {
	for text, lines := range map[string]int64{"": 0, "a": 1, "a\n": 1, "a\nb": 2, "\n\n": 2} {
		got, err := own(t, "203.0.113.9").Search(strings.NewReader(text), func(Match) {})
		if err != nil || got.Lines != lines || got.Bytes != int64(len(text)) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	broken := iotest.ErrReader(errors.New("disk"))
	if _, err := own(t, "203.0.113.9").Search(broken, func(Match) {}); err == nil {
		t.Error("an error was lost")
	}
}

// Memory does not depend on the list, and nothing is allocated for a word.
func TestNothingIsAllocatedPerWord(t *testing.T) {
	o := own(t, "203.0.113.0/24", "ABCD-123456-XYZAB")
	list := strings.Repeat("192.0.2.1:554,admin,"+secret+",ABCD-123456-QQQQQ,"+sum("x")+"\n", 2000)
	if n := testing.AllocsPerRun(5, func() {
		o.Search(strings.NewReader(list), func(Match) { t.Error("a match") })
	}); n > 20 {
		t.Errorf("%.0f allocations for 2,000 lines", n)
	}
}

func FuzzSearch(f *testing.F) {
	f.Add([]byte("203.0.113.9:554:admin:x\n"))
	f.Add([]byte(`{"uid":"ABCD-123456-XYZAB"}`))
	f.Add([]byte(wide("203.0.113.9")))
	f.Add([]byte("[2001:db8:7::9]:554"))
	f.Add([]byte(sum("203.0.113.9")))
	o := own(f, "203.0.113.0/24", "2001:db8:7::/48", "ABCD-123456-XYZAB")
	mine := map[string]bool{"ABCD-123456-XYZAB": true}
	f.Fuzz(func(t *testing.T, b []byte) {
		var at int64
		o.Search(strings.NewReader(string(b)), func(m Match) {
			if !mine[m.ID] && !strings.HasPrefix(m.ID, "203.0.113.") && !strings.HasPrefix(m.ID, "2001:db8:7:") {
				t.Errorf("%q is not the owner's", m.ID)
			}
			if m.Line < at {
				t.Errorf("line %d after %d", m.Line, at)
			}
			at = m.Line
		})
	})
}

func BenchmarkSearch(b *testing.B) {
	o := own(b, "203.0.113.0/24", "ABCD-123456-XYZAB")
	list := strings.Repeat("192.0.2.1:554,admin,"+secret+",ABCD-123456-QQQQQ\n", 10_000)
	b.SetBytes(int64(len(list)))
	for b.Loop() {
		o.Search(strings.NewReader(list), func(Match) {})
	}
}

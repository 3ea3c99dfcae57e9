package find

import (
	"strings"
	"testing"
)

// The values are those of the project's protocol notes, worked out by Python's mmh3 and base64.
func TestFaviconHash(t *testing.T) {
	for in, want := range map[string]int32{"hello": 1155597304, strings.Repeat("\x00", 100): -1140816753} {
		if got := faviconHash([]byte(in)); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

// MurmurHash3 of SMHasher's well-known words, tails of every length.
func TestMurmur3(t *testing.T) {
	for in, want := range map[string]uint32{
		"": 0, "a": 0x3c2569b2, "aa": 0x371091a9, "hello": 0x248bfa47, "hello, world": 0x149bbb7f,
		"The quick brown fox jumps over the lazy dog.": 0xd5c48bfc,
	} {
		if got := murmur3([]byte(in)); got != want {
			t.Errorf("%q: %#x, want %#x", in, got, want)
		}
	}
}

func TestFavicon(t *testing.T) {
	const icon = "\x00\x00\x01\x00\x01\x00 and so on"
	answer := func(body string) string {
		return "HTTP/1.1 200 OK\r\nContent-Type: image/x-icon\r\nContent-Length: 16\r\n\r\n" + body
	}
	for name, c := range map[string]struct {
		path, reply string
		want        bool
	}{
		"icon":       {"/favicon.ico", answer(icon), true},
		"in chunks":  {"/favicon.ico", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n" + icon[:4] + "\r\nc\r\n" + icon[4:] + "\r\n0\r\n\r\n", true},
		"elsewhere":  {"/img/favicon.png?v=2", answer("\x89PNG" + icon[4:]), false},
		"no icon":    {"/index.html", answer(icon), false},
		"cut off":    {"/favicon.ico", answer(icon)[:70], false},
		"a page":     {"/favicon.ico", answer("<html>log in</html>"[:16]), false},
		"not found":  {"/favicon.ico", strings.Replace(answer(icon), "200 OK", "404 Not Found", 1), false},
		"nothing":    {"/favicon.ico", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false},
		"compressed": {"/favicon.ico", strings.Replace(answer(icon), "Content-Type", "Content-Encoding: gzip\r\nContent-Type", 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := hear(connection("10.0.0.2:40000", "10.0.0.9:80", []byte("GET "+c.path+" HTTP/1.1\r\n\r\n"), []byte(c.reply)))
			if has := hasFact(got, fact{"http", "10.0.0.9", "http.favicon", "629699061"}); has != c.want {
				t.Errorf("heard %v: %v", has, got)
			}
			if has := hasFact(got, fact{Kind: "http.favicon_md5"}); has != (c.want || name == "elsewhere") {
				t.Errorf("md5 heard %v", has)
			}
		})
	}
}

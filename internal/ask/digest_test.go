package ask

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The examples of RFC 7616 section 3.9.1 and RFC 2617 section 3.5.
func TestDigestOfTheStandards(t *testing.T) {
	mufasa := Login{User: "Mufasa", Password: "Circle of Life"}
	newer := challenge{Scheme: "digest", Realm: "http-auth@example.org", Nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		Opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", Auth: true}
	older := challenge{Scheme: "digest", Realm: "testrealm@host.com", Nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", Opaque: "5ccc069c403ebaf9f0171e9517f40e41", Auth: true}
	for _, c := range []struct {
		challenge       challenge
		algorithm       string
		login           Login
		uri, nonce, out string
	}{
		{newer, "MD5", mufasa, "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "8ca523f5e9506fed4657c9700eebdbec"},
		{newer, "SHA-256", mufasa, "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{older, "", Login{"Mufasa", "Circle Of Life"}, "/dir/index.html", "0a4f113b", "6629fae49393a05397450978507c4ef1"},
	} {
		c.challenge.Algorithm = c.algorithm
		got, err := digestAuth(c.challenge, c.login, "GET", c.uri, c.nonce, 1)
		if err != nil || !strings.Contains(got, `response="`+c.out+`"`) || !strings.Contains(got, "nc=00000001") {
			t.Errorf("%s: %v, %v", c.algorithm, got, err)
		}
	}
	// RFC 2069 as corrected by erratum 749: without qop.
	plain := challenge{Scheme: "digest", Realm: "testrealm@host.com", Nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
	got, err := digestAuth(plain, Login{"Mufasa", "CircleOfLife"}, "GET", "/dir/index.html", "x", 1)
	if err != nil || !strings.Contains(got, `response="1949323746fe6a43ef61f9606e7febea"`) || strings.Contains(got, "cnonce") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestChallenges(t *testing.T) {
	for value, want := range map[string]string{
		`Digest realm="IP Camera(12345)", qop="auth", nonce="abc", stale="FALSE"`:      "digest IP Camera(12345) abc auth",
		`Digest qop="auth", realm="a, b \"c\"", nonce="x==", opaque="", algorithm=MD5`: `digest a, b "c" x== auth`,
		`Basic realm="cam"`: "basic cam ",
		`Digest realm="a",nonce="1",algorithm=SHA-256,qop="auth,auth-int", Basic realm="b"`: "digest a 1 auth|basic b ",
		`Negotiate abc==, Digest realm="a", nonce="n"`:                                      "digest a n",
		`Digest`:                     "digest  ",
		``:                           "",
		`=`:                          "",
		`realm="x"`:                  "",
		`Digest realm="unterminated`: "digest unterminated ",
	} {
		var got []string
		for _, c := range parseChallenges(value) {
			s := fmt.Sprintf("%s %s %s", c.Scheme, c.Realm, c.Nonce)
			if c.Auth {
				s += " auth"
			}
			got = append(got, s)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s\n gives %q, want %q", value, strings.Join(got, "|"), want)
		}
	}
}

func TestBestChallenge(t *testing.T) {
	best, ok := bestChallenge([]string{`Basic realm="b"`, `Digest realm="d", nonce="1", algorithm=MD5`, `Digest realm="s", nonce="2", algorithm=SHA-256`})
	if !ok || best.Realm != "s" {
		t.Errorf("chose %+v", best)
	}
	if _, ok := bestChallenge([]string{`Digest realm="x", nonce="1", algorithm=SHA-512-256`, "NTLM"}); ok {
		t.Error("chose what cannot be answered")
	}
}

func TestDigestRefusesFieldEnds(t *testing.T) {
	c := challenge{Scheme: "digest", Realm: "x\r\nX-Evil: y", Nonce: "n"}
	if _, err := digestAuth(c, Login{"a", "b"}, "GET", "/", "c", 1); !errors.Is(err, errChallenge) {
		t.Errorf("gave %v", err)
	}
}

// The example of the ONVIF Application Programmer's Guide 1.0, section 6.1.1.3.
func TestUsernameToken(t *testing.T) {
	nonce, _ := base64.StdEncoding.DecodeString("LKqI6G/AikKCQrN0zqZFlg==")
	at := time.Date(2010, 9, 16, 7, 50, 45, 0, time.UTC)
	got := usernameToken(Login{User: "a<b", Password: "userpassword"}, nonce, at)
	for _, want := range []string{"<Username>a&lt;b</Username>", ">tuOSpGlFlIXsozq4HFNeeGeFLEI=<", ">LKqI6G/AikKCQrN0zqZFlg==<", ">2010-09-16T07:50:45Z<"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if strings.Contains(got, "userpassword") {
		t.Error("the password itself stands in it")
	}
}

func TestClock(t *testing.T) {
	got, ok := clock([]byte(clockAnswer))
	if want := time.Date(2026, 11, 2, 13, 5, 9, 0, time.UTC); !ok || !got.Equal(want) {
		t.Errorf("%v, %v", got, ok)
	}
	for _, bad := range []string{"", "<UTCDateTime>", "<UTCDateTime><Year>2026</Year><Month>13</Month><Day>1</Day><Hour>1</Hour><Minute>1</Minute><Second>1</Second>"} {
		if at, ok := clock([]byte(bad)); ok {
			t.Errorf("%q gives %v", bad, at)
		}
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	l := Login{User: "admin", Password: "hunter2hunter2"}
	for _, s := range []string{fmt.Sprint(l), fmt.Sprintf("%+v %#v %s %q %x %d %v", l, l, l.Password, l.Password, l.Password, l.Password, &l)} {
		if strings.Contains(s, "hunter2") {
			t.Errorf("shows %q", s)
		}
	}
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="IP Camera(12345)", qop="auth", nonce="abc", stale="FALSE", Basic realm="x"`)
	f.Add(`Digest realm="a\"b", nonce=x, algorithm=SHA-256-sess, opaque="\`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range parseChallenges(value) {
			out, err := digestAuth(c, Login{"u\"s", "p"}, "GET", "/x", "cn", 1)
			if err == nil && (strings.ContainsAny(out, "\r\n") || !strings.Contains(out, "response=")) {
				t.Fatalf("made %q", out)
			}
		}
	})
}

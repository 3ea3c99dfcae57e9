package ask

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"cordon"
)

// lockbox plays a web server behind Digest that locks after limit wrong log-ins.
type lockbox struct {
	t        *testing.T
	password string
	limit    int
	wrong    int
	tells    bool // says how many tries are left, as ISAPI userCheck does
}

func (l *lockbox) answer(sent []byte) []byte {
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(sent)))
	if err != nil {
		l.t.Fatal(err)
	}
	refuse := func(body string) []byte {
		return page("401 Unauthorized", "WWW-Authenticate: Digest realm=\"box\", nonce=\"abc\", qop=\"auth\"\r\n", body)
	}
	auth := req.Header.Get("Authorization")
	if l.wrong >= l.limit {
		return page("403 Forbidden", "", "<userCheck><lockStatus>lock</lockStatus></userCheck>")
	}
	if auth == "" {
		return refuse("")
	}
	_, rest, _ := strings.Cut(auth, `cnonce="`)
	cnonce, _, _ := strings.Cut(rest, `"`)
	right, _ := digestAuth(challenge{Scheme: "digest", Realm: "box", Nonce: "abc", Auth: true}, Login{"admin", Secret(l.password)}, "GET", req.URL.RequestURI(), cnonce, 1)
	if auth == right {
		return page("200 OK", "", "<userCheck><statusValue>200</statusValue></userCheck>")
	}
	l.wrong++
	if l.tells {
		return refuse("<userCheck><lockStatus>unlock</lockStatus><retryLoginTime>" + itoa(l.limit-l.wrong) + "</retryLoginTime></userCheck>")
	}
	return refuse("")
}

var hikHost = &Host{Addr: testAddr, Open: []uint16{80}, Seen: []cordon.Observation{fact("sadp.present", "yes")},
	Done: map[string]Outcome{"http 80 GET /": Answered}, Heard: map[string][]byte{"http 80 GET /": page("200 OK", "", "x")}}

// firstTrial is the trial of the best place, as if nothing was safe to know of it yet.
func firstTrial(h *Host, factory []Factory) (Trial, bool) {
	all, _ := Trials(h, factory)
	if len(all) == 0 {
		return Trial{}, false
	}
	return all[0], true
}

// run does what a runner does, without its budget.
func (l *lockbox) run(trial *Trial) (verdicts []Verdict, unchanged bool) {
	var first []byte
	for i := range trial.Tries {
		look := l.answer(trial.Look.Send)
		if first == nil {
			first = look
		}
		r, err := trial.Tries[i].Request(i, look)
		if err != nil {
			l.t.Fatal(err)
		}
		v := trial.Tries[i].Judge(look, l.answer(r.Send))
		verdicts = append(verdicts, v)
		if v != Miss {
			break
		}
	}
	return verdicts, trial.Unchanged(first, l.answer(trial.Look.Send))
}

func TestFactoryPasswordIsFound(t *testing.T) {
	trial, ok := firstTrial(hikHost, []Factory{{"hikvision", "admin", "12345", "http"}, {"hikvision", "admin", "123456", "http"}})
	if !ok || trial.Place != "http 80 GET /ISAPI/Security/userCheck" || len(trial.Tries) != 2 {
		t.Fatalf("planned %+v", trial)
	}
	box := &lockbox{t: t, password: "12345", limit: 5}
	got, unchanged := box.run(&trial)
	if len(got) != 1 || got[0] != Hit || !unchanged || box.wrong != 0 {
		t.Errorf("verdicts %v, unchanged %v", got, unchanged)
	}
	if kind, value := trial.Tries[0].Fact(); kind != "password.factory" || value != "hikvision admin" {
		t.Errorf("says %s %q", kind, value)
	}
}

// A device that says how many tries are left is never brought to its last two; the runner's budget
// does the same for those that say nothing.
func TestTellingDevicesAreLeftAlone(t *testing.T) {
	var factory []Factory
	for _, p := range []Secret{"a", "b", "c", "d", "e", "f", "g", "h"} {
		factory = append(factory, Factory{"x", "admin", p, "http"})
	}
	for limit := 3; limit <= 20; limit++ {
		trial, _ := firstTrial(hikHost, factory)
		box := &lockbox{t: t, password: "another", limit: limit, tells: true}
		_, unchanged := box.run(&trial)
		if box.wrong > limit-2 || !unchanged {
			t.Errorf("limit %d: %d wrong tries, unchanged %v", limit, box.wrong, unchanged)
		}
	}
}

func TestOddAnswersStop(t *testing.T) {
	look := page("401 Unauthorized", "WWW-Authenticate: Digest realm=\"box\", nonce=\"abc\"\r\n", "")
	again := func(realm, more, body string) []byte {
		return page("401 Unauthorized", "WWW-Authenticate: Digest realm=\""+realm+"\", nonce=\"def\""+more+"\r\n", body)
	}
	try := Try{kind: webDoor}
	for name, c := range map[string]struct {
		heard []byte
		want  Verdict
	}{
		"wrong":       {again("box", "", ""), Miss},
		"right":       {page("200 OK", "", "x"), Hit},
		"realm":       {again("locked", "", ""), Odd},
		"403":         {page("403 Forbidden", "", ""), Odd},
		"423":         {page("423 Locked", "", ""), Locked},
		"429":         {page("429 Too Many Requests", "", ""), Locked},
		"later":       {page("401 Unauthorized", "Retry-After: 60\r\n", ""), Locked},
		"old nonce":   {again("box", ", stale=true", ""), Old},
		"lockStatus":  {again("box", "", "<userCheck><lockStatus>lock</lockStatus></userCheck>"), Locked},
		"few left":    {again("box", "", "<userCheck><retryLoginTime>2</retryLoginTime></userCheck>"), Locked},
		"enough":      {again("box", "", "<userCheck><lockStatus>unlock</lockStatus><unlockTime>0</unlockTime><retryLoginTime>4</retryLoginTime></userCheck>"), Miss},
		"no offer":    {page("401 Unauthorized", "", ""), Odd},
		"nothing":     {nil, Odd},
		"garbage":     {[]byte("\x00\x01"), Odd},
		"moved":       {page("302 Found", "Location: /\r\n", ""), Odd},
		"200, locked": {page("200 OK", "", "<r><lockStatus>locked</lockStatus></r>"), Locked},
	} {
		if got := try.Judge(look, c.heard); got != c.want {
			t.Errorf("%s is %v, want %v", name, got, c.want)
		}
	}
}

// Tries go where they are safe: no Basic in the clear, no place that lets everybody in, no shell.
func TestWhereNothingIsTried(t *testing.T) {
	trial, ok := firstTrial(hikHost, []Factory{{"x", "admin", "admin", "http"}})
	if !ok {
		t.Fatal("no trial")
	}
	for name, look := range map[string][]byte{
		"basic":   page("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""),
		"open":    page("200 OK", "", "x"),
		"locked":  page("401 Unauthorized", "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n", "<lockStatus>lock</lockStatus>"),
		"silent":  nil,
		"form":    page("401 Unauthorized", "", "log in"),
		"missing": page("404 Not Found", "", ""),
	} {
		if r, err := trial.Tries[0].Request(0, look); !errors.Is(err, ErrNoTry) {
			t.Errorf("%s: tries %q, %v", name, r.Send, err)
		}
		why := map[string]NoTry{"basic": OnlyClear, "open": LetsIn, "locked": LockedNow, "silent": Nowhere, "form": OtherForm, "missing": Nowhere}[name]
		if got := trial.Offers(look); got != why {
			t.Errorf("%s: offers %q, want %q", name, got, why)
		}
	}
	if all, why := Trials(hikHost, []Factory{{"x", "root", "xc3511", "telnet"}, {"x", "root", "x", "ssh"}}); len(all) != 0 || why != NoneKnown {
		t.Errorf("a shell's password is tried: %v, %q", all, why)
	}
	if all, why := Trials(&Host{Addr: testAddr}, []Factory{{"x", "admin", "admin", "http"}}); len(all) != 0 || why != Nowhere {
		t.Errorf("tries where nothing asks for a log-in: %v, %q", all, why)
	}
	if !LockedNow.Tells(OnlyClear) || !OnlyClear.Tells(Nowhere) || NoneKnown.Tells(OtherForm) || OnlyClear.Tells(OnlyClear) {
		t.Error("the most telling reason is not the one that counts")
	}
}

func TestOrderOfTries(t *testing.T) {
	factory := []Factory{{"m", "admin", "1", "http"}, {"m", "admin", "2", "http"}, {"m", "root", "1", ""}, {"b", "admin", "1", ""}, {"b", "", "x", ""}}
	trial, _ := firstTrial(hikHost, factory)
	var got []string
	for i := range trial.Tries {
		got = append(got, trial.Tries[i].User+"/"+string(trial.Tries[i].Password))
		if name := trial.Tries[i].Name(i); strings.Contains(name, "/"+string(trial.Tries[i].Password)+"/") {
			t.Errorf("the name %q may show a password", name)
		}
	}
	if strings.Join(got, " ") != "admin/1 root/1 admin/2" {
		t.Errorf("tries %v", got)
	}
}

// The vector of the discovery notes: the hash of no password; and what results mean.
func TestSofiaHash(t *testing.T) {
	if got := sofiaHash(""); got != "tlJwpbo6" {
		t.Errorf("no password gives %s", got)
	}
	for ret, want := range map[string]Verdict{"100": Hit, "203": Miss, "206": Locked, "103": Odd, `"x"`: Odd} {
		if got := judgeDVRIP(dvrip(1001, []byte(`{"Ret":`+ret+`}`+"\n\x00"))); got != want {
			t.Errorf("Ret %s is %v, want %v", ret, got, want)
		}
	}
}

// RTSP: the nonce is of the connection, so the try is one conversation, judged by its second answer.
func TestRTSPTry(t *testing.T) {
	refused := "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm=\"cam\", nonce=\"one\"\r\n\r\n"
	h := &Host{Addr: testAddr, Open: []uint16{554}, Done: map[string]Outcome{"rtsp 554": Answered}, Heard: map[string][]byte{"rtsp 554": []byte(refused)}}
	trial, ok := firstTrial(h, []Factory{{"x", "admin", "admin", "rtsp"}})
	if !ok || trial.Place != "rtsp 554 /" {
		t.Fatalf("planned %+v", trial)
	}
	r, err := trial.Tries[0].Request(0, []byte(refused))
	if err != nil {
		t.Fatal(err)
	}
	send, done := r.Turn([]byte(strings.Replace(refused, "one", "two", 1)))
	if done || !strings.Contains(string(send), `nonce="two"`) || !strings.Contains(string(send), "CSeq: 2") {
		t.Fatalf("answers %q", send)
	}
	if send, done := r.Turn([]byte(refused)); send != nil || !done {
		t.Errorf("tries again: %q", send)
	}
	for second, want := range map[string]Verdict{refused: Miss, "RTSP/1.0 200 OK\r\n\r\n": Hit, "RTSP/1.0 404 Not Found\r\n\r\n": Odd, "": Odd} {
		if got := trial.Tries[0].Judge(nil, []byte(refused+second)); got != want {
			t.Errorf("%q is %v, want %v", second, got, want)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add([]byte("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"box\", nonce=\"abc\"\r\n\r\n<userCheck><retryLoginTime>4</retryLoginTime></userCheck>"))
	f.Add([]byte("RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\nRTSP/1.0 200 OK\r\n\r\n"))
	f.Add(dvrip(1001, []byte(`{"Ret":203}`)))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, heard []byte) {
		for kind := webDoor; kind <= dvripDoor; kind++ {
			try := Try{kind: kind}
			trial := Trial{kind: kind, host: &Host{Addr: testAddr}}
			trial.Offers(heard)
			if v := try.Judge(heard, heard); v < Miss || v > Old {
				t.Fatalf("verdict %d", v)
			}
		}
		clock(heard)
		mediaAt(heard)
		h := &Host{Addr: testAddr}
		if p, ok := h.place(string(heard), place{TCP, 80, "/"}); ok && (!strings.HasPrefix(p.path, "/") || strings.ContainsAny(p.path, " \r\n?@") || p.port == 0) {
			t.Fatalf("place %+v", p)
		}
		h.service(heard, place{TCP, 80, "/"})
	})
}

// Places: the best first, and the next where the best has no safe log-in.
func TestPlacesOfTries(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{80, 443, 554}, Seen: []cordon.Observation{fact("tvt.present", "yes")},
		Done: map[string]Outcome{"http 80 GET /": Answered, "https 443 GET /": Answered, "rtsp 554": Answered},
		Heard: map[string][]byte{
			"http 80 GET /":   page("401 Unauthorized", "WWW-Authenticate: Basic realm=\"IPC\"\r\n", ""),
			"https 443 GET /": page("401 Unauthorized", "WWW-Authenticate: Basic realm=\"IPC\"\r\n", ""),
			"rtsp 554":        []byte("RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n"),
		}}
	all, why := Trials(h, []Factory{{"tvt", "admin", "1", "http"}})
	var got []string
	for i := range all {
		look := h.Heard[strings.TrimPrefix(strings.TrimSuffix(all[i].Look.Name, " /profile1"), "look ")]
		got = append(got, all[i].Place+" "+string(all[i].Offers(look)))
	}
	if want := "http 80 GET / clear; https 443 GET / ; rtsp 554 /profile1 form"; strings.Join(got, "; ") != want || why != "" {
		t.Errorf("%q, %q", strings.Join(got, "; "), why)
	}
}

// ONVIF: a token with the device's clock, or HTTP's Digest where the device refuses so.
func TestSOAPTry(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{80}, Seen: []cordon.Observation{fact("onvif.xaddrs", "http://"+testAddr.String()+"/onvif/device_service")}, Done: map[string]Outcome{}, Heard: map[string][]byte{}}
	clockName := h.call(place{TCP, 80, devicePath}, "GetSystemDateAndTime", "").Name
	time := func(body string) []byte {
		return page("200 OK", "", "<soap:Envelope>"+body+"</soap:Envelope>")
	}
	h.Done[clockName], h.Heard[clockName] = Answered, time("")
	fault := page("400 Bad Request", "", "<soap:Envelope><Subcode>ter:NotAuthorized</Subcode></soap:Envelope>")
	digest := page("401 Unauthorized", "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n\"\r\n", "")
	trial, ok := firstTrial(h, []Factory{{"x", "admin", "pass-word", "http"}})
	if !ok || trial.Place != clockName[:len("onvif 80 ")]+"GetUsers" {
		t.Fatalf("planned %+v", trial)
	}
	if got := trial.Offers(fault); got != NoClock {
		t.Errorf("without a clock it offers %q", got)
	}
	h.Heard[clockName] = time("<UTCDateTime><Time><Hour>1</Hour><Minute>2</Minute><Second>3</Second></Time><Date><Year>2027</Year><Month>1</Month><Day>2</Day></Date></UTCDateTime>")
	for name, c := range map[string]struct {
		look []byte
		want NoTry
		sent string
	}{
		"token":   {fault, "", "2027-01-02T01:02:03Z"},
		"digest":  {digest, "", "Authorization: Digest username=\"admin\""},
		"open":    {page("200 OK", "", "<GetUsersResponse/>"), LetsIn, ""},
		"another": {page("500 Internal Server Error", "", "<Subcode>ter:ActionNotSupported</Subcode>"), Nowhere, ""},
		"locked":  {page("423 Locked", "", ""), LockedNow, ""},
	} {
		if got := trial.Offers(c.look); got != c.want {
			t.Errorf("%s: offers %q, want %q", name, got, c.want)
		}
		r, err := trial.Tries[0].Request(0, c.look)
		if (err == nil) != (c.want == "") || err == nil && !strings.Contains(string(r.Send), c.sent) || strings.Contains(string(r.Send), "pass-word") {
			t.Errorf("%s: %v, sends %q", name, err, r.Send)
		}
	}
	for name, c := range map[string]struct {
		look, heard []byte
		want        Verdict
	}{
		"token wrong":  {fault, fault, Miss},
		"token right":  {fault, page("200 OK", "", "<GetUsersResponse/>"), Hit},
		"digest wrong": {digest, digest, Miss},
		"digest right": {digest, page("200 OK", "", "<GetUsersResponse/>"), Hit},
		"digest late":  {digest, page("401 Unauthorized", "Retry-After: 9\r\nWWW-Authenticate: Digest realm=\"cam\", nonce=\"n\"\r\n", ""), Locked},
		"no more 401":  {fault, digest, Odd},
	} {
		if got := trial.Tries[0].Judge(c.look, c.heard); got != c.want {
			t.Errorf("%s is %v, want %v", name, got, c.want)
		}
	}
}

package main

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/notify"
	"cordon/internal/report"
)

type channelsCmd struct {
	List   channelsListCmd   `cmd:"" default:"withargs" help:"Where alarms are told, and how each channel is doing."`
	Add    channelsAddCmd    `cmd:"" help:"Set up a channel: a mail server, ntfy, a bot, a webhook, MQTT, syslog, CEF, EVE."`
	Test   channelsTestCmd   `cmd:"" help:"Send a test message now, and say what the server answered."`
	Remove channelsRemoveCmd `cmd:"" help:"Remove a channel, and what waits for it."`
}

type channelsListCmd struct {
	asking
	tabular
}

func (c *channelsListCmd) Run(e *env) error {
	all, err := c.channels(e)
	if err != nil {
		return err
	}
	a := tableOf(all, channelColumns(time.Now()))
	a.empty = "Nobody is told of alarms: cordon channels add sets a channel up; docs/notifications.md has an example of each."
	return c.write(e, &a)
}

func channelColumns(now time.Time) []column[notify.Channel] {
	type row = notify.Channel
	return []column[row]{
		{head: "name", cell: func(r *row) string { return r.Name }},
		{head: "kind", cell: func(r *row) string { return r.Kind }},
		{head: "leads to", cell: func(r *row) string { return cmp.Or(r.Settings.URL, r.Settings.Server, r.Settings.File) }},
		{head: "gets", cell: channelGets},
		{head: "state", cell: func(r *row) string { return channelState(r, now) }},
		{head: "waiting", cell: func(r *row) string { return strconv.Itoa(r.State.Waiting) }},
		{head: "no", cell: func(r *row) string { return strconv.FormatInt(r.ID, 10) }},
	}
}

// channelGets is what goes to a channel.
func channelGets(r *notify.Channel) string {
	var out []string
	if w := r.Route; w != nil {
		out = append(out, "from "+cmp.Or(string(w.From), "info"))
		if len(w.Sites)+len(w.Codes) > 0 {
			out = append(out, strings.Join(append(append([]string{}, w.Sites...), w.Codes...), " "))
		}
		if w.Digest != "" {
			out = append(out, w.Digest)
		}
	}
	if r.Offered {
		out = append(out, "what people choose")
	}
	return cmp.Or(strings.Join(out, ", "), "nothing")
}

// channelState is how a channel is doing, in a few words.
func channelState(r *notify.Channel, now time.Time) string {
	st := &r.State
	switch {
	case r.Off:
		return "off"
	case !st.Failing.IsZero():
		return "fails since " + ago(st.Failing, now) + ": " + st.Said
	case st.Last.IsZero():
		return "nothing sent since the start"
	}
	return "last sent " + ago(st.Last, now)
}

func (c *asking) channels(e *env) ([]notify.Channel, error) {
	return wholeList[notify.Channel](e, c, "/v1/channels", nil)
}

// channel finds one by its name or number.
func (c *asking) channel(e *env, name string) (*notify.Channel, error) {
	all, err := c.channels(e)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Name == name || strconv.FormatInt(all[i].ID, 10) == name {
			return &all[i], nil
		}
	}
	return nil, fmt.Errorf("no channel is called %s: cordon channels lists them", report.Clean(name))
}

type channelsAddCmd struct {
	asking
	Name      string   `arg:"" help:"What to call it."`
	Kind      string   `required:"" enum:"email,ntfy,telegram,webhook,mqtt,syslog,cef,eve" help:"email, ntfy, telegram, webhook, mqtt, syslog, cef or eve."`
	Server    string   `placeholder:"HOST:PORT" help:"Mail server, broker or log server."`
	URL       string   `placeholder:"ADDRESS" help:"ntfy, telegram, webhook: https://..."`
	Security  string   `enum:",tls,starttls,plain" default:"" help:"email: starttls (as usual), tls or plain; mqtt: tls or plain."`
	CA        string   `placeholder:"FILE" help:"Certificate in PEM that the server's own is checked against."`
	User      string   `placeholder:"NAME" help:"For logging in."`
	Secret    []string `sep:"none" placeholder:"NAME=FILE" help:"password, token or key: the first line of a file; - is standard input. A webhook's key is made when none is given, and shown once."`
	Sender    string   `placeholder:"ADDRESS" help:"email: the sender."`
	To        []string `placeholder:"ADDRESS" help:"email: who gets it."`
	Topic     string   `placeholder:"TOPIC" help:"ntfy: the topic; mqtt: what topics begin with."`
	Chat      string   `placeholder:"NUMBER" help:"telegram: the chat."`
	Transport string   `enum:",tcp,tls,udp" default:"" help:"syslog, cef, eve: tcp (as usual), tls or udp."`
	File      string   `placeholder:"NAME" help:"eve: a file in the directory export of the data directory."`
	Discovery string   `placeholder:"PREFIX" help:"mqtt: tell Home Assistant; its prefix is homeassistant as a rule."`

	From     string   `enum:",info,low,medium,high,critical" default:"" help:"Only alarms from this severity on."`
	Site     []string `placeholder:"SITE" help:"Only of these sites."`
	Code     []string `placeholder:"CODE" help:"Only of these codes."`
	Resolved bool     `help:"Also when an alarm is over."`
	Quiet    string   `placeholder:"22:00-07:00" help:"Hours in which nothing comes that is not critical."`
	Zone     string   `placeholder:"ZONE" help:"Time zone of the hours, like Europe/Berlin."`
	Digest   string   `enum:",daily,weekly" default:"" help:"All together once a day or week."`
	At       string   `placeholder:"08:00" help:"When the digest comes."`
	Offered  bool     `help:"People may choose it for themselves, in the page."`
	Personal bool     `help:"Only what people choose goes there; nothing else."`
}

// Help is what cordon channels add --help adds.
func (c *channelsAddCmd) Help() string {
	return `docs/notifications.md has a working example of each kind, Home Assistant included. Cordon connects to nothing but what is set up here.`
}

func (c *channelsAddCmd) Run(e *env) error {
	body, made, err := c.body(e)
	if err != nil {
		return err
	}
	if err := c.told(e, http.MethodPost, "/v1/channels", body, nil); err != nil {
		return err
	}
	if made != "" {
		fmt.Fprintln(e.stderr, "Requests are signed with this key. Keep it now: it is shown this once.")
		fmt.Fprintln(e.stdout, made)
	}
	fmt.Fprintf(e.stderr, "Set up. Try it: cordon channels test %s\n", report.Clean(c.Name))
	return nil
}

// body is what is sent, and the key that was made for it.
func (c *channelsAddCmd) body(e *env) (body map[string]any, made string, err error) {
	secrets, err := c.secrets(e.stdin)
	if err != nil {
		return nil, "", err
	}
	if c.Kind == "webhook" && secrets["key"] == "" {
		made = rand.Text() // at least 128 bits
		secrets["key"] = made
	}
	s := notify.Settings{Server: c.Server, URL: c.URL, Security: c.Security, User: c.User, From: c.Sender, To: c.To, Topic: c.Topic, Chat: c.Chat,
		Transport: c.Transport, File: c.File, Discovery: c.Discovery}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, "", err
		}
		s.CA = string(text)
	}
	body = map[string]any{"name": c.Name, "kind": c.Kind, "settings": s, "secrets": secrets, "offered": c.Offered || c.Personal}
	if c.Personal {
		return body, made, nil
	}
	w := notify.Wish{From: cordon.Severity(c.From), Sites: c.Site, Codes: c.Code, Resolved: c.Resolved, Zone: c.Zone, Digest: c.Digest, At: c.At}
	if c.Quiet != "" {
		var ok bool
		if w.Quiet.From, w.Quiet.To, ok = strings.Cut(c.Quiet, "-"); !ok {
			return nil, "", errors.New("--quiet: want hours, like 22:00-07:00")
		}
	}
	body["route"] = w
	return body, made, nil
}

// secrets reads the secrets: they are not given on the command line, where others could see them.
func (c *channelsAddCmd) secrets(stdin io.Reader) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range c.Secret {
		name, file, ok := strings.Cut(s, "=")
		if !ok {
			return nil, errors.New("--secret: want NAME=FILE, like password=password.txt, or password=- for standard input")
		}
		r := stdin
		if file != "-" {
			f, err := os.Open(file)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			r = f
		}
		line, err := bufio.NewReader(io.LimitReader(r, 8<<10)).ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		if out[name] = strings.TrimRight(line, "\r\n"); out[name] == "" {
			return nil, fmt.Errorf("--secret: there is nothing in %s", file)
		}
	}
	return out, nil
}

type channelsTestCmd struct {
	asking
	Name string `arg:"" help:"Its name or number."`
	To   string `placeholder:"ADDRESS" help:"email: send it here."`
}

func (c *channelsTestCmd) Run(e *env) error {
	ch, err := c.channel(e, c.Name)
	if err != nil {
		return err
	}
	body := map[string]string{}
	if c.To != "" {
		body["address"] = c.To
	}
	var t notify.Tested
	if err := c.told(e, http.MethodPost, "/v1/channels/"+strconv.FormatInt(ch.ID, 10)+"/test", body, &t); err != nil {
		return err
	}
	if !t.OK {
		return fmt.Errorf("%s: %s", report.Clean(ch.Name), report.Clean(t.Said))
	}
	_, err = fmt.Fprintf(e.stdout, "sent (%d ms): %s\n", t.Took, report.Clean(t.Said))
	return err
}

type channelsRemoveCmd struct {
	asking
	Name string `arg:"" help:"Its name or number."`
}

func (c *channelsRemoveCmd) Run(e *env) error {
	ch, err := c.channel(e, c.Name)
	if err != nil {
		return err
	}
	if err := c.told(e, http.MethodDelete, "/v1/channels/"+strconv.FormatInt(ch.ID, 10), nil, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, "removed:", report.Clean(ch.Name))
	return err
}

package scan

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/find"
	"cordon/internal/reach"
)

// The limits of one host's interview: a slow device costs its own worker this long, nobody else anything.
const (
	interviewFor = 60 * time.Second
	sideBySide   = 3 // conversations with one host at the same time: old cameras serve four at most
)

// interview asks until nothing more is suggested. It ends only when answers to the groups'
// questions are in too: they may suggest more.
func (s *scanner) interview(ctx context.Context, h *host) {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, interviewFor)
	defer cancel()
	defer func() {
		if whole.Err() == nil {
			s.note(h, "scan.interview", ending(ctx))
		}
	}()
	answered := s.askByDatagram(ctx, h)
	for ctx.Err() == nil {
		reqs := ask.Next(s.view(h))
		if len(reqs) > 0 {
			s.round(ctx, h, reqs)
			continue
		}
		if !s.more(ctx, h, answered) {
			return
		}
	}
}

// more waits until something was added that may suggest more questions. False: nothing will
// come any more, neither to the groups' questions nor to the host's own.
func (s *scanner) more(ctx context.Context, h *host, answered <-chan struct{}) bool {
	for _, in := range []<-chan struct{}{answered, s.heard} {
		select {
		case <-in:
		case <-h.more:
			return true
		case <-ctx.Done():
			return false
		}
	}
	select {
	case <-h.more:
		return true
	default:
		return false
	}
}

// ending says how an interview ended.
func ending(ctx context.Context) string {
	if ctx.Err() != nil {
		return "too slow"
	}
	return "complete"
}

// view is what ask may know of the host.
func (s *scanner) view(h *host) *ask.Host {
	v := &ask.Host{Addr: h.addr, Open: s.open(h), Done: h.done, Heard: h.raw, Community: s.c.Community, Clear: s.c.Clear}
	s.mu.Lock()
	v.Seen = slices.Clone(h.seen)
	s.mu.Unlock()
	v.Own = h.own
	return v
}

// round makes the requests, a few at a time. Those that log in go one after the other:
// the first that is refused keeps the account from the rest.
func (s *scanner) round(ctx context.Context, h *host, reqs []ask.Request) {
	open := slices.DeleteFunc(slices.Clone(reqs), func(r ask.Request) bool { return r.Account != "" })
	if len(open) == 0 {
		s.logIn(ctx, h, &reqs[0])
		return
	}
	said := make([]exchange, len(open))
	atMost(sideBySide, len(open), func(i int) { said[i] = s.make(ctx, h, &open[i]) })
	for i := range open {
		s.settle(h, &open[i], &said[i])
	}
}

// make has the conversation that the request describes, over what carries it.
func (s *scanner) make(ctx context.Context, h *host, r *ask.Request) exchange {
	if r.Carrier == ask.UDP {
		return s.datagram(ctx, h, r)
	}
	return s.talk(ctx, h.addr, r)
}

// settle passes on what was said, and remembers that it was asked.
func (s *scanner) settle(h *host, r *ask.Request, x *exchange) {
	h.done[r.Name] = x.outcome
	if len(x.heard) > 0 {
		h.raw[r.Name] = x.heard[:min(len(x.heard), ask.MaxHeard)]
	}
	s.noteTLS(h, r, x)
	if len(x.heard) == 0 && len(x.sent) == 0 {
		return
	}
	m := find.Message{
		At: time.Now().UTC(), Transport: find.TCP, Final: true, Data: x.sent, Reply: x.heard,
		From: find.Party{Addr: x.local},
		To:   find.Party{MAC: s.macOf(h), Addr: netip.AddrPortFrom(h.addr, r.Port)},
	}
	if r.Carrier == ask.UDP {
		m.Transport, m.Data, m.Reply, m.From, m.To = find.UDP, x.heard, nil, m.To, m.From
	}
	s.hear(&m)
}

// noteTLS notes the certificate of a port, once.
func (s *scanner) noteTLS(h *host, r *ask.Request, x *exchange) {
	if x.tls == 0 || h.shown[r.Port] {
		return
	}
	h.shown[r.Port] = true
	s.note(h, "tls.version", tls.VersionName(x.tls))
	if x.cert == nil {
		return
	}
	find.HearCertificate(x.cert.Raw, find.Sender, func(_ find.Subject, kind cordon.Kind, value string) { s.note(h, kind, value) })
}

// logIn makes one request that logs in to an account of the owner's. Until one was accepted there
// each is paid for from the account's budget: the owner may have given a wrong password.
func (s *scanner) logIn(ctx context.Context, h *host, r *ask.Request) {
	spent, where := s.now(), ownWhere(r)
	account, limit := s.ownAccount(h, r.Account, where)
	if !h.logged[where] {
		if err := s.c.Budget.Spend(account, limit, spent); err != nil {
			s.warn(fmt.Sprintf("%s: not logged in with your account (%s): %v", h.addr, where, err))
			h.done[r.Name] = ask.Failed
			h.own = nil // no more log-ins in this run
			return
		}
	}
	x := s.make(ctx, h, r)
	s.settle(h, r, &x)
	if !h.logged[where] && ask.Accepted(x.heard) {
		if h.logged == nil {
			h.logged = map[string]bool{}
		}
		h.logged[where] = true
		if err := s.c.Budget.Right(account, spent); err != nil {
			s.warn(err.Error())
		}
	}
	s.ownRefused(h, r)
}

// ownWhere is where a request logs in.
func ownWhere(r *ask.Request) string {
	if strings.HasPrefix(r.Name, ask.OwnONVIF) {
		return "onvif"
	}
	return "web"
}

// ownAccount gives the account in the budget and how often it may be tried. Where the web server took the
// password, ONVIF may know the account by another one, or not at all: one try there in the device's window,
// counted apart, so that a refusal does not keep the owner from the web server in the next run. With the
// tries of the account itself, which leave two, that is still one less than locks.
func (s *scanner) ownAccount(h *host, user, where string) (reach.Account, reach.Limit) {
	account, limit := s.account(h, user), s.limit(h)
	if where == "onvif" && h.logged["web"] {
		account.User += " (onvif)"
		limit.Tries = min(limit.Tries, 3) // of which two stay the owner's
	}
	return account, limit
}

// ownRefused says that the owner's account was refused, once for each host: ask uses it no more.
func (s *scanner) ownRefused(h *host, r *ask.Request) {
	if h.turned || !s.view(h).OwnRefused() {
		return
	}
	h.turned = true
	where := ownWhere(r)
	s.note(h, "auth.refused", where+" "+strings.Join(strings.Fields(r.Account), "_"))
	s.warn(fmt.Sprintf("%s: your account was refused (%s); it was not tried again", h.addr, where))
}

// limit is the device's own lock-out rule, as far as it said.
func (s *scanner) limit(h *host) reach.Limit {
	l := s.view(h).LockoutRule()
	return reach.Limit{Tries: l.Tries, Window: l.Window}
}

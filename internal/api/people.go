package api

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon/internal/people"
	"cordon/internal/store"
)

// RightsBody is what the owner decides about an account.
type RightsBody struct {
	Display string      `json:"display,omitempty" maxLength:"400" doc:"How others see him; without it, the name, or what it was."`
	Role    people.Role `json:"role" enum:"owner,operator,viewer,auditor,installer"`
	Sites   []string    `json:"sites,omitempty" maxItems:"1000" doc:"Held to these sites; without them, all."`
	Until   time.Time   `json:"until,omitzero" required:"false" doc:"When the account ends; an installer's has to."`
}

func (b *RightsBody) rights() people.Rights {
	return people.Rights{Display: b.Display, Role: b.Role, Sites: slices.Clip(b.Sites), Until: b.Until}
}

type addPersonInput struct {
	Body struct {
		Name string `json:"name" maxLength:"300" doc:"For the log-in: letters, digits and . _ @ + -"`
		RightsBody
	}
}

type editPersonInput struct {
	IDInput
	Body RightsBody
}

// account is a person as the owner sees him.
type account struct {
	people.Person
	Invited time.Time `json:"invited,omitzero" doc:"Until when a link is good that nobody used yet."`
}

// inviteBody is a link that is shown once.
type inviteBody struct {
	Person people.Person `json:"person"`
	Link   string        `json:"link" doc:"Whoever opens it becomes this person: it is good once, and kept nowhere."`
	Token  string        `json:"token" doc:"What in the link counts."`
	Until  time.Time     `json:"until"`
}

type inviteOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         inviteBody
}

type claimLinkOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Link string `json:"link" doc:"Whoever opens it becomes the owner."`
	}
}

func (s *Server) accounts() {
	answer(s, withBrowser(operation(http.MethodGet, "/v1/people", "person.list", "people", "Who may come in")), s.listPeople)
	add := withBrowser(operation(http.MethodPost, "/v1/people", "person.add", "people", "Let somebody in: makes the account and the link of the invitation"))
	add.DefaultStatus = http.StatusCreated
	change(s, add, func(ctx context.Context, in *addPersonInput, d *done) (*inviteOutput, error) {
		r := in.Body.rights()
		if err := s.knownSites(ctx, r.Sites); err != nil {
			return nil, err
		}
		p, err := s.People.Add(ctx, in.Body.Name, r, by(ctx))
		if err != nil {
			return nil, err
		}
		d.about, d.detail = called(&p), rightsText(&p)
		return s.invite(ctx, p)
	})
	edit := withBrowser(operation(http.MethodPut, "/v1/people/{id}", "person.edit", "people", "What somebody may do; when that changes, his sessions end"))
	change(s, edit, func(ctx context.Context, in *editPersonInput, d *done) (*one[people.Person], error) {
		r := in.Body.rights()
		if err := s.knownSites(ctx, r.Sites); err != nil {
			return nil, err
		}
		p, err := s.People.Edit(ctx, in.ID, r, personOf(ctx).session.ID)
		d.about, d.detail = called(&p), rightsText(&p)
		return oneOf(p, err)
	})
	s.accountEnds()
}

func (s *Server) accountEnds() {
	drop := operation(http.MethodDelete, "/v1/people/{id}", "person.drop", "people", "Take an account away; what the person did stays in the audit log")
	change(s, drop, func(ctx context.Context, in *IDInput, d *done) (*struct{}, error) {
		p, err := s.People.Person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		d.about = called(&p)
		if err := s.People.Remove(ctx, in.ID); err != nil || s.Notify == nil {
			return nil, err
		}
		return nil, s.Notify.Forget(ctx, wisher(&p))
	})
	invite := withBrowser(operation(http.MethodPost, "/v1/people/{id}/invite", "person.invite", "people", "A new link for somebody: who was in before begins anew with it"))
	act(s, invite, func(ctx context.Context, in *IDInput, d *done) (*inviteOutput, error) {
		p, err := s.People.Person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		d.about = called(&p)
		return s.invite(ctx, p)
	})
	sessions := operation(http.MethodGet, "/v1/people/{id}/sessions", "person.sessions", "people", "Where somebody is logged in")
	answer(s, sessions, func(ctx context.Context, in *IDInput) (*listOf[people.Session], error) {
		if _, err := s.People.Person(ctx, in.ID); err != nil {
			return nil, err
		}
		return allOf(s.People.Sessions(ctx, in.ID, personOf(ctx).session.ID))
	})
	end := operation(http.MethodDelete, "/v1/people/{id}/sessions", "person.sessions.end", "people", "Log somebody out everywhere")
	act(s, end, func(ctx context.Context, in *IDInput, d *done) (*struct{}, error) {
		p, err := s.People.Person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		d.about = called(&p)
		return nil, s.People.EndSessions(ctx, in.ID, 0)
	})
	link := withBrowser(operation(http.MethodGet, "/v1/people/claim", "person.claim", "people", "The link by which a box that has no owner is claimed"))
	answer(s, link, func(ctx context.Context, _ *struct{}) (*claimLinkOutput, error) {
		token, err := s.People.ClaimToken(ctx)
		out := claimLinkOutput{CacheControl: "no-store"}
		out.Body.Link = s.pageAddress(ctx) + "/#claim=" + token
		return &out, err
	})
}

func (s *Server) listPeople(ctx context.Context, _ *struct{}) (*listOf[account], error) {
	all, err := s.People.People(ctx)
	if err != nil {
		return nil, err
	}
	invited, err := s.People.Invitations(ctx)
	out := []account{}
	for _, p := range all {
		out = append(out, account{p, invited[p.ID]})
	}
	return allOf(out, err)
}

// invite makes a link for a person.
func (s *Server) invite(ctx context.Context, p people.Person) (*inviteOutput, error) {
	l, err := s.People.Invite(ctx, p.ID, by(ctx))
	return &inviteOutput{CacheControl: "no-store", Body: inviteBody{Person: p, Link: s.pageAddress(ctx) + "/#invite=" + l.Token, Token: l.Token, Until: l.Until}}, err
}

// pageAddress is how the page's address begins: as the one who asks has it, or as the configuration says.
func (s *Server) pageAddress(ctx context.Context) string {
	if p := personOf(ctx); p.account != nil {
		return "https://" + fromOf(ctx).Host
	}
	name, _ := os.Hostname()
	return cmp.Or(strings.TrimSuffix(s.Page, "/"), "https://"+cmp.Or(name, "localhost")+":8443")
}

// knownSites refuses sites that there are not: a misspelt one would be a right to nothing.
func (s *Server) knownSites(ctx context.Context, names []string) error {
	for _, n := range names {
		if _, err := s.site(ctx, n); err == store.ErrNotFound {
			return invalid("body.sites", "there is no site "+strconv.Quote(n))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// rightsText is what somebody may do, for the audit log.
func rightsText(p *people.Person) string {
	text := string(p.Role) + " of all sites"
	if p.Sites != nil {
		text = string(p.Role) + " of " + strings.Join(p.Sites, ", ")
	}
	if !p.Until.IsZero() {
		text += " until " + p.Until.UTC().Format(time.RFC3339)
	}
	return text
}

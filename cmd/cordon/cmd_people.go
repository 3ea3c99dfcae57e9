package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon/internal/people"
	"cordon/internal/report"
)

type peopleCmd struct {
	List      peopleListCmd   `cmd:"" default:"withargs" help:"Who may come in, as what, until when."`
	Add       peopleAddCmd    `cmd:"" help:"Let somebody in: prints the one-time link of the invitation."`
	Invite    peopleInviteCmd `cmd:"" help:"Print a new one-time link for somebody whose invitation was lost or is too old."`
	Reset     peopleInviteCmd `cmd:"" help:"Print a one-time link for somebody who lost password or second factor: with it he begins anew."`
	Remove    peopleRemoveCmd `cmd:"" help:"Take an account away; the last owner stays."`
	ClaimLink claimLinkCmd    `cmd:"" help:"Print the link by which a Cordon that nobody owns is claimed."`
}

// personRow is one account in the answer of the API.
type personRow struct {
	people.Person
	Invited time.Time `json:"invited"`
}

// linkMade is a one-time link in the answer of the API.
type linkMade struct {
	Person people.Person `json:"person"`
	Link   string        `json:"link"`
	Until  time.Time     `json:"until"`
}

type peopleListCmd struct {
	asking
	tabular
}

func (c *peopleListCmd) Run(e *env) error {
	all, err := c.everybody(e)
	if err != nil {
		return err
	}
	a := tableOf(all, peopleColumns(time.Now()))
	a.empty = "Nobody may come in yet: cordon people claim-link prints the link by which the owner does."
	return c.write(e, &a)
}

func peopleColumns(now time.Time) []column[personRow] {
	type row = personRow
	return []column[row]{
		{head: "name", cell: func(p *row) string { return p.Name }},
		{head: "called", cell: func(p *row) string { return p.Display }},
		{head: "role", cell: func(p *row) string { return string(p.Role) }},
		{head: "sites", cell: func(p *row) string { return sitesText(p.Sites) }},
		{head: "until", cell: func(p *row) string { return untilText(p, now) }},
		{head: "last in", cell: func(p *row) string { return cmp.Or(ago(p.Seen, now), invitedText(p, now)) }, whole: func(p *row) string { return cmp.Or(moment(p.Seen), invitedText(p, now)) }},
		{head: "second factor", cell: func(p *row) string { return yes(p.HasSecond) }},
		{head: "no", cell: func(p *row) string { return strconv.FormatInt(p.ID, 10) }},
	}
}

func sitesText(sites []string) string {
	if sites == nil {
		return "all"
	}
	return strings.Join(sites, ", ")
}

func untilText(p *personRow, now time.Time) string {
	switch {
	case p.Until.IsZero():
		return "no end"
	case p.Ended(now):
		return "ended " + moment(p.Until)
	}
	return moment(p.Until)
}

func invitedText(p *personRow, now time.Time) string {
	if now.Before(p.Invited) {
		return "invited, link good until " + moment(p.Invited)
	}
	return "never"
}

type peopleAddCmd struct {
	asking
	Name    string   `arg:"" help:"For the log-in: letters, digits and . _ @ + -"`
	Role    string   `enum:"owner,operator,viewer,auditor,installer" default:"viewer" help:"owner may do all; operator decides, scans, imports; viewer looks; auditor looks, also at the audit log; installer sees and scans devices until a date (--for)."`
	Sites   []string `name:"site" placeholder:"NAME" help:"Hold him to this site; more than once for more. Without it, all."`
	Display string   `placeholder:"TEXT" help:"How others see him."`
	For     string   `placeholder:"TIME" help:"How long the account holds (30d) or until when (2027-01-01); without it, no end."`
}

func (c *peopleAddCmd) Run(e *env) error {
	body := map[string]any{"name": c.Name, "role": c.Role, "display": c.Display}
	if len(c.Sites) > 0 {
		body["sites"] = c.Sites
	}
	if c.For != "" {
		until, err := untilTime("--for", c.For, time.Now())
		if err != nil {
			return err
		}
		body["until"] = until.UTC().Format(time.RFC3339)
	}
	var made linkMade
	if err := c.told(e, http.MethodPost, "/v1/people", body, &made); err != nil {
		return err
	}
	return made.tell(e)
}

// tell prints a link.
func (l *linkMade) tell(e *env) error {
	fmt.Fprintf(e.stderr, "Whoever opens this link becomes %s. It is good once, until %s, and is shown this once.\n", report.Clean(l.Person.Name), moment(l.Until))
	_, err := fmt.Fprintln(e.stdout, report.Clean(l.Link))
	return err
}

// everybody is who has an account.
func (c *asking) everybody(e *env) ([]personRow, error) {
	return wholeList[personRow](e, c, "/v1/people", nil)
}

// person finds an account by name or number.
func (c *asking) person(e *env, name string) (personRow, error) {
	all, err := c.everybody(e)
	if err != nil {
		return personRow{}, err
	}
	i := slices.IndexFunc(all, func(r personRow) bool { return r.Name == strings.ToLower(name) })
	if i < 0 {
		i = slices.IndexFunc(all, func(r personRow) bool { return strconv.FormatInt(r.ID, 10) == name })
	}
	if i < 0 {
		return personRow{}, fmt.Errorf("nobody is called %s: cordon people list shows who may come in", report.Clean(name))
	}
	return all[i], nil
}

type peopleInviteCmd struct {
	asking
	Name string `arg:"" help:"The name for the log-in, or the number."`
}

// Help is what cordon people invite --help adds.
func (c *peopleInviteCmd) Help() string {
	return `The link is good once, for 7 days, and takes the place of an earlier one. For somebody who was in before it means to begin anew: once it is used, the earlier password, second factor, recovery codes and passkeys hold no more; until then nothing changes. Root on the box can always rescue so.`
}

func (c *peopleInviteCmd) Run(e *env) error {
	p, err := c.person(e, c.Name)
	if err != nil {
		return err
	}
	var made linkMade
	if err := c.told(e, http.MethodPost, "/v1/people/"+strconv.FormatInt(p.ID, 10)+"/invite", nil, &made); err != nil {
		return err
	}
	return made.tell(e)
}

type peopleRemoveCmd struct {
	asking
	Name string `arg:"" help:"The name for the log-in, or the number."`
}

func (c *peopleRemoveCmd) Run(e *env) error {
	p, err := c.person(e, c.Name)
	if err != nil {
		return err
	}
	if err := c.told(e, http.MethodDelete, "/v1/people/"+strconv.FormatInt(p.ID, 10), nil, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, "removed:", report.Clean(p.Name))
	return err
}

type claimLinkCmd struct{ asking }

func (c *claimLinkCmd) Run(e *env) error {
	var made struct {
		Link string `json:"link"`
	}
	if err := c.told(e, http.MethodGet, "/v1/people/claim", nil, &made); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, report.Clean(made.Link))
	return err
}

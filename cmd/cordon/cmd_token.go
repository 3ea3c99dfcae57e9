package main

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cordon/internal/report"
	"cordon/internal/store"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token for a program that asks the API. It is shown once."`
	List   tokenListCmd   `cmd:"" default:"withargs" help:"The tokens that were made, and when each was last used."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a token: from now on it opens nothing."`
}

type tokenCreateCmd struct {
	asking
	Name string   `arg:"" help:"What it is for, like camera-import; names are never used again."`
	Role string   `enum:"feed,viewer,operator,auditor,installer,owner,read,write,admin" default:"viewer" help:"feed fetches block lists and nothing else; viewer looks; operator also decides about alarms, imports and starts scans; auditor looks, also at the audit log; installer sees and scans devices, and needs --for; owner may do all."`
	Site []string `placeholder:"NAME" help:"Hold it to this site; may be repeated. Without it: all sites."`
	For  string   `placeholder:"TIME" help:"How long it holds (90d) or until when (2027-01-01); without it, until it is revoked."`
}

func (c *tokenCreateCmd) Run(e *env) error {
	body := map[string]any{"name": c.Name, "role": c.Role}
	if len(c.Site) > 0 {
		body["sites"] = c.Site
	}
	if c.For != "" {
		until, err := untilTime("--for", c.For, time.Now())
		if err != nil {
			return err
		}
		body["until"] = until.UTC().Format(time.RFC3339)
	}
	var made struct {
		Token string `json:"token"`
	}
	if err := c.told(e, http.MethodPost, "/v1/tokens", body, &made); err != nil {
		return err
	}
	fmt.Fprintln(e.stderr, "Keep it now: it is shown this once. Send it as \"Authorization: Bearer TOKEN\".")
	_, err := fmt.Fprintln(e.stdout, report.Clean(made.Token))
	return err
}

type tokenListCmd struct {
	asking
	tabular
}

func (c *tokenListCmd) Run(e *env) error {
	all, err := c.tokens(e)
	if err != nil {
		return err
	}
	a := tableOf(all, tokenColumns(time.Now()))
	a.empty = "No token was made: cordon token create NAME makes one."
	return c.write(e, &a)
}

func tokenColumns(now time.Time) []column[store.Token] {
	type row = store.Token
	return []column[row]{
		{head: "name", cell: func(t *row) string { return t.Name }},
		{head: "role", cell: func(t *row) string { return t.Role }},
		{head: "sites", cell: func(t *row) string { return cmp.Or(strings.Join(t.Sites, ", "), "all") }},
		{head: "last used", cell: func(t *row) string { return cmp.Or(ago(t.Used, now), "never") }, whole: func(t *row) string { return cmp.Or(moment(t.Used), "never") }},
		{head: "holds", cell: func(t *row) string { return holds(t, now) }},
		{head: "made", cell: func(t *row) string { return ago(t.Created, now) }, whole: func(t *row) string { return moment(t.Created) }},
		{head: "by", cell: func(t *row) string { return t.By }},
		{head: "no", cell: func(t *row) string { return strconv.FormatInt(t.ID, 10) }},
	}
}

func (c *asking) tokens(e *env) ([]store.Token, error) {
	return wholeList[store.Token](e, c, "/v1/tokens", nil)
}

func holds(t *store.Token, now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked " + moment(t.Revoked)
	case t.Until.IsZero():
		return "until revoked"
	case now.After(t.Until):
		return "ended " + moment(t.Until)
	}
	return "until " + moment(t.Until)
}

type tokenRevokeCmd struct {
	asking
	Token string `arg:"" help:"Its name or number."`
}

func (c *tokenRevokeCmd) Run(e *env) error {
	all, err := c.tokens(e)
	if err != nil {
		return err
	}
	for i := range all {
		t := &all[i]
		if t.Name != c.Token && strconv.FormatInt(t.ID, 10) != c.Token {
			continue
		}
		if err := c.told(e, http.MethodDelete, "/v1/tokens/"+strconv.FormatInt(t.ID, 10), nil, nil); err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.stdout, "revoked:", report.Clean(t.Name))
		return err
	}
	return fmt.Errorf("no token is called %s: cordon token list shows them", report.Clean(c.Token))
}

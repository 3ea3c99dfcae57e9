package main

import (
	"strings"

	"cordon"
)

type sitesCmd struct {
	asking
	tabular
}

// Help is what cordon sites --help adds.
func (c *sitesCmd) Help() string {
	return `Sites are named in the configuration ([[site]]), or by a program over the API.`
}

func (c *sitesCmd) Run(e *env) error {
	all, err := wholeList[cordon.Site](e, &c.asking, "/v1/sites", nil)
	if err != nil {
		return err
	}
	a := tableOf(all, siteColumns)
	a.empty = "No site is named: [[site]] in the configuration names one."
	return c.write(e, &a)
}

var siteColumns = []column[cordon.Site]{
	{head: "site", cell: func(s *cordon.Site) string { return s.Name }},
	{head: "networks", cell: func(s *cordon.Site) string { return joined(s.Networks) }},
	{head: "own", cell: func(s *cordon.Site) string { return joined(s.Own) }},
	{head: "organisation", cell: func(s *cordon.Site) string { return s.Org }},
	{head: "department", cell: func(s *cordon.Site) string { return s.Department }},
	{head: "sensitivity", cell: func(s *cordon.Site) string { return s.Sensitivity }},
	{head: "rooms", cell: func(s *cordon.Site) string { return strings.Join(s.Rooms, ", ") }},
}

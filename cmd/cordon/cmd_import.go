package main

import (
	"fmt"
	"net/http"
	"net/url"

	"cordon/internal/report"
)

type importCmd struct {
	Nmap importNmapCmd `cmd:"" help:"Take in what nmap found (-oX) as facts: open ports, interfaces, banners. What it concludes is left aside."`
}

type importNmapCmd struct {
	asking
	File string `arg:"" help:"What nmap -oX wrote; - for standard input."`
	Site string `required:"" placeholder:"NAME" help:"The site that was scanned: hosts outside its networks are passed over."`
	Name string `default:"nmap" help:"Of the scan: facts name it as where they come from."`
}

func (c *importNmapCmd) Run(e *env) error {
	f, err := fileToSend(e, c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	var taken struct{ Hosts, Facts, Outside int }
	if err := c.send(e, http.MethodPost, "/v1/import/nmap", url.Values{"site": {c.Site}, "name": {c.Name}}, "application/xml", f, &taken); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s and %s taken in; %s outside the site passed over\n", report.Plural(taken.Hosts, "host"), report.Plural(taken.Facts, "fact"), report.Plural(taken.Outside, "host"))
	return err
}

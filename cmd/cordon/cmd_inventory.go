package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/store"
)

type inventoryCmd struct {
	List   inventoryListCmd   `cmd:"" default:"withargs" help:"What your papers say of devices, as it was imported."`
	Import inventoryImportCmd `cmd:"" help:"Take in an inventory: CSV or JSON. What stood under its name is replaced."`
	Export inventoryExportCmd `cmd:"" help:"Write it out again, as CSV or JSON."`
	Forget inventoryForgetCmd `cmd:"" help:"Forget an inventory."`
}

type inventoryListCmd struct {
	asking
	tabular
	limited
	From string `placeholder:"NAME" help:"Only what came from this file."`
}

func (c *inventoryListCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	filter(q, "from", c.From)
	all, more, err := list[store.ClaimRow](e.ctx, cl, "/v1/claims", q, c.Limit)
	if err != nil {
		return err
	}
	a := tableOf(all, claimColumns)
	a.more, a.empty, a.note = more, "No inventory was imported: cordon inventory import FILE.csv takes one in.", "How it compares with what was seen: cordon census."
	return c.write(e, &a)
}

var claimColumns = []column[store.ClaimRow]{
	{head: "device", cell: func(r *store.ClaimRow) string { return claimedDevice(&r.Claim) }},
	{head: "brand", cell: func(r *store.ClaimRow) string { return r.Brand }},
	{head: "model", cell: func(r *store.ClaimRow) string { return r.Model }},
	{head: "site", cell: func(r *store.ClaimRow) string { return r.Site }},
	{head: "department", cell: func(r *store.ClaimRow) string { return r.Department }},
	{head: "room", cell: func(r *store.ClaimRow) string { return r.Room }},
	{head: "maker", cell: func(r *store.ClaimRow) string { return r.Maker }},
	{head: "supplier", cell: func(r *store.ClaimRow) string { return r.Supplier }},
	{head: "contract", cell: func(r *store.ClaimRow) string { return r.Contract }},
	{head: "delivered", cell: func(r *store.ClaimRow) string { return r.Delivered }},
	{head: "from", cell: func(r *store.ClaimRow) string { return r.Source + ", line " + strconv.Itoa(r.Line) }},
}

// claimedDevice is what a line of an inventory knows a device by.
func claimedDevice(c *cordon.Claim) string {
	switch {
	case c.Address.IsValid():
		return c.Address.String()
	case c.MAC != (cordon.MAC{}):
		return c.MAC.String()
	}
	return "serial " + c.Serial
}

type inventoryImportCmd struct {
	asking
	File string `arg:"" help:"The file, as docs/format/inventory.md says; JSON where its name ends in .json; - for standard input."`
	Name string `placeholder:"NAME" help:"Call it so, instead of by the file's name."`
}

func (c *inventoryImportCmd) Run(e *env) error {
	f, err := fileToSend(e, c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	name, kind := c.Name, "text/csv"
	if name == "" {
		name = filepath.Base(c.File)
	}
	if strings.EqualFold(filepath.Ext(c.File), ".json") {
		kind = "application/json"
	}
	var taken struct {
		Claims int `json:"claims"`
	}
	if err := c.send(e, http.MethodPut, "/v1/claims/"+url.PathEscape(name), nil, kind, f, &taken); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s: %s. cordon census holds them against what was seen.\n", report.Clean(name), report.Plural(taken.Claims, "line"))
	return err
}

// fileToSend opens a file that goes to a running cordon.
func fileToSend(e *env, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(e.stdin), nil
	}
	return os.Open(name)
}

// send sends a file; into, unless nil, is filled from the answer.
func (c *asking) send(e *env, method, path string, q url.Values, kind string, body io.Reader, into any) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	a, err := cl.sendFile(e.ctx, method, path, q, http.Header{"Content-Type": {kind}}, body)
	if err != nil {
		return err
	}
	return readAnswer(a, into)
}

type inventoryExportCmd struct {
	asking
	From   string `placeholder:"NAME" help:"Only what came from this file."`
	Format string `default:"csv" enum:"csv,json" help:"csv or json."`
	Output string `short:"o" placeholder:"FILE" help:"Write to a file instead of the terminal."`
}

func (c *inventoryExportCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{"format": {c.Format}}
	filter(q, "from", c.From)
	a, err := cl.send(e.ctx, http.MethodGet, "/v1/claims/export", q, nil)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	return toOutput(c.Output, e.stdout, func(w io.Writer) error {
		_, err := io.Copy(w, a.Body)
		return err
	})
}

type inventoryForgetCmd struct {
	asking
	Name string `arg:"" help:"Its name, as cordon inventory shows it under from."`
}

func (c *inventoryForgetCmd) Run(e *env) error {
	if err := c.told(e, http.MethodDelete, "/v1/claims/"+url.PathEscape(c.Name), nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "forgotten:", report.Clean(c.Name))
	return err
}

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cordon/internal/api"
	"cordon/internal/report"
	"cordon/internal/store"
)

type reportCmd struct {
	Kept   reportKeptCmd   `cmd:"" default:"withargs" help:"The reports that were made, newest first."`
	Site   reportSiteCmd   `cmd:"" help:"How a site stands: what watches, what is wrong, who was called."`
	List   reportListCmd   `cmd:"" help:"Which devices fall under which instrument, since when, and what would settle the doubtful ones."`
	Case   reportCaseCmd   `cmd:"" help:"Label versus truth: what the papers of devices say, and what was seen, with all evidence for and against."`
	Get    reportGetCmd    `cmd:"" help:"Take a report out again."`
	Review reportReviewCmd `cmd:"" help:"Say that you have read a report against its evidence."`
	Drop   reportDropCmd   `cmd:"" help:"Forget a report. Files that were taken out of it stay what they are."`
}

// Help is what cordon report --help adds.
func (c *reportCmd) Help() string {
	return `A report is made of what is known now, kept, and taken out as signed files; "cordon verify FILE" checks one without a network. The end of the file's name says in which form: .html, .json or .pdf (needs Chromium). docs/reports.md says what each holds.`
}

// taken are the options of commands that give a report as files.
type taken struct {
	asking
	Output []string `short:"o" placeholder:"FILE" help:"Write it here: .html, .json or .pdf; may be given more than once."`
}

// forms are the forms of the outputs, in their order.
func (c *taken) forms() ([]string, error) {
	var out []string
	for _, name := range c.Output {
		form := strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
		if !slices.Contains([]string{"html", "json", "pdf"}, form) {
			return nil, fmt.Errorf("-o %s: the end of the name says in which form: .html, .json or .pdf", shown(name))
		}
		out = append(out, form)
	}
	return out, nil
}

// make has a report made, and takes it out.
func (c *taken) make(e *env, cl *client, wish map[string]any) error {
	forms, err := c.forms()
	if err != nil {
		return err
	}
	var r store.Report
	if err := cl.do(e.ctx, http.MethodPost, "/v1/reports", nil, wish, &r); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "cordon: report %d: %s\n", r.ID, report.Clean(r.Title))
	if len(forms) == 0 {
		fmt.Fprintf(e.stderr, "cordon: report get %d -o FILE.html takes it out\n", r.ID)
	}
	return c.takeOut(e, cl, r.ID, forms)
}

// takeOut writes a report to each output.
func (c *taken) takeOut(e *env, cl *client, id int64, forms []string) error {
	for i, name := range c.Output {
		file, err := fileOf(e, cl, id, forms[i])
		if err != nil && forms[i] == "pdf" && strings.Contains(err.Error(), api.ErrNoPrinter.Error()) {
			file, err = ownPDF(e, cl, id, err)
		}
		if err == nil {
			err = toOutput(name, e.stdout, func(w io.Writer) error { _, err := w.Write(file); return err })
		}
		if err != nil {
			return fmt.Errorf("%s: %w", shown(name), err)
		}
	}
	return nil
}

// fileOf asks for a report in a form.
func fileOf(e *env, cl *client, id int64, form string) ([]byte, error) {
	a, err := cl.send(e.ctx, http.MethodGet, fmt.Sprintf("/v1/reports/%d/file", id), url.Values{"format": {form}}, nil)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	return io.ReadAll(a.Body)
}

// ownPDF makes the PDF in this command, where the running Cordon may not. Nobody has signed that.
func ownPDF(e *env, cl *client, id int64, why error) ([]byte, error) {
	page, err := fileOf(e, cl, id, "html")
	if err != nil {
		return nil, err
	}
	pdf, err := printHere(e.ctx, page, e.stderr)
	if err != nil {
		return nil, why // which says what to do
	}
	fmt.Fprintln(e.stderr, "cordon: the running Cordon could not make the PDF, so this command did: it bears no signature; the HTML and the JSON do")
	return pdf, nil
}

type reportSiteCmd struct {
	taken
	Site string `arg:"" optional:"" help:"Its name; without it, all sites."`
	Days int    `default:"30" help:"How many days back."`
}

func (c *reportSiteCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	return c.make(e, cl, map[string]any{"kind": report.SiteKind, "site": c.Site, "days": c.Days})
}

type reportListCmd struct {
	taken
	Lists []string `arg:"" optional:"" help:"Ids of instruments, as cordon knowledge list names them; without them, all."`
	Site  string   `placeholder:"NAME" help:"Only devices of this site."`
}

func (c *reportListCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	wish := map[string]any{"kind": report.ListKind, "site": c.Site}
	if len(c.Lists) > 0 {
		wish["lists"] = c.Lists
	}
	return c.make(e, cl, wish)
}

type reportCaseCmd struct {
	taken
	Devices  []string `arg:"" optional:"" help:"Devices: address, MAC, name or id."`
	Delivery int64    `placeholder:"NO" help:"Instead of devices: a whole delivery, as cordon suppliers deliveries numbers it."`
	Capture  []string `placeholder:"FILE" help:"A capture that you keep beside the case: its name and SHA-256 go into the file, nothing of it leaves this machine. May be given more than once."`
}

// Help is what cordon report case --help adds.
func (c *reportCaseCmd) Help() string {
	return `Devices belong to a delivery when the papers (cordon inventory import) name its supplier and its contract. A maker counts as found only when two different kinds of evidence name it; else the file says that it is not enough. Have somebody else review it (cordon report review) before it goes to a supplier.`
}

func (c *reportCaseCmd) Run(e *env) error {
	if (len(c.Devices) > 0) == (c.Delivery > 0) {
		return errors.New("name devices, or --delivery NO; cordon suppliers deliveries lists those")
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	wish := map[string]any{"kind": report.CaseKind}
	if c.Delivery > 0 {
		wish["delivery"] = c.Delivery
	}
	var ids []string
	for _, name := range c.Devices {
		id, err := cl.deviceID(e, name)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if len(ids) > 0 {
		wish["devices"] = ids
	}
	var captures []report.CaseCapture
	for _, name := range c.Capture {
		one, err := digested(name)
		if err != nil {
			return fmt.Errorf("--capture: %w", err)
		}
		captures = append(captures, one)
	}
	if len(captures) > 0 {
		wish["captures"] = captures
	}
	return c.make(e, cl, wish)
}

// digested names a file by its digest.
func digested(name string) (c report.CaseCapture, err error) {
	f, err := os.Open(name)
	if err != nil {
		return c, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return report.CaseCapture{Name: filepath.Base(name), Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

type reportGetCmd struct {
	taken
	No int64 `arg:"" help:"Its number."`
}

func (c *reportGetCmd) Run(e *env) error {
	forms, err := c.forms()
	if err != nil {
		return err
	}
	if len(forms) == 0 {
		return errors.New("where to? -o FILE.html, .json or .pdf")
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	return c.takeOut(e, cl, c.No, forms)
}

type reportReviewCmd struct {
	asking
	No   int64  `arg:"" help:"Its number."`
	Note string `short:"m" required:"" placeholder:"TEXT" help:"What you held it against, and what came of it."`
}

func (c *reportReviewCmd) Run(e *env) error {
	var r store.Report
	if err := c.told(e, http.MethodPost, fmt.Sprintf("/v1/reports/%d/review", c.No), map[string]string{"note": c.Note}, &r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "report %d has %s; files that are taken out from now on show it\n", r.ID, report.Plural(len(r.Reviews), "review"))
	return err
}

type reportDropCmd struct {
	asking
	No int64 `arg:"" help:"Its number."`
}

func (c *reportDropCmd) Run(e *env) error {
	if err := c.told(e, http.MethodDelete, fmt.Sprintf("/v1/reports/%d", c.No), nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "report %d is forgotten\n", c.No)
	return err
}

type reportKeptCmd struct {
	asking
	tabular
	Kind string `enum:",site,list,case" default:"" help:"Only site reports, list reports or case files."`
}

func (c *reportKeptCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	filter(q, "kind", c.Kind)
	all, _, err := list[store.Report](e.ctx, cl, "/v1/reports", q, 0)
	if err != nil {
		return err
	}
	type row = store.Report
	a := tableOf(all, []column[row]{
		{head: "no", cell: func(r *row) string { return strconv.FormatInt(r.ID, 10) }},
		{head: "kind", cell: func(r *row) string { return r.Kind }},
		{head: "title", cell: func(r *row) string { return r.Title }},
		{head: "of", cell: func(r *row) string { return r.Subject }},
		{head: "made", cell: func(r *row) string { return moment(r.At) }},
		{head: "by", cell: func(r *row) string { return r.By }},
		{head: "reviews", cell: func(r *row) string { return strconv.Itoa(len(r.Reviews)) }},
	})
	a.empty = "No report was made: cordon report site, list or case makes one."
	return c.write(e, &a)
}

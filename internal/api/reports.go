package api

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/pack"
	"cordon/internal/prove"
	"cordon/internal/report"
	"cordon/internal/store"
)

// ErrNoPrinter says that no PDF can be made here. The error that wraps it says what to do.
var ErrNoPrinter = errors.New("no PDF can be made here")

// Printer makes a PDF of a page that needs nothing else. The error wraps ErrNoPrinter where none can be made here.
type Printer func(ctx context.Context, page []byte) ([]byte, error)

type reportsInput struct {
	Kind    string `query:"kind" enum:",site,list,case"`
	Subject string `query:"subject" maxLength:"300"`
	SitesFilter
	PageInput
}

type newReport struct {
	Body reportWish
}

// reportWish is what a new report shall be about.
type reportWish struct {
	Kind     string               `json:"kind" enum:"site,list,case"`
	Title    string               `json:"title,omitempty" maxLength:"200" doc:"Without it, what it is about."`
	Site     string               `json:"site,omitempty" maxLength:"200" doc:"Of a site or list report: its name; without it, all sites."`
	Days     int                  `json:"days,omitempty" minimum:"0" maximum:"400" doc:"Of a site report: the last days; without it, 30."`
	Lists    []string             `json:"lists,omitempty" maxItems:"50" doc:"Of a list report: ids of instruments; without it, all that are known."`
	Devices  []string             `json:"devices,omitempty" maxItems:"200" doc:"Of a case file: ids of devices."`
	Delivery int64                `json:"delivery,omitempty" minimum:"0" doc:"Of a case file, instead of devices: the number of a delivery."`
	Captures []report.CaseCapture `json:"captures,omitempty" maxItems:"100" doc:"Of a case file: captures that you keep beside it, by their SHA-256."`
}

type fileInput struct {
	IDInput
	Format string `query:"format" enum:"html,json,pdf" default:"html"`
}

type fileOutput struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

type reviewInput struct {
	IDInput
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"4000" doc:"What you held it against, and what came of it."`
	}
}

// signingKey is the public half of the key that reports are signed with.
type signingKey struct {
	Fingerprint string `json:"fingerprint"`
	PEM         string `json:"pem" doc:"The public key (RFC 8410)."`
}

func (s *Server) reports() {
	question(s, "/v1/reports", "report.list", "reports", "Reports that were made, newest first", func(ctx context.Context, in *reportsInput) (*listOutput[store.Report], error) {
		p, err := s.Store.Reports(ctx, store.ReportsQuery{Kind: in.Kind, Subject: in.Subject, Sites: in.Sites, Page: in.page()})
		return pageOf(ctx, p.Rows, p.Next), err
	})
	question(s, "/v1/reports/{id}", "report.get", "reports", "One report: what it is about, who made and who reviewed it", func(ctx context.Context, in *IDInput) (*one[store.Report], error) {
		return oneOf(s.Store.Report(ctx, in.ID))
	})
	s.reportFile()
	s.reportWrites()
	question(s, "/v1/key", "key.get", "reports", "The public key that reports are signed with", func(context.Context, *struct{}) (*one[signingKey], error) {
		if s.Sign == nil {
			return nil, missing("a key to sign reports with")
		}
		key := s.Sign.Public().(ed25519.PublicKey)
		text, err := pack.EncodePublic(key)
		return oneOf(signingKey{prove.Fingerprint(key), string(text)}, err)
	})
}

func (s *Server) reportWrites() {
	add := operation(http.MethodPost, "/v1/reports", "report.make", "reports", "Make a report of what is known now, and keep it")
	add.DefaultStatus = http.StatusCreated
	act(s, add, func(ctx context.Context, in *newReport, d *done) (*one[store.Report], error) {
		r, err := s.makeReport(ctx, &in.Body)
		if err != nil {
			return nil, err
		}
		d.about, d.detail = "report "+strconv.FormatInt(r.ID, 10), r.Kind+" of "+r.Subject
		return &one[store.Report]{*r}, nil
	})
	review := operation(http.MethodPost, "/v1/reports/{id}/review", "report.review", "reports", "Say that you have read it through, and what came of it")
	act(s, review, func(ctx context.Context, in *reviewInput, d *done) (*one[store.Report], error) {
		d.about = "report " + strconv.FormatInt(in.ID, 10)
		if err := s.Store.AddReview(ctx, in.ID, store.Review{At: s.Now().UTC(), By: by(ctx), Note: in.Body.Note}); err != nil {
			return nil, err
		}
		return oneOf(s.Store.Report(ctx, in.ID))
	})
	drop := operation(http.MethodDelete, "/v1/reports/{id}", "report.delete", "reports", "Forget a report and its reviews; files that were taken out of it stay what they are")
	act(s, drop, func(ctx context.Context, in *IDInput, d *done) (*struct{}, error) {
		d.about = "report " + strconv.FormatInt(in.ID, 10)
		return nil, s.Store.DeleteReport(ctx, in.ID)
	})
}

func (s *Server) reportFile() {
	op := operation(http.MethodGet, "/v1/reports/{id}/file", "report.file", "reports", "The report as a signed file")
	op.Description = "The signature is in the file: cordon verify checks it without a network. It shows only that this box said so. A PDF needs Chromium on the box; 503 says what to do without."
	op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
		"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}, "application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}, "application/pdf": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}
	answer(s, op, func(ctx context.Context, in *fileInput) (*fileOutput, error) {
		doc, err := s.document(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if err := s.note(ctx, by(ctx), op.OperationID, "report "+strconv.FormatInt(in.ID, 10), "as "+in.Format); err != nil {
			return nil, err
		}
		body, err := s.signed(ctx, doc, prove.Form(in.Format))
		if err != nil {
			return nil, err
		}
		kinds := map[string]string{"html": "text/html; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}
		how := "attachment"
		if in.Format == "html" {
			how = "inline" // it has no script, and the policy lets nothing in
		}
		return &fileOutput{Type: kinds[in.Format], Disposition: fmt.Sprintf(`%s; filename="cordon-%s-%d.%s"`, how, doc.Kind, in.ID, in.Format),
			Policy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox", Body: body}, nil
	})
}

// document is a kept report as it is now: with its reviews, and the key that will sign it.
func (s *Server) document(ctx context.Context, id int64) (*report.Document, error) {
	if s.Sign == nil {
		return nil, missing("a key to sign reports with")
	}
	kept, err := s.Store.Report(ctx, id)
	if err != nil {
		return nil, err
	}
	doc, err := report.DecodeDocument(kept.Body)
	if err != nil {
		return nil, fmt.Errorf("report %d: %w", id, err)
	}
	for _, v := range kept.Reviews {
		doc.Reviewed(report.Review{At: v.At, By: v.By, Note: v.Note})
	}
	doc.Key = prove.Fingerprint(s.Sign.Public().(ed25519.PublicKey))
	return doc, nil
}

// signed renders a document in a form, and signs it.
func (s *Server) signed(ctx context.Context, doc *report.Document, form prove.Form) ([]byte, error) {
	if form == prove.JSON {
		body, err := doc.Encode()
		if err != nil {
			return nil, err
		}
		return prove.Sign(body, form, s.Sign)
	}
	var page bytes.Buffer
	if err := doc.HTML(&page); err != nil {
		return nil, err
	}
	if form == prove.HTML {
		return prove.Sign(page.Bytes(), form, s.Sign)
	}
	if s.Print == nil {
		return nil, huma.Error503ServiceUnavailable(ErrNoPrinter.Error() + ": take the HTML and print it from a browser")
	}
	pdf, err := s.Print(ctx, page.Bytes())
	if errors.Is(err, ErrNoPrinter) {
		return nil, huma.Error503ServiceUnavailable(report.Clean(err.Error()))
	}
	if err != nil {
		return nil, err
	}
	return prove.Sign(append(bytes.TrimRight(pdf, "\r\n"), '\n'), form, s.Sign)
}

package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/store"
)

// exporter writes a list to a client, page by page.
type exporter struct {
	w    http.ResponseWriter
	c    *http.ResponseController
	json bool
	n    int
	b    []byte
}

// export registers a list as a file: CSV, safe to open in a spreadsheet, or JSON. each gives a page of it
// and the cursor of the next.
func export[I any, T any](s *Server, path, id, tag, summary string, head []string, row func(*T) []string,
	format func(*I) string, each func(context.Context, *I, string) ([]T, string, error)) {
	op := operation(http.MethodGet, path, id, tag, summary)
	op.Description = "Cells that a spreadsheet could take for a formula begin with an apostrophe. An export that breaks off has no last line: in JSON the list is not closed."
	op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}, "application/json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject}}}}}}
	answer(s, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		first, next, err := each(ctx, in, "") // what is wrong with the question is said before the file begins
		if err != nil {
			return nil, err
		}
		if err := s.note(ctx, by(ctx), id, "", "as "+format(in)); err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			_, w := humago.Unwrap(hc)
			x := &exporter{w: w, c: http.NewResponseController(w), json: format(in) == "json"}
			x.begin(id, head)
			for rows := first; ; {
				for i := range rows {
					if x.json {
						x.item(&rows[i])
					} else {
						x.b = report.AppendCSV(x.b, row(&rows[i]))
					}
				}
				if x.flush() != nil || next == "" {
					break
				}
				if rows, next, err = each(hc.Context(), in, next); err != nil {
					s.Log.Error("api: export", "what", id, "error", err)
					panic(http.ErrAbortHandler) // an end in the middle is seen; a short file would be believed
				}
			}
			x.end()
		}}, nil
	})
}

func (x *exporter) begin(id string, head []string) {
	name, _, _ := strings.Cut(id, ".")
	kind, ext := "text/csv; charset=utf-8", ".csv"
	if x.json {
		kind, ext = "application/json", ".json"
		x.b = append(x.b, '[')
	} else {
		x.b = report.AppendCSV(x.b, head)
	}
	x.w.Header().Set("Content-Type", kind)
	x.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`s`+ext+`"`)
}

func (x *exporter) item(v any) {
	if x.n++; x.n > 1 {
		x.b = append(x.b, ',')
	}
	text, err := marshal(v)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	x.b = append(append(x.b, '\n'), text...)
}

func (x *exporter) flush() error {
	x.c.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := x.w.Write(x.b)
	x.b = x.b[:0]
	return err
}

func (x *exporter) end() {
	if x.json {
		x.b = append(x.b, "\n]\n"...)
		x.flush()
	}
}

// exportPage is how many rows are read at once.
const exportPage = 1000

type devicesFile struct {
	DevicesFilter
	Format string `query:"format" enum:"csv,json" default:"csv"`
}

var deviceHead = []string{"id", "site", "department", "room", "class", "maker", "brand", "model", "firmware", "grade", "score", "reach", "lists",
	"mac", "address", "names", "serial", "bytes_sent", "bytes_received", "flows", "findings", "worst_severity", "first", "last", "knowledge"}

func (s *Server) exportDevices() {
	export(s, "/v1/devices/export", "device.export", "devices", "The list of devices as a file", deviceHead, deviceCells,
		func(in *devicesFile) string { return in.Format },
		func(ctx context.Context, in *devicesFile, after string) ([]store.DeviceRow, string, error) {
			p, err := s.Store.Devices(ctx, in.query(store.Page{After: after, Limit: exportPage}))
			return p.Rows, p.Next, err
		})
}

func deviceCells(d *store.DeviceRow) []string {
	var macs, addrs []string
	for _, m := range d.MACs {
		macs = append(macs, m.String())
	}
	for _, a := range d.Addrs {
		addrs = append(addrs, a.String())
	}
	score := ""
	if d.Grade != "" {
		score = strconv.Itoa(d.Score)
	}
	return []string{d.ID, d.Site, d.Department, d.Room, d.Class, d.Maker, d.Brand, d.Model, d.Firmware, d.Grade, score, string(d.Reach), several(d.Lists),
		several(macs), several(addrs), several(d.Names), d.Serial, strconv.FormatUint(d.Sent, 10), strconv.FormatUint(d.Received, 10), strconv.Itoa(d.Flows),
		strconv.Itoa(d.Findings), string(d.Worst), stamp(d.First), stamp(d.Last), d.Knowledge}
}

// several puts values into one cell as report does.
func several(list []string) string { return strings.Join(list, "; ") }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

type claimsFileInput struct {
	From   string `query:"from" maxLength:"200"`
	Format string `query:"format" enum:"csv,json" default:"csv"`
}

func (s *Server) exportClaims() {
	head := []string{"address", "mac"}
	for _, c := range claimTexts(&cordon.Claim{}) {
		head = append(head, c.name)
	}
	export(s, "/v1/claims/export", "claim.export", "claims", "The owner's inventory as a file that can be taken in again", head, claimCells,
		func(in *claimsFileInput) string { return in.Format },
		func(ctx context.Context, in *claimsFileInput, after string) ([]cordon.Claim, string, error) {
			p, err := s.Store.Claims(ctx, in.From, store.Page{After: after, Limit: exportPage})
			list := make([]cordon.Claim, len(p.Rows))
			for i := range p.Rows {
				list[i] = p.Rows[i].Claim
			}
			return list, p.Next, err
		})
}

func claimCells(c *cordon.Claim) []string {
	address := ""
	if c.Address.IsValid() {
		address = c.Address.String()
	}
	cells := []string{address, c.MAC.String()}
	for _, t := range claimTexts(c) {
		cells = append(cells, *t.text)
	}
	return cells
}

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/report"
	"cordon/internal/store"
)

// maxImport is the largest file that is taken in, in bytes: a tender of 20,000 lines is below 4 MiB.
const maxImport = 16 << 20

type claimsInput struct {
	From string `query:"from" maxLength:"200" doc:"Name of the file that they came from; without it, all."`
	PageInput
}

type claimsFile struct {
	From    string `path:"from" minLength:"1" maxLength:"200" doc:"A name for the file; what stood under it is replaced."`
	Type    string `header:"Content-Type" doc:"text/csv, or application/json with a list of claims."`
	RawBody []byte `contentType:"text/csv"`
}

type claimsTaken struct {
	From   string `json:"from"`
	Claims int    `json:"claims"`
}

type fromName struct {
	From string `path:"from" minLength:"1" maxLength:"200"`
}

func (s *Server) claims() {
	question(s, "/v1/claims", "claim.list", "claims", "What the owner's inventory says", func(ctx context.Context, in *claimsInput) (*listOutput[store.ClaimRow], error) {
		p, err := s.Store.Claims(ctx, in.From, in.page())
		return pageOf(ctx, p.Rows, p.Next), err
	})
	put := operation(http.MethodPut, "/v1/claims/{from}", "claim.import", "claims", "Take in an inventory: CSV as docs/format/inventory.md says, or JSON")
	put.Description = "A line needs an address, a MAC or a serial number; one that is wrong refuses the file, and each is named. An apostrophe that the export put before a formula is taken off."
	put.MaxBodyBytes = maxImport
	change(s, put, func(ctx context.Context, in *claimsFile, d *done) (*one[claimsTaken], error) {
		list, err := readClaims(in.Type, in.RawBody)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity(report.Clean(err.Error()))
		}
		d.about, d.detail = "claims "+in.From, strconv.Itoa(len(list))+" lines"
		return oneOf(claimsTaken{in.From, len(list)}, s.Store.PutClaims(ctx, in.From, list))
	})
	drop := operation(http.MethodDelete, "/v1/claims/{from}", "claim.drop", "claims", "Forget an inventory")
	change(s, drop, func(ctx context.Context, in *fromName, d *done) (*struct{}, error) {
		d.about = "claims " + in.From
		return nil, s.Store.PutClaims(ctx, in.From, nil)
	})
	s.exportClaims()
}

// readClaims reads an inventory in the form that its type names.
func readClaims(kind string, text []byte) ([]cordon.Claim, error) {
	if name, _, _ := strings.Cut(kind, ";"); strings.TrimSpace(name) == "application/json" {
		return jsonClaims(text)
	}
	list, err := assess.ReadClaims(bytes.NewReader(text))
	for i := range list {
		for _, p := range claimTexts(&list[i]) {
			*p.text = unmarked(*p.text)
		}
	}
	return list, err
}

// unmarked takes off the apostrophe that stands before what a spreadsheet would calculate:
// our own export put it there (see report.AppendCSV).
func unmarked(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && rest != "" && strings.ContainsAny(rest[:1], "=+-@'") {
		return rest
	}
	return cell
}

// jsonClaims reads a list of claims; lines are counted from 1.
func jsonClaims(text []byte) ([]cordon.Claim, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var list []cordon.Claim
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("the inventory is no list of claims: %w", err)
	}
	if d.More() {
		return nil, errors.New("there is more behind the list")
	}
	if len(list) == 0 || len(list) > 100_000 {
		return nil, fmt.Errorf("%d claims: want 1 to 100000", len(list))
	}
	seen := map[string]int{}
	for i := range list {
		c := &list[i]
		c.Line = i + 1
		c.Address = c.Address.Unmap().WithZone("")
		if err := checkClaim(c, seen); err != nil {
			return nil, fmt.Errorf("claim %d: %w", i+1, err)
		}
	}
	return list, nil
}

// checkClaim holds a claim to naming one device that no other names, in texts of bounded length.
func checkClaim(c *cordon.Claim, seen map[string]int) error {
	var ids []string
	if c.Address.IsValid() {
		ids = append(ids, "address "+c.Address.String())
	}
	if c.MAC != (cordon.MAC{}) {
		ids = append(ids, "mac "+c.MAC.String())
	}
	if c.Serial != "" {
		ids = append(ids, "serial "+c.Serial)
	}
	if len(ids) == 0 {
		return errors.New("names no device: fill in its address, mac or serial")
	}
	for _, id := range ids {
		if line, twice := seen[id]; twice {
			return fmt.Errorf("%s is already in claim %d", id, line)
		}
		seen[id] = c.Line
	}
	for _, p := range claimTexts(c) {
		if len(*p.text) > 4<<10 {
			return fmt.Errorf("%s of %d bytes", p.name, len(*p.text))
		}
	}
	return nil
}

// claimText is one column of text of an inventory.
type claimText struct {
	name string
	text *string
}

// claimTexts are the columns of text, in the order of the export; their names are ones that the import knows.
func claimTexts(c *cordon.Claim) []claimText {
	return []claimText{
		{"serial", &c.Serial}, {"brand", &c.Brand}, {"maker", &c.Maker}, {"origin", &c.Origin}, {"model", &c.Model},
		{"certificate", &c.Certificate}, {"supplier", &c.Supplier}, {"contract", &c.Contract}, {"delivered", &c.Delivered},
		{"department", &c.Department}, {"site", &c.Site}, {"room", &c.Room}, {"views", &c.Views},
	}
}

package assess

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Offer is one line of a quote, as its writer put it: hostile text, trimmed.
type Offer struct {
	Line        int    `json:"line"` // in the file, counted from 1
	Brand       string `json:"brand"`
	Model       string `json:"model"`
	Certificate string `json:"certificate,omitempty"` // FCC id, or any certificate or statement named
	Supplier    string `json:"supplier,omitempty"`
}

// The bounds of a quote. A tender of 20,000 lines is below 4 MiB.
const (
	maxQuote  = 16 << 20
	maxOffers = 100_000
	maxCell   = 4 << 10
)

// ReadOffers reads a quote as CSV with commas, semicolons, tabs or bars between its cells,
// in UTF-8, UTF-16 (with its mark) or Latin-1. A first line that names columns is used as
// such, in English, German, French or Spanish; without one the columns are brand, model,
// certificate, supplier. Empty lines are passed over. Errors name the line.
func ReadOffers(r io.Reader) ([]Offer, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxQuote+1))
	if err != nil {
		return nil, fmt.Errorf("read quote: %w", err)
	}
	if len(raw) > maxQuote {
		return nil, errors.New("the quote is larger than 16 MiB: split it")
	}
	text, err := quoteText(raw)
	if err != nil {
		return nil, err
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.TrimLeadingSpace = separator(text), -1, true, true
	q := quote{csv: c, columns: []column{brandColumn, modelColumn, certificateColumn, supplierColumn}}
	for q.row() {
	}
	if q.err == nil && len(q.offers) == 0 {
		q.err = errors.New("the quote has no lines: give brand and model on each, for instance: Brand,Model")
	}
	return q.offers, q.err
}

// quoteText gives the bytes as text, or says what they are instead.
func quoteText(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")), bytes.HasPrefix(raw, []byte("\xD0\xCF\x11\xE0")):
		return "", errors.New("line 1: this is a spreadsheet or document file: save it as CSV and give that")
	case bytes.HasPrefix(raw, []byte("%PDF")):
		return "", errors.New("line 1: this is a PDF: copy its table into a CSV file and give that")
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")), bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		raw = fromUTF16(raw)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return "", fmt.Errorf("line %d: holds bytes that are no text: is it really a CSV file?", 1+bytes.Count(raw[:i], []byte("\n")))
	}
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	latin := make([]rune, len(raw)) // ISO 8859-1 is the first 256 code points
	for i, b := range raw {
		latin[i] = rune(b)
	}
	return string(latin), nil
}

func fromUTF16(raw []byte) []byte {
	little := raw[0] == 0xFF
	units := make([]uint16, 0, len(raw)/2)
	for i := 2; i+1 < len(raw); i += 2 {
		hi, lo := raw[i], raw[i+1]
		if little {
			hi, lo = lo, hi
		}
		units = append(units, uint16(hi)<<8|uint16(lo))
	}
	return []byte(string(utf16.Decode(units)))
}

// separator picks the sign that the first filled line has most of, outside quotes.
func separator(text string) rune {
	var line string
	for line = range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			break
		}
	}
	best, most, quoted := ',', 0, false
	counts := map[rune]int{}
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && strings.ContainsRune(",;\t|", c) {
			if counts[c]++; counts[c] > most {
				best, most = c, counts[c]
			}
		}
	}
	return best
}

// column is what a column of a quote holds.
type column int

const (
	otherColumn column = iota
	brandColumn
	modelColumn
	certificateColumn
	supplierColumn
)

// columnNames are how quotes head their columns, in letters and digits alone.
var columnNames = map[string]column{
	"brand": brandColumn, "make": brandColumn, "manufacturer": brandColumn, "maker": brandColumn, "vendor": brandColumn, "oem": brandColumn,
	"marke": brandColumn, "hersteller": brandColumn, "fabrikat": brandColumn, "marque": brandColumn, "fabricant": brandColumn, "marca": brandColumn, "fabricante": brandColumn,
	"model": modelColumn, "modelnumber": modelColumn, "modelno": modelColumn, "modelname": modelColumn, "type": modelColumn, "part": modelColumn,
	"partnumber": modelColumn, "partno": modelColumn, "sku": modelColumn, "product": modelColumn, "item": modelColumn, "mpn": modelColumn, "description": modelColumn,
	"modell": modelColumn, "typ": modelColumn, "artikel": modelColumn, "artikelnummer": modelColumn, "produkt": modelColumn, "bezeichnung": modelColumn,
	"modele": modelColumn, "modèle": modelColumn, "produit": modelColumn, "référence": modelColumn, "reference": modelColumn, "modelo": modelColumn, "producto": modelColumn, "referencia": modelColumn,
	"certificate": certificateColumn, "certification": certificateColumn, "cert": certificateColumn, "fcc": certificateColumn, "fccid": certificateColumn,
	"ndaa": certificateColumn, "ndaacompliant": certificateColumn, "ce": certificateColumn, "approval": certificateColumn,
	"zertifikat": certificateColumn, "zulassung": certificateColumn, "certificat": certificateColumn, "certificado": certificateColumn,
	"supplier": supplierColumn, "seller": supplierColumn, "distributor": supplierColumn, "reseller": supplierColumn,
	"lieferant": supplierColumn, "händler": supplierColumn, "fournisseur": supplierColumn, "proveedor": supplierColumn,
}

// heading says which columns a first line names; ok is false when it is a line like the
// others: a heading names brand, model or certificate.
func heading(cells []string) (columns []column, ok bool) {
	columns = make([]column, len(cells))
	taken := map[column]bool{}
	for i, c := range cells {
		name := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, c)
		if k := columnNames[name]; k != otherColumn && (k == certificateColumn || !taken[k]) {
			columns[i], taken[k] = k, true
		}
	}
	return columns, taken[brandColumn] || taken[modelColumn] || taken[certificateColumn]
}

// quote is a file under reading.
type quote struct {
	csv     *csv.Reader
	columns []column
	names   []string // of the columns, where the first line names them
	offers  []Offer
	started bool
	err     error
}

// row reads one line; false: that was the last, or err is set.
func (q *quote) row() bool {
	cells, err := q.csv.Read()
	if err == io.EOF {
		return false
	}
	if err != nil {
		q.err = fmt.Errorf("read quote: %w", err)
		return false
	}
	line, _ := q.csv.FieldPos(0)
	for i, c := range cells {
		if cells[i] = strings.TrimSpace(c); len(c) > maxCell {
			q.err = fmt.Errorf("line %d: a cell of %d bytes: a quotation mark that is never closed?", line, len(c))
			return false
		}
	}
	if !q.started {
		q.started = true
		if named, ok := heading(cells); ok {
			q.columns, q.names = named, cells
			return true
		}
	}
	o := q.offer(cells)
	if o == (Offer{}) {
		return true
	}
	if len(q.offers) == maxOffers {
		q.err = fmt.Errorf("line %d: more than %d lines: split the quote", line, maxOffers)
		return false
	}
	o.Line = line
	q.offers = append(q.offers, o)
	return true
}

// offer sorts a line's cells. Certificates of several columns stand side by side.
func (q *quote) offer(cells []string) Offer {
	var o Offer
	for i, c := range cells {
		if i >= len(q.columns) || c == "" {
			continue
		}
		switch q.columns[i] {
		case brandColumn:
			o.Brand = c
		case modelColumn:
			o.Model = c
		case certificateColumn:
			if i < len(q.names) && (len(c) <= 4 || isFCC(q.names[i])) { // "NDAA" over "yes", "FCC ID" over an id
				c = q.names[i] + ": " + c
			}
			if o.Certificate != "" {
				c = o.Certificate + "; " + c
			}
			o.Certificate = c
		case supplierColumn:
			o.Supplier = c
		}
	}
	return o
}

func isFCC(name string) bool { return len(name) >= 3 && strings.EqualFold(name[:3], "fcc") }

package assess

import (
	"errors"
	"io"
	"strings"
)

// Offer is one line of a quote, as its writer put it: hostile text, trimmed.
type Offer struct {
	Line        int    `json:"line"` // in the file, counted from 1
	Brand       string `json:"brand"`
	Model       string `json:"model"`
	Certificate string `json:"certificate,omitempty"` // FCC id, or any certificate or statement named
	Supplier    string `json:"supplier,omitempty"`
}

// ReadOffers reads a quote; see rows for how it may be written. A first line that names
// columns is used as such, in English, German, French or Spanish; without one the columns
// are brand, model, certificate, supplier. Empty lines are passed over.
func ReadOffers(r io.Reader) ([]Offer, error) {
	q := quote{columns: []column{brandColumn, modelColumn, certificateColumn, supplierColumn}}
	err := rows(r, "quote", q.row)
	if err == nil && len(q.offers) == 0 {
		err = errors.New("the quote has no lines: give brand and model on each, for instance: Brand,Model")
	}
	return q.offers, err
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
		if k := columnNames[columnName(c)]; k != otherColumn && (k == certificateColumn || !taken[k]) {
			columns[i], taken[k] = k, true
		}
	}
	return columns, taken[brandColumn] || taken[modelColumn] || taken[certificateColumn]
}

// quote is a file under reading.
type quote struct {
	columns []column
	names   []string // of the columns, where the first line names them
	offers  []Offer
	started bool
}

// row takes one row.
func (q *quote) row(line int, cells []string) error {
	if !q.started {
		q.started = true
		if named, ok := heading(cells); ok {
			q.columns, q.names = named, cells
			return nil
		}
	}
	if o := q.offer(cells); o != (Offer{}) {
		o.Line = line
		q.offers = append(q.offers, o)
	}
	return nil
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

package report

// AppendCSV appends one row of CSV as CSV writes them (RFC 4180, cleaned, no formulas), with
// CRLF at its end. It keeps neither b nor cells.
func AppendCSV(b []byte, cells []string) []byte {
	e := encoder{b: b}
	e.row(cells)
	return e.b
}

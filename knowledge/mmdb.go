package knowledge

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"cordon"
)

// UseMMDB makes the owner's own MMDB files answer Where before the embedded tables do:
// country replaces where a block is registered, asn its network number and name; either
// may be nil. Known field names are MaxMind's (registered_country or country with
// iso_code; autonomous_system_number and _organization) and the flat country_code. What
// a file does not answer stays with the embedded table, and so does the operator's country.
// Base keeps the bytes: do not change them. Call it before Base is shared.
func (b *Base) UseMMDB(country, asn []byte) error {
	c, err := openMMDB("country", country)
	if err != nil {
		return err
	}
	a, err := openMMDB("ASN", asn)
	if err != nil {
		return err
	}
	b.country, b.asn = c, a
	return nil
}

// openMMDB opens a file that was given; nil gives nil.
func openMMDB(name string, data []byte) (*maxminddb.Reader, error) {
	if data == nil {
		return nil, nil
	}
	r, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, fmt.Errorf("open MMDB file for %s: %w", name, err)
	}
	return r, nil
}

// mmdbCountry and mmdbNetwork are the fields read; others are skipped.
type mmdbCountry struct {
	Registered struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"registered_country"`
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	Flat string `maxminddb:"country_code"`
}

type mmdbNetwork struct {
	Number uint32 `maxminddb:"autonomous_system_number"`
	Name   string `maxminddb:"autonomous_system_organization"`
}

// override lets the owner's files speak. A record that cannot be decoded says nothing:
// these are bytes from outside, and a look-up must not fail an audit.
func (r *registry) override(p *cordon.Place, a netip.Addr) {
	if !a.IsValid() {
		return
	}
	if r.country != nil {
		var c mmdbCountry
		if err := r.country.Lookup(a).Decode(&c); err == nil {
			p.Country = firstCode(p.Country, c.Registered.Code, c.Country.Code, c.Flat)
		}
	}
	if r.asn != nil {
		var n mmdbNetwork
		if err := r.asn.Lookup(a).Decode(&n); err == nil && n.Number != 0 {
			p.ASN, p.Network = n.Number, n.Name
		}
	}
}

// firstCode gives the first of two-letter codes, or otherwise.
func firstCode(otherwise string, codes ...string) string {
	for _, c := range codes {
		if len(c) == 2 && isUpper(c[0]) && isUpper(c[1]) {
			return c
		}
	}
	return otherwise
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

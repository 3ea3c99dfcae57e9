package assess

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"cordon"
)

// claimColumns are how inventories head the columns that quotes do not have, or use in
// another sense, folded by columnName. For the rest columnNames of quotes holds.
var claimColumns = map[string]func(*cordon.Claim) *string{
	"serial": serialOf, "serialnumber": serialOf, "serialno": serialOf, "sn": serialOf, "seriennummer": serialOf, "seriennr": serialOf,
	"numérodesérie": serialOf, "numerodeserie": serialOf, "númerodeserie": serialOf, "uid": serialOf, "deviceid": serialOf,
	"maker": makerOf, "manufacturer": makerOf, "oem": makerOf, "madeby": makerOf, "claimedmaker": makerOf, "hersteller": makerOf, "fabricant": makerOf, "fabricante": makerOf,
	"claimedbrand": brandOf, "label": brandOf, "badge": brandOf, "claimedmodel": modelOf,
	"origin": originOf, "country": originOf, "countryoforigin": originOf, "madein": originOf, "claimedorigin": originOf,
	"herkunft": originOf, "ursprungsland": originOf, "herkunftsland": originOf, "origine": originOf, "paysdorigine": originOf, "origen": originOf, "paísdeorigen": originOf,
	"contract": contractOf, "contractno": contractOf, "contractnumber": contractOf, "po": contractOf, "order": contractOf, "purchaseorder": contractOf,
	"vertrag": contractOf, "bestellung": contractOf, "auftrag": contractOf, "contrat": contractOf, "commande": contractOf, "contrato": contractOf, "pedido": contractOf,
	"delivered": deliveredOf, "delivery": deliveredOf, "deliverydate": deliveredOf, "installed": deliveredOf, "installdate": deliveredOf, "installationdate": deliveredOf,
	"lieferdatum": deliveredOf, "geliefert": deliveredOf, "livraison": deliveredOf, "datedelivraison": deliveredOf, "entrega": deliveredOf, "fechadeentrega": deliveredOf,
	"department": departmentOf, "dept": departmentOf, "owner": departmentOf, "costcentre": departmentOf, "costcenter": departmentOf,
	"abteilung": departmentOf, "kostenstelle": departmentOf, "service": departmentOf, "département": departmentOf, "departamento": departmentOf,
	"site": siteOf, "location": siteOf, "building": siteOf, "standort": siteOf, "gebäude": siteOf, "lieu": siteOf, "bâtiment": siteOf, "sitio": siteOf, "edificio": siteOf,
	"room": roomOf, "roomclass": roomOf, "roomtype": roomOf, "zone": roomOf, "area": roomOf, "raum": roomOf, "raumklasse": roomOf, "raumart": roomOf,
	"pièce": roomOf, "salle": roomOf, "local": roomOf, "sala": roomOf, "habitación": roomOf,
	"views": viewsOf, "view": viewsOf, "looksat": viewsOf, "whatitlooksat": viewsOf, "covers": viewsOf, "fieldofview": viewsOf, "sees": viewsOf, "purpose": viewsOf,
	"blick": viewsOf, "blickfeld": viewsOf, "sichtfeld": viewsOf, "zweck": viewsOf, "vue": viewsOf, "vista": viewsOf,
	"supplierclaim": certificateOf,
}

func serialOf(c *cordon.Claim) *string      { return &c.Serial }
func makerOf(c *cordon.Claim) *string       { return &c.Maker }
func brandOf(c *cordon.Claim) *string       { return &c.Brand }
func modelOf(c *cordon.Claim) *string       { return &c.Model }
func originOf(c *cordon.Claim) *string      { return &c.Origin }
func contractOf(c *cordon.Claim) *string    { return &c.Contract }
func deliveredOf(c *cordon.Claim) *string   { return &c.Delivered }
func departmentOf(c *cordon.Claim) *string  { return &c.Department }
func siteOf(c *cordon.Claim) *string        { return &c.Site }
func roomOf(c *cordon.Claim) *string        { return &c.Room }
func viewsOf(c *cordon.Claim) *string       { return &c.Views }
func certificateOf(c *cordon.Claim) *string { return &c.Certificate }
func supplierOf(c *cordon.Claim) *string    { return &c.Supplier }

// addressColumns and macColumns are how inventories head what is no text.
var (
	addressColumns = map[string]bool{"address": true, "ip": true, "ipaddress": true, "ipv4": true, "ipv6": true, "ipv4address": true, "ipv6address": true,
		"addresses": true, "adresse": true, "ipadresse": true, "adresseip": true, "dirección": true, "direccionip": true, "direcciónip": true, "host": true}
	macColumns = map[string]bool{"mac": true, "macaddress": true, "macadresse": true, "adressemac": true, "direcciónmac": true, "hwaddress": true, "ethernet": true, "physicaladdress": true}
)

// ReadClaims reads an owner's inventory: a first line that names the columns, in any order
// and in English, German, French or Spanish (address, mac or serial, and what is claimed of
// the device: brand, maker, origin, model, certificate, supplier, contract, delivery date,
// department, site, room class, what it looks at), then a device a line. Other columns are
// passed over. See rows for how the file may be written. An error names every line that is
// wrong, up to ten.
func ReadClaims(r io.Reader) ([]cordon.Claim, error) {
	c := claims{seen: map[string]int{}}
	if err := rows(r, "inventory", c.row); err != nil {
		return nil, err
	}
	if len(c.wrong) > 0 {
		return nil, errors.Join(c.wrong...)
	}
	if len(c.list) == 0 {
		return nil, errors.New("the inventory has no lines: name the columns on the first, for instance: address,brand,model,room")
	}
	return c.list, nil
}

// claims is an inventory under reading.
type claims struct {
	put   []func(*cordon.Claim, string) error // by column; nil: passed over
	list  []cordon.Claim
	seen  map[string]int // identifiers -> line
	wrong []error
}

// maxWrong is how many wrong lines one error names.
const maxWrong = 10

func (c *claims) row(line int, cells []string) error {
	if c.put == nil {
		return c.head(line, cells)
	}
	claim, filled := cordon.Claim{Line: line}, false
	for i, cell := range cells {
		if i >= len(c.put) || c.put[i] == nil || cell == "" {
			continue
		}
		filled = true
		if err := c.put[i](&claim, cell); err != nil {
			return c.fail(line, err)
		}
	}
	if !filled {
		return nil
	}
	if err := c.identify(&claim); err != nil {
		return c.fail(line, err)
	}
	c.list = append(c.list, claim)
	return nil
}

// fail notes what is wrong with a line, and ends the reading at too many.
func (c *claims) fail(line int, err error) error {
	c.wrong = append(c.wrong, fmt.Errorf("line %d: %w", line, err))
	if len(c.wrong) == maxWrong {
		return errors.Join(c.wrong...)
	}
	return nil
}

// head takes the names of the columns.
func (c *claims) head(line int, cells []string) error {
	c.put = make([]func(*cordon.Claim, string) error, len(cells))
	names := false
	for i, cell := range cells {
		name := columnName(cell)
		of := claimColumns[name]
		switch {
		case addressColumns[name]:
			c.put[i], names = putAddress, true
			continue
		case macColumns[name]:
			c.put[i], names = putMAC, true
			continue
		case of != nil:
			names = names || name != "" && *of(&cordon.Claim{Serial: "x"}) == "x"
		case columnNames[name] == brandColumn:
			of = brandOf
		case columnNames[name] == modelColumn:
			of = modelOf
		case columnNames[name] == certificateColumn:
			of = certificateOf
		case columnNames[name] == supplierColumn:
			of = supplierOf
		default:
			continue
		}
		c.put[i] = putText(of)
	}
	if !names {
		return fmt.Errorf("line %d: no column says which device is meant: name one address, mac or serial (these are there: %s)", line, strings.Join(cells[:min(len(cells), 12)], ", "))
	}
	return nil
}

// putText fills a field; what two columns say of the same stands side by side.
func putText(of func(*cordon.Claim) *string) func(*cordon.Claim, string) error {
	return func(c *cordon.Claim, cell string) error {
		if p := of(c); *p == "" {
			*p = cell
		} else if *p != cell {
			*p += "; " + cell
		}
		return nil
	}
}

// putAddress reads an address, also as a prefix of one interface ("192.168.8.21/24").
func putAddress(c *cordon.Claim, cell string) error {
	a, err := netip.ParseAddr(cell)
	if p, perr := netip.ParsePrefix(cell); err != nil && perr == nil {
		a, err = p.Addr(), nil
	}
	if err != nil {
		return fmt.Errorf("address %q: say it as 192.168.8.21 or 2001:db8::21", cell)
	}
	c.Address = a.Unmap().WithZone("")
	return nil
}

func putMAC(c *cordon.Claim, cell string) error {
	m, err := cordon.ParseMAC(cell)
	if err != nil || m == (cordon.MAC{}) || m.Group() {
		return fmt.Errorf("mac %q: say it as 44:19:b6:00:11:22", cell)
	}
	c.MAC = m
	return nil
}

// identify holds a claim to naming one device that no other line names.
func (c *claims) identify(claim *cordon.Claim) error {
	var ids []string
	if claim.Address.IsValid() {
		ids = append(ids, "address "+claim.Address.String())
	}
	if claim.MAC != (cordon.MAC{}) {
		ids = append(ids, "mac "+claim.MAC.String())
	}
	if claim.Serial != "" {
		ids = append(ids, "serial "+claim.Serial)
	}
	if len(ids) == 0 {
		return errors.New("names no device: fill in its address, mac or serial")
	}
	for _, id := range ids {
		if line, twice := c.seen[id]; twice {
			return fmt.Errorf("%s is already on line %d", id, line)
		}
		c.seen[id] = claim.Line
	}
	return nil
}

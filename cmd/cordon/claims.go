package main

import (
	"fmt"

	"cordon/internal/assess"
	"cordon/internal/inventory"
	"cordon/internal/sensor"
)

// inventoried is the option of every command that ends in an audit to hold it against what
// the owner has on paper.
type inventoried struct {
	Claims string `placeholder:"FILE" help:"Your inventory as CSV: address, MAC or serial number of each device, and what is claimed of it (brand, maker, origin, model, certificate, supplier, contract, delivery date, department, site, room class, what it looks at). What differs is found, and what stands in a sensitive room weighs more."`
}

// add reads the inventory into the options of judging, where one was given. key is that of
// the instance, with which serial numbers are hidden.
func (c *inventoried) add(e *env, o *inventory.Options, key []byte) error {
	if c.Claims == "" {
		return nil
	}
	f, _, err := openInput(c.Claims, e.stdin)
	if err != nil {
		return fmt.Errorf("--claims: %w", err)
	}
	defer f.Close()
	if o.Claims, err = assess.ReadClaims(f); err != nil {
		return fmt.Errorf("--claims %s: %w", shown(c.Claims), err)
	}
	o.Hide = sensor.NewSecrets(key).Hide
	return nil
}

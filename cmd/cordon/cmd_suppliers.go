package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cordon/internal/report"
	"cordon/internal/store"
)

type suppliersCmd struct {
	List       suppliersListCmd `cmd:"" default:"withargs" help:"Who delivers devices."`
	Set        suppliersSetCmd  `cmd:"" help:"Say who a supplier is, in place of what was said."`
	Deliveries deliveriesCmd    `cmd:"" help:"What was delivered."`
	Deliver    deliverCmd       `cmd:"" help:"Note a delivery."`
}

type suppliersListCmd struct {
	asking
	tabular
}

func (c *suppliersListCmd) Run(e *env) error {
	all, err := wholeList[store.Supplier](e, &c.asking, "/v1/suppliers", nil)
	if err != nil {
		return err
	}
	a := tableOf(all, []column[store.Supplier]{
		{head: "supplier", cell: func(s *store.Supplier) string { return s.Name }},
		{head: "contact", cell: func(s *store.Supplier) string { return s.Contact }},
		{head: "note", cell: func(s *store.Supplier) string { return s.Note }},
	})
	a.empty = "No supplier is known: cordon suppliers set NAME notes one."
	return c.write(e, &a)
}

type suppliersSetCmd struct {
	asking
	Name    string `arg:"" help:"Its name."`
	Contact string `placeholder:"TEXT" help:"How to reach it."`
	Note    string `short:"m" placeholder:"TEXT" help:"What else is to be known."`
}

func (c *suppliersSetCmd) Run(e *env) error {
	body := map[string]string{"contact": c.Contact, "note": c.Note}
	if err := c.told(e, http.MethodPut, "/v1/suppliers/"+url.PathEscape(c.Name), body, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "noted:", report.Clean(c.Name))
	return err
}

type deliveriesCmd struct {
	asking
	tabular
	Supplier string `arg:"" optional:"" help:"Only of this supplier."`
}

func (c *deliveriesCmd) Run(e *env) error {
	q := url.Values{}
	filter(q, "supplier", c.Supplier)
	all, err := wholeList[store.Delivery](e, &c.asking, "/v1/deliveries", q)
	if err != nil {
		return err
	}
	type row = store.Delivery
	a := tableOf(all, []column[row]{
		{head: "no", cell: func(d *row) string { return strconv.FormatInt(d.ID, 10) }},
		{head: "date", cell: func(d *row) string { return d.At.Local().Format("2006-01-02") }},
		{head: "supplier", cell: func(d *row) string { return d.Supplier }},
		{head: "count", cell: func(d *row) string { return strconv.Itoa(d.Count) }},
		{head: "brand", cell: func(d *row) string { return d.Brand }},
		{head: "model", cell: func(d *row) string { return d.Model }},
		{head: "contract", cell: func(d *row) string { return d.Contract }},
		{head: "note", cell: func(d *row) string { return d.Note }},
	})
	a.empty = "No delivery is known: cordon suppliers deliver NAME notes one."
	return c.write(e, &a)
}

type deliverCmd struct {
	asking
	Supplier string `arg:"" help:"Its name; cordon suppliers set makes it known."`
	Correct  int64  `placeholder:"NO" help:"Correct the delivery of this number, instead of noting a new one."`
	Date     string `placeholder:"DATE" help:"When it came, as 2026-11-20; without it, today."`
	Count    int    `default:"1" help:"How many devices."`
	Brand    string `placeholder:"NAME" help:"Their brand."`
	Model    string `placeholder:"NAME" help:"Their model."`
	Contract string `placeholder:"TEXT" help:"Under which contract."`
	Note     string `short:"m" placeholder:"TEXT" help:"What else is to be known."`
}

func (c *deliverCmd) Run(e *env) error {
	at, err := time.Now(), error(nil)
	if c.Date != "" {
		if at, err = dayOf(c.Date, at); err != nil {
			return fmt.Errorf("--date %w", err)
		}
	}
	method, path := http.MethodPost, "/v1/deliveries"
	if c.Correct != 0 {
		method, path = http.MethodPut, path+"/"+strconv.FormatInt(c.Correct, 10)
	}
	body := map[string]any{"supplier": c.Supplier, "at": at.UTC().Format(time.RFC3339), "contract": c.Contract, "brand": c.Brand, "model": c.Model, "count": c.Count, "note": c.Note}
	var d store.Delivery
	if err := c.told(e, method, path, body, &d); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%d noted: %s of %s\n", d.ID, report.Plural(d.Count, "device"), report.Clean(d.Supplier))
	return err
}

package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"cordon/internal/store"
)

type supplierInput struct {
	Name string `path:"name" minLength:"1" maxLength:"200"`
	Body struct {
		Contact string `json:"contact,omitempty" maxLength:"1000"`
		Note    string `json:"note,omitempty" maxLength:"4000"`
	}
}

type deliveriesInput struct {
	Supplier string `query:"supplier" maxLength:"200" doc:"Its name; without it, of all."`
}

type deliveryBody struct {
	Supplier string    `json:"supplier" minLength:"1" maxLength:"200" doc:"Its name; it must be known."`
	At       time.Time `json:"at"`
	Contract string    `json:"contract,omitempty" maxLength:"200"`
	Brand    string    `json:"brand,omitempty" maxLength:"200"`
	Model    string    `json:"model,omitempty" maxLength:"200"`
	Count    int       `json:"count" minimum:"1" maximum:"1000000"`
	Note     string    `json:"note,omitempty" maxLength:"4000"`
}

func (b *deliveryBody) delivery(id int64) store.Delivery {
	return store.Delivery{ID: id, Supplier: b.Supplier, At: b.At.UTC(), Contract: b.Contract, Brand: b.Brand, Model: b.Model, Count: b.Count, Note: b.Note}
}

type newDelivery struct{ Body deliveryBody }

type deliveryInput struct {
	IDInput
	Body deliveryBody
}

func (s *Server) supplies() {
	question(s, "/v1/suppliers", "supplier.list", "suppliers", "Who delivers devices", func(ctx context.Context, _ *struct{}) (*listOf[store.Supplier], error) {
		return allOf(s.Store.Suppliers(ctx))
	})
	put := operation(http.MethodPut, "/v1/suppliers/{name}", "supplier.put", "suppliers", "Say who a supplier is, in place of what was said")
	change(s, put, func(ctx context.Context, in *supplierInput, d *done) (*one[store.Supplier], error) {
		v := store.Supplier{Name: in.Name, Contact: in.Body.Contact, Note: in.Body.Note}
		id, err := s.Store.PutSupplier(ctx, v)
		v.ID = id
		d.about = "supplier " + in.Name
		return oneOf(v, err)
	})
	question(s, "/v1/deliveries", "delivery.list", "suppliers", "What was delivered", func(ctx context.Context, in *deliveriesInput) (*listOf[store.Delivery], error) {
		return allOf(s.Store.Deliveries(ctx, in.Supplier))
	})
	add := operation(http.MethodPost, "/v1/deliveries", "delivery.add", "suppliers", "Note a delivery")
	add.DefaultStatus = http.StatusCreated
	change(s, add, func(ctx context.Context, in *newDelivery, d *done) (*one[store.Delivery], error) {
		return s.putDelivery(ctx, in.Body.delivery(0), d)
	})
	mend := operation(http.MethodPut, "/v1/deliveries/{id}", "delivery.put", "suppliers", "Correct a delivery")
	change(s, mend, func(ctx context.Context, in *deliveryInput, d *done) (*one[store.Delivery], error) {
		return s.putDelivery(ctx, in.Body.delivery(in.ID), d)
	})
}

func (s *Server) putDelivery(ctx context.Context, v store.Delivery, d *done) (*one[store.Delivery], error) {
	id, err := s.Store.PutDelivery(ctx, v)
	v.ID = id
	d.about = "delivery " + strconv.FormatInt(id, 10)
	return oneOf(v, err)
}

package api

import (
	"context"
	"net/http"
	"strconv"

	"cordon/internal/store"
)

type noteInput struct {
	DeviceInput
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"4000"`
	}
}

type noteDropInput struct {
	DeviceInput
	Note int64 `path:"note" minimum:"1"`
}

func (s *Server) deviceNotes() {
	question(s, "/v1/devices/{id}/notes", "device.notes", "devices", "What people wrote of it, newest first", func(ctx context.Context, in *DeviceInput) (*listOf[store.Note], error) {
		if _, err := s.knownDevice(ctx, in.ID); err != nil {
			return nil, err
		}
		return allOf(s.Store.Notes(ctx, in.ID))
	})
	add := operation(http.MethodPost, "/v1/devices/{id}/notes", "device.note", "devices", "Write something of a device")
	add.DefaultStatus = http.StatusCreated
	act(s, add, func(ctx context.Context, in *noteInput, d *done) (*one[store.Note], error) {
		n := store.Note{At: s.Now().UTC(), By: by(ctx), Text: in.Body.Text}
		var err error
		n.ID, err = s.Store.AddNote(ctx, in.ID, n)
		d.about = "device " + in.ID
		return oneOf(n, err)
	})
	drop := operation(http.MethodDelete, "/v1/devices/{id}/notes/{note}", "device.note.drop", "devices", "Take back what was written of a device")
	change(s, drop, func(ctx context.Context, in *noteDropInput, d *done) (*struct{}, error) {
		d.about, d.detail = "device "+in.ID, "note "+strconv.FormatInt(in.Note, 10)
		return nil, s.Store.DropNote(ctx, in.ID, in.Note)
	})
}

package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// Page says which part of a list is wanted. The zero Page is the first one.
type Page struct {
	After string // cursor that came with the page before; empty: the first page
	Limit int    // rows at most; 0: 50; never more than 1,000
}

// Bounds of Page.Limit.
const (
	usualLimit = 50
	maxLimit   = 1000
)

func (p Page) limit() int {
	if p.Limit <= 0 {
		return usualLimit
	}
	return min(p.Limit, maxLimit)
}

// cursor is a place in a list: the last row's sort keys, and which question it belongs to.
type cursor struct {
	Of uint32 `json:"q"` // checksum of the question
	N  int64  `json:"n,omitempty"`
	M  int64  `json:"m,omitempty"`
	T  string `json:"t,omitempty"`
	ID int64  `json:"i,omitempty"`
	P  int64  `json:"p,omitempty"`
	S  string `json:"s,omitempty"` // an id that is text
}

// question is the checksum of what was asked for, its page apart.
func question(q any) uint32 {
	b, err := json.Marshal(q)
	if err != nil {
		return 0 // questions are plain structs of ours
	}
	return crc32.ChecksumIEEE(b)
}

// text is the cursor as callers pass it on.
func (c cursor) text() string {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// place reads the cursor of a question; nil for the first page.
func (p Page) place(of uint32) (*cursor, error) {
	if p.After == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	var c cursor
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if c.Of != of {
		return nil, ErrCursor
	}
	return &c, nil
}

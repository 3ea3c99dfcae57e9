package seal

import (
	"bytes"
	"errors"
	"testing"
)

var key = []byte("0123456789abcdef0123456789abcdef")

func TestRoundTrip(t *testing.T) {
	for _, plain := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte("pass"), 1000)} {
		sealed, err := Seal(key, "channel 1", plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(plain) > 3 && bytes.Contains(sealed, plain[:4]) {
			t.Error("the secret can be read in what is sealed")
		}
		got, err := Open(key, "channel 1", sealed)
		if err != nil || !bytes.Equal(got, plain) || got == nil {
			t.Errorf("got %q, %v; want %q", got, err, plain)
		}
		again, _ := Seal(key, "channel 1", plain)
		if bytes.Equal(again, sealed) {
			t.Error("sealed twice, it is the same bytes")
		}
	}
}

func TestRefused(t *testing.T) {
	sealed, err := Seal(key, "channel 1", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed { // no byte may be changed, and none be missing
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := Open(key, "channel 1", bad); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := Open(key, "channel 1", sealed[:i]); !errors.Is(err, ErrOpen) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if _, err := Open(key, "channel 2", sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("another label: %v", err)
	}
	other := bytes.Clone(key)
	other[0] ^= 1
	if _, err := Open(other, "channel 1", sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Seal(key[:15], "channel 1", nil); err == nil {
		t.Error("a key of 15 bytes was taken")
	}
}

func FuzzOpen(f *testing.F) {
	sealed, err := Seal(key, "x", []byte("secret"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := Open(key, "x", b); err == nil && !bytes.Equal(b, sealed) && !bytes.Equal(got, []byte("secret")) {
			t.Errorf("%x was opened to %q", b, got)
		}
	})
}

// Package prove signs documents that leave the house, and tells whether a file is still what
// was signed. The signature is the last line or the last member of the file itself, in a form
// that a browser, a JSON reader or a PDF viewer passes over; docs/format/report.md draws it. It
// promises that every byte before the signature is covered, that no file has two readings,
// and that nothing but the file is needed to check it. What it proves is only that whoever
// holds the key said so: whether what is said is true, and whose key it is, others must know.
package prove

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Form is how a signature stands in a file.
type Form string

// The forms.
const (
	JSON Form = "json" // the last member of the outermost object
	HTML Form = "html" // a comment at the end
	PDF  Form = "pdf"  // a comment after the last %%EOF
)

// What callers tell apart with errors.Is.
var (
	ErrUnsigned = errors.New("it bears no signature of a Cordon at its end")
	ErrChanged  = errors.New("the signature does not hold: the file is not what was signed, it was changed or damaged")
	ErrForm     = errors.New("the document does not end as one of its form does")
)

// writing is the text around a form's signature: lead, key, middle, signature, tail.
type writing struct {
	form               Form
	body               string // how a document ends before it is signed
	lead, middle, tail string // what is written after it, less cut bytes of its end
	cut                int
}

var writings = []writing{
	{JSON, "\n}\n", ",\n  \"signature\": {\"form\": \"cordon 1\", \"key\": \"", "\", \"ed25519\": \"", "\"}\n}\n", len("\n}\n")},
	{HTML, "</html>\n", "<!-- cordon 1 signature, key ", " ed25519 ", " -->\n", 0},
	{PDF, "%%EOF\n", "% cordon 1 signature, key ", " ed25519 ", "\n", 0},
}

// The lengths of a key and a signature in base64.
var (
	keyText       = base64.StdEncoding.EncodedLen(ed25519.PublicKeySize)
	signatureText = base64.StdEncoding.EncodedLen(ed25519.SignatureSize)
)

// length is how many bytes are written after a document, those that were cut counted anew.
func (w *writing) length() int {
	return len(w.lead) + keyText + len(w.middle) + signatureText + len(w.tail)
}

// message is what is signed: the form before the document, so that a signature fits nothing else.
func message(form Form, doc []byte) []byte {
	return append([]byte("cordon signed document 1 "+string(form)+"\n"), doc...)
}

// Sign gives a document with its signature in it; the document itself stays as it is. ErrForm when it
// does not end as documents of its form do: JSON that is indented by two spaces and ends in "\n}\n", HTML
// in "</html>\n", PDF in "%%EOF\n".
func Sign(doc []byte, form Form, key ed25519.PrivateKey) ([]byte, error) {
	for i := range writings {
		w := &writings[i]
		if w.form != form {
			continue
		}
		if !bytes.HasSuffix(doc, []byte(w.body)) {
			break
		}
		out := append(make([]byte, 0, len(doc)+w.length()), doc[:len(doc)-w.cut]...)
		return append(out, w.text(key.Public().(ed25519.PublicKey), ed25519.Sign(key, message(form, doc)))...), nil
	}
	return nil, fmt.Errorf("sign %s: %w", form, ErrForm)
}

// text is what is written after a document.
func (w *writing) text(key, signature []byte) string {
	return w.lead + base64.StdEncoding.EncodeToString(key) + w.middle + base64.StdEncoding.EncodeToString(signature) + w.tail
}

// Signed is a file whose signature holds.
type Signed struct {
	Form     Form
	Key      ed25519.PublicKey // whose signature it is: anybody's, until it is compared
	Document []byte            // what was signed, without the signature; shares the file's memory unless Form is JSON
}

// Open checks the signature at the end of a file. The errors are ErrUnsigned and ErrChanged.
func Open(file []byte) (*Signed, error) {
	for i := range writings {
		w := &writings[i]
		at := len(file) - w.length()
		if at < 0 || !bytes.HasPrefix(file[at:], []byte(w.lead)) {
			continue
		}
		return w.open(file[:at], file[at:])
	}
	return nil, ErrUnsigned
}

// open checks what stands before a signature against it.
func (w *writing) open(before, text []byte) (*Signed, error) {
	k := len(w.lead)
	s := k + keyText + len(w.middle)
	key, kerr := base64.StdEncoding.Strict().DecodeString(string(text[k : k+keyText]))
	signature, serr := base64.StdEncoding.Strict().DecodeString(string(text[s : s+signatureText]))
	if kerr != nil || serr != nil || len(key) != ed25519.PublicKeySize || len(signature) != ed25519.SignatureSize || w.text(key, signature) != string(text) {
		return nil, ErrUnsigned
	}
	doc := before
	if w.cut > 0 {
		doc = append(append(make([]byte, 0, len(before)+w.cut), before...), w.body[len(w.body)-w.cut:]...)
	}
	if !bytes.HasSuffix(doc, []byte(w.body)) || !ed25519.Verify(key, message(w.form, doc), signature) {
		return nil, ErrChanged
	}
	return &Signed{Form: w.form, Key: key, Document: doc}, nil
}

// fingerprintBytes is how much of a key's SHA-256 its fingerprint shows: nobody finds another key for 128 bits.
const fingerprintBytes = 16

// Fingerprint is the name of a public key for people: the first 16 bytes of its SHA-256, in
// hexadecimal, in groups of four.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	digits := hex.EncodeToString(sum[:fingerprintBytes])
	var groups []string
	for ; digits != ""; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	return strings.Join(groups, "-")
}

// SameFingerprint reports whether a fingerprint as somebody wrote it (in any case, grouped or not)
// is that of the key. Less than the whole is not enough.
func SameFingerprint(key ed25519.PublicKey, written string) bool {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", ":", "", " ", "").Replace(s))
	}
	return plain(written) == plain(Fingerprint(key))
}

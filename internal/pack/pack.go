// Package pack makes and opens knowledge packs: new lists, rules and other knowledge in one
// signed file, for installed boxes that may have no internet. docs/format/pack.md is the
// format. It promises that not one byte of what a file holds is looked at before a trusted
// key has vouched for all of it, and that memory is bounded whatever the file says. What
// the knowledge in it means, and whether it holds, is left to package knowledge.
package pack

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// The bounds. The program's own knowledge, without its tables, is 2 MB in 120 files.
const (
	MaxSize     = 16 << 20 // bytes of a pack
	maxManifest = 1 << 20  // bytes of a manifest
	maxFiles    = 4096
	maxFile     = 8 << 20  // bytes of one file in it
	maxTotal    = 64 << 20 // bytes of all files in it
	maxText     = 500      // bytes of an issuer or a note
)

// The layout of a file, see docs/format/pack.md.
const (
	magic     = "CORDNPK1"
	keySize   = 8
	headSize  = len(magic) + keySize + 4 + ed25519.SignatureSize
	signedFor = "cordon knowledge pack 1\n" // before the manifest in what is signed, so that the signature fits nothing else
)

// Manifest says what a pack is and lists its files.
type Manifest struct {
	Version string    `json:"version"` // YYYY-MM-DD, or YYYY-MM-DD.N for the N-th of a day; see Compare
	Made    time.Time `json:"made"`
	Issuer  string    `json:"issuer"`         // who answers for it, as they write themselves; hostile until escaped
	Note    string    `json:"note,omitempty"` // why it was made; likewise
	Key     string    `json:"key"`            // KeyID of the key that signed it
	Files   []File    `json:"files"`          // by name
	Packed  string    `json:"packed"`         // SHA-256 of what follows the manifest, in hexadecimal
}

// File is one file of a pack.
type File struct {
	Name   string `json:"name"` // as in the program's own knowledge/, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // in hexadecimal
}

// Pack is an opened pack whose signature and digests hold.
type Pack struct {
	Manifest
	files tree
}

// ErrUntrusted says that no trusted key vouches for a pack. The error that wraps it names the key.
var ErrUntrusted = errors.New("signed by a key that is not trusted")

// KeyID is the short name of a public key: the first 8 bytes of its SHA-256, in hexadecimal.
func KeyID(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return hex.EncodeToString(sum[:keySize])
}

// Make packs every file of a directory laid out like the program's own knowledge, and signs it.
// Of m, Version, Made, Issuer and Note are taken. A file that has no place in the layout is an
// error: it would be knowledge that nobody reads.
func Make(dir fs.FS, m Manifest, key ed25519.PrivateKey) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, errors.New("make pack: the key is not an Ed25519 private key")
	}
	m.Key = KeyID(key.Public().(ed25519.PublicKey))
	m.Made = m.Made.UTC().Truncate(time.Second)
	body, files, err := packFiles(dir)
	if err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	m.Files, m.Packed = files, digest(body)
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	text, err := json.Marshal(&m)
	if err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	if len(text) > maxManifest || headSize+len(text)+len(body) > MaxSize {
		return nil, fmt.Errorf("make pack: it would take %d bytes; at most %d are read", headSize+len(text)+len(body), MaxSize)
	}
	id, _ := hex.DecodeString(m.Key)
	out := append([]byte(magic), id...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(text)))
	out = append(out, ed25519.Sign(key, signed(text))...)
	return append(append(out, text...), body...), nil
}

func signed(manifest []byte) []byte { return append([]byte(signedFor), manifest...) }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Open checks a pack and takes it apart. trusted gives the public key of an id; with a key it
// does not know the error is ErrUntrusted. The pack keeps nothing of data.
func Open(data []byte, trusted func(id string) (ed25519.PublicKey, bool)) (*Pack, error) {
	head, text, body, err := split(data)
	if err != nil {
		return nil, err
	}
	key, ok := trusted(head.key)
	if !ok || KeyID(key) != head.key {
		return nil, fmt.Errorf("key %s: %w", head.key, ErrUntrusted)
	}
	if !ed25519.Verify(key, signed(text), head.signature) {
		return nil, fmt.Errorf("the signature by key %s does not hold: the file is damaged, or not what was signed", head.key)
	}
	p := &Pack{}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p.Manifest); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if dec.More() {
		return nil, errors.New("manifest: more than one value")
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.Key != head.key {
		return nil, fmt.Errorf("the manifest names key %s, the file %s", p.Key, head.key)
	}
	if digest(body) != p.Packed {
		return nil, errors.New("what follows the manifest is not what was signed: the file is damaged; fetch it again")
	}
	p.files, err = unpack(body, p.Files)
	return p, err
}

// head is the fixed part of a pack.
type head struct {
	key       string
	signature []byte
}

// split finds the parts of a pack by its fixed part.
func split(data []byte) (h head, manifest, body []byte, err error) {
	switch {
	case len(data) > MaxSize:
		return h, nil, nil, fmt.Errorf("%d bytes: a knowledge pack has at most %d", len(data), MaxSize)
	case !bytes.HasPrefix(data, []byte(magic)):
		return h, nil, nil, errors.New("not a knowledge pack: it does not begin with " + magic)
	case len(data) < headSize:
		return h, nil, nil, errors.New("the knowledge pack is cut off")
	}
	at := len(magic)
	h.key = hex.EncodeToString(data[at : at+keySize])
	at += keySize
	n := int64(binary.BigEndian.Uint32(data[at:]))
	at += 4
	h.signature = data[at : at+ed25519.SignatureSize]
	rest := data[headSize:]
	if n > maxManifest || n > int64(len(rest)) {
		return h, nil, nil, errors.New("the knowledge pack is cut off")
	}
	return h, rest[:n], rest[n:], nil
}

// FS gives the files, laid out like the program's own knowledge.
func (p *Pack) FS() fs.FS { return p.files }

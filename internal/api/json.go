package api

import (
	"encoding/json"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// jsonFormat is how answers are written: what a browser or a terminal could take for more
// than text is escaped, for names from the network are in it.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		b, err := marshal(v)
		if err == nil {
			_, err = w.Write(append(b, '\n'))
		}
		return err
	},
	Unmarshal: json.Unmarshal,
}

// marshal is json.Marshal, which escapes markup and control characters, with what turns the
// direction of writing or cannot be seen (Unicode category Cf, and others that are not
// graphic) escaped as well. The text means the same.
func marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	from := 0 // of what is not yet in out
	var out []byte
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if !unicode.IsGraphic(r) {
			out = append(append(out, b[from:i]...), escaped(r)...)
			from = i + n
		}
		i += n
	}
	if from == 0 {
		return b, nil
	}
	return append(out, b[from:]...), nil
}

// escaped is \uXXXX, in two halves beyond the first plane (RFC 8259, section 7).
func escaped(r rune) []byte {
	const digits = "0123456789abcdef"
	unit := func(b []byte, u uint16) []byte {
		return append(b, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
	}
	if r < 0x10000 {
		return unit(nil, uint16(r))
	}
	r -= 0x10000
	return unit(unit(nil, uint16(0xd800+r>>10)), uint16(0xdc00+r&0x3ff))
}

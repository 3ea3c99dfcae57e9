package api

import (
	"encoding/json"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/report"
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
	return report.SafeJSON(b), nil
}

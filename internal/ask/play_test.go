package ask

import (
	"bytes"
	"net/netip"
	"testing"

	"cordon"
)

// testAddr is from the block for documentation (RFC 5737).
var testAddr = netip.MustParseAddr("192.0.2.10")

// device plays a host: its answer to a request, by what was sent first; nil is silence.
type device func(r Request, sent []byte) (Outcome, []byte)

// interview runs the whole interview against a device and gives every request made and what was
// sent in it, in order.
func interview(t testing.TB, h *Host, d device) []made {
	t.Helper()
	if h.Done == nil {
		h.Done = map[string]Outcome{}
	}
	if h.Heard == nil {
		h.Heard = map[string][]byte{}
	}
	var all []made
	for range 400 {
		batch := Next(h)
		if len(batch) == 0 {
			return all
		}
		for _, r := range batch {
			m := made{Request: r, sent: [][]byte{bytes.Clone(r.Send)}}
			outcome, heard := d(r, r.Send)
			whole := bytes.Clone(heard)
			for range 20 {
				if r.Turn == nil || heard == nil {
					break
				}
				send, done := r.Turn(heard)
				if send == nil {
					break
				}
				m.sent = append(m.sent, bytes.Clone(send))
				if done {
					break
				}
				_, heard = d(r, send)
				whole = append(whole, heard...)
			}
			h.Done[r.Name] = outcome
			if len(whole) > 0 {
				h.Heard[r.Name] = whole[:min(len(whole), MaxHeard)]
			}
			all = append(all, m)
		}
	}
	t.Fatal("the interview does not end")
	return nil
}

type made struct {
	Request
	sent [][]byte
}

func names(all []made) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.Name)
	}
	return out
}

func fact(kind cordon.Kind, value string) cordon.Observation {
	return cordon.Observation{Kind: kind, Value: value}
}

// page is an HTTP answer.
func page(status string, fields string, body string) []byte {
	return []byte("HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
}

func itoa(n int) string { return portText(uint16(n)) }

func nobody(Request, []byte) (Outcome, []byte) { return Silent, nil }

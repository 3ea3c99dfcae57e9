package packet

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const handshakeISN = 0xfffffff0 // so that sequence numbers wrap within the first bytes

func handshake() [][]byte {
	return [][]byte{
		seg{bits: tcpSYN, seq: handshakeISN}.frame(),
		seg{back: true, bits: tcpSYN | tcpACK, seq: 900, ack: handshakeISN + 1}.frame(),
	}
}

// data is a segment at an offset in what the opener sends.
func data(off int, text string) []byte {
	return seg{bits: tcpACK, seq: handshakeISN + 1 + uint32(off), ack: 901, data: text}.frame()
}

func reply(off int, text string) []byte {
	return seg{back: true, bits: tcpACK, seq: 901 + uint32(off), ack: 1, data: text}.frame()
}

func TestStream(t *testing.T) {
	fin := seg{bits: tcpFIN | tcpACK, seq: 1}.frame()
	finBack := seg{back: true, bits: tcpFIN | tcpACK, seq: 1}.frame()
	rst := seg{back: true, bits: tcpRST, seq: 1}.frame()
	for _, c := range []struct {
		name   string
		frames [][]byte
		want   string // data|reply of each call, "!" after a final one
	}{
		{"in order", [][]byte{data(0, "GET "), data(4, "/"), reply(0, "200")}, "GET | GET /| GET /|200 GET /|200!"},
		{"gap filled", [][]byte{data(4, "DEF"), data(0, "0ABC")}, "0ABCDEF| 0ABCDEF|!"},
		{"gap not filled", [][]byte{data(0, "A"), data(5, "B")}, "A| A|!"},
		{"nothing contiguous", [][]byte{data(5, "B")}, ""},
		{"retransmission", [][]byte{data(0, "ABC"), data(0, "ABC"), data(0, "ABCD")}, "ABC| ABCD| ABCD|!"},
		{"first bytes win", [][]byte{data(2, "CD"), data(0, "abxyE")}, "abCDE| abCDE|!"},
		{"keep-alive", [][]byte{data(0, "A"), data(0, "z"), data(1, "B")}, "A| AB| AB|!"},
		{"before the start", [][]byte{data(-3, "xyzAB")}, "AB| AB|!"},
		{"closed", [][]byte{data(0, "A"), fin, finBack, data(1, "B")}, "A| A|!"},
		{"half closed", [][]byte{data(0, "A"), fin, reply(0, "B")}, "A| A|B A|B!"},
		{"reset", [][]byte{data(0, "A"), rst, data(1, "B")}, "A| A|!"},
		{"reset with data", [][]byte{data(0, "A"), seg{bits: tcpRST | tcpACK, seq: handshakeISN + 2, data: "B"}.frame()}, "A| AB| AB|!"},
		{"limit on both sides", [][]byte{data(0, "0123456789"), reply(0, "abcdefgh"), data(10, "more")}, "01234567| 01234567|abcdefgh!"},
		{"limit on one side", [][]byte{data(0, "01234567"), data(8, "89"), reply(0, "ok")}, "01234567| 01234567|ok 01234567|ok!"},
		{"out of patience", [][]byte{data(0, "01234567"), data(8*patience, "8"), reply(0, "ok")}, "01234567| 01234567|!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{Prefix: 8}, &r)
			say(table, handshake()...)
			say(table, c.frames...)
			table.Flush()
			only(t, &r)
			if got := calls(&r); got != c.want {
				t.Errorf("heard %q, want %q", got, c.want)
			}
		})
	}
}

func calls(r *recorder) string {
	var all []string
	for _, m := range r.heard {
		s := string(m.Data) + "|" + string(m.Reply)
		if m.Final {
			s += "!"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

// TestMidwayStream starts each side where its first captured byte is, not where the
// other side's acknowledgement was.
func TestMidwayStream(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	say(table,
		seg{bits: tcpACK, seq: 500, ack: 900, data: "PLAY"}.frame(),
		seg{back: true, bits: tcpACK, seq: 2000, ack: 504, data: "RTSP"}.frame())
	if got := calls(&r); got != "PLAY| PLAY|RTSP" {
		t.Errorf("heard %q", got)
	}
}

// TestEnough stops calling, and gives the buffers back.
func TestEnough(t *testing.T) {
	r := recorder{more: func(m *Message) bool { return len(m.Data) < 3 }, app: 9}
	table := NewTable(Config{}, &r)
	say(table, handshake()...)
	say(table, data(0, "ab"), data(2, "cd"), data(4, "ef"), reply(0, "x"))
	b := &table.streams.buffers
	if got := calls(&r); got != "ab| abcd|" || table.streams.oldest != 0 || b.owned != minBuffer || len(b.free[0]) != 1 {
		t.Errorf("heard %q, %d bytes of buffers", got, b.owned)
	}
	table.Flush()
	if f := only(t, &r); f.App != 9 || f.Payload != [2]uint64{6, 1} {
		t.Errorf("flow %+v", f)
	}
}

// TestHeardAtSecondTry hears a connection whose first SYN was refused.
func TestHeardAtSecondTry(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	say(table, handshake()[0], seg{back: true, bits: tcpRST | tcpACK, ack: handshakeISN + 1}.frame())
	say(table, handshake()...)
	say(table, data(0, "hello"))
	table.Flush()
	if f := only(t, &r); calls(&r) != "hello| hello|!" || f.State != StateAnswered {
		t.Errorf("heard %q, state %d", calls(&r), f.State)
	}
}

// TestOneByteSegments does not call the Listener for each of very many small segments,
// and still brings it every byte in the end.
func TestOneByteSegments(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	say(table, handshake()...)
	sum := 0
	for i := range 10000 {
		say(table, data(i, "x"))
	}
	table.Flush()
	for _, m := range r.heard {
		sum += len(m.Data)
	}
	if last := r.heard[len(r.heard)-1]; !last.Final || len(last.Data) != 10000 || sum > 12*10000 {
		t.Errorf("%d calls with %d bytes, the last with %d", len(r.heard), sum, len(last.Data))
	}
}

// TestBudget opens more connections than there are buffers: the oldest are finished.
func TestBudget(t *testing.T) {
	var r recorder
	table := NewTable(Config{Prefix: minBuffer, Buffers: 4 * minBuffer}, &r)
	for i := range 10 {
		b := data(0, "hello")
		b[29] = byte(i) // the last byte of the source address
		say(table, b)
	}
	if s := table.Stats(); s.HeardShort != 6 || table.streams.buffers.owned != 4*minBuffer {
		t.Errorf("stats %+v, %d bytes", s, table.streams.buffers.owned)
	}
	finals := 0
	for _, m := range r.heard {
		if m.Final {
			if m.From.Addr.As4()[3] != byte(finals) {
				t.Errorf("final %d is of %v: not the oldest", finals, m.From.Addr)
			}
			finals++
		}
	}
	if finals != 6 {
		t.Errorf("%d finals, want 6", finals)
	}
}

// TestAges finishes the oldest first also when one in the middle has ended by itself.
func TestAges(t *testing.T) {
	r := recorder{more: func(m *Message) bool { return string(m.Data) != "enough" }}
	table := NewTable(Config{Prefix: minBuffer, Buffers: 4 * minBuffer}, &r)
	from := func(host byte, text string) {
		b := data(0, text)
		b[29] = host
		say(table, b)
	}
	for _, host := range []byte{1, 2, 3} {
		from(host, "more")
	}
	from(2, "more") // a retransmission does not make it younger
	from(4, "enough")
	for host := byte(5); host < 9; host++ {
		from(host, "more")
	}
	var finals []byte
	for _, m := range r.heard {
		if m.Final {
			finals = append(finals, m.From.Addr.As4()[3])
		}
	}
	if !bytes.Equal(finals, []byte{1, 2, 3}) {
		t.Errorf("finished %v", finals)
	}
}

// TestRing ends inspections in any order and holds the ring to a plain list.
func TestRing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ss := streams{buffers: newBuffers(minBuffer, minBuffer)}
		var list []uint32
		for step := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			if i := rapid.IntRange(0, 6).Draw(rt, "which"); i < len(list) {
				ss.end(list[i])
				list = append(list[:i:i], list[i+1:]...)
			} else {
				list = append(list, ss.begin(uint32(step)))
			}
			var ring, back []uint32
			for n := ss.oldest; n != 0; n = ss.get(n).next {
				ring = append(ring, n)
			}
			for n := ss.newest; n != 0; n = ss.get(n).prev {
				back = append(back, n)
			}
			slices.Reverse(back)
			if !slices.Equal(ring, list) || !slices.Equal(back, list) {
				rt.Fatalf("ring %v, back %v, want %v", ring, back, list)
			}
		}
	})
}

// TestAnyOrder cuts two streams into overlapping segments, repeats and shuffles them:
// the listener must hear growing prefixes of the original, and all of it in the end
// unless there were more gaps than are kept.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a-z]{1,300}`).Draw(rt, "text")
		var pieces [][2]int
		for at := 0; at < len(text); {
			n := min(rapid.IntRange(1, 40).Draw(rt, "length"), len(text)-at)
			back := min(rapid.IntRange(0, 5).Draw(rt, "overlap"), at)
			pieces = append(pieces, [2]int{at - back, at + n})
			at += n
		}
		pieces = append(pieces, pieces[0])
		pieces = rapid.Permutation(pieces).Draw(rt, "order")

		var r recorder
		table := NewTable(Config{}, &r)
		say(table, handshake()...)
		for _, p := range pieces {
			say(table, data(p[0], text[p[0]:p[1]]))
		}
		table.Flush()
		heard := 0
		for _, m := range r.heard {
			if !strings.HasPrefix(text, string(m.Data)) || len(m.Data) < heard {
				rt.Fatalf("heard %q of %q", m.Data, text)
			}
			heard = len(m.Data)
		}
		if len(pieces) <= maxLate && heard != len(text) {
			rt.Fatalf("heard %d bytes of %d from %v", heard, len(text), pieces)
		}
	})
}

// TestWindow holds window against a plain model: an array of bytes and of marks.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const size = 120
		w := window{buf: make([]byte, size)}
		var model, known [size]byte
		for step := range rapid.IntRange(1, 60).Draw(rt, "steps") {
			off := rapid.IntRange(0, size-1).Draw(rt, "off")
			n := rapid.IntRange(0, min(12, size-off)).Draw(rt, "n")
			if !w.add(uint32(off), bytes.Repeat([]byte{byte(step + 1)}, n)) {
				if w.n != maxLate {
					rt.Fatalf("refused with %d spans", w.n)
				}
				continue
			}
			for i := off; i < off+n; i++ {
				if known[i] == 0 {
					model[i], known[i] = byte(step+1), 1
				}
			}
		}
		got := 0
		for got < size && known[got] != 0 {
			got++
		}
		if int(w.got) != got || !bytes.Equal(w.buf[:got], model[:got]) {
			rt.Fatalf("got %d %v, want %d %v", w.got, w.buf[:w.got], got, model[:got])
		}
		for i, s := range w.late[:w.n] {
			if s.from >= s.to || i == 0 && s.from <= w.got || i > 0 && s.from <= w.late[i-1].to {
				rt.Fatalf("spans %v after %d", w.late[:w.n], w.got)
			}
			if !bytes.Equal(w.buf[s.from:s.to], model[s.from:s.to]) {
				rt.Fatalf("span %v differs", s)
			}
		}
	})
}

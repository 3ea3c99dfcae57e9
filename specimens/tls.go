package specimens

import (
	"encoding/binary"
	"fmt"
	"time"
)

// TLS is a connection whose content nobody can read: a name in its first message (RFC 8446),
// then so many bytes each way.
type TLS struct {
	From    string   `toml:"from"` // who opens it; empty: the device
	To      string   `toml:"to"`   // a party with its port
	SNI     string   `toml:"sni"`
	ALPN    string   `toml:"alpn"`
	Send    int      `toml:"send"`    // bytes at once, at most 1 MiB
	Receive int      `toml:"receive"` // likewise
	Seconds int      `toml:"seconds"` // how long the opener goes on sending
	Kbits   int      `toml:"kbits"`   // at this rate, in 1000 bit/s
	Every   Duration `toml:"every"`   // between its packets; empty: half a second
	Open    bool     `toml:"open"`    // still open when the capture ends
	// Certificate is the subject of the server's self-signed certificate, "CN=…,O=…"; with it
	// the connection is TLS 1.2, in which certificates can be read. Empty: TLS 1.3.
	Certificate string `toml:"certificate"`
}

func (s *TLS) play(t *tape, at time.Duration) error {
	from, to, err := t.pair(s.From, s.To)
	if err != nil {
		return err
	}
	if s.Send < 0 || s.Send > 1<<20 || s.Receive < 0 || s.Receive > 1<<20 || s.Seconds < 0 || s.Seconds > 3600 || s.Kbits < 0 || s.Kbits > 8000 {
		return fmt.Errorf("tls: more than is reasonable in a specimen")
	}
	c := t.dial(at, from, to)
	c.send(0, t.clientHello(s.SNI, s.ALPN))
	if err := s.agree(c); err != nil {
		return err
	}
	if s.Send > 0 {
		c.send(0, t.sealed(s.Send))
	}
	if s.Receive > 0 {
		c.send(1, t.sealed(s.Receive))
	}
	s.stream(c)
	if !s.Open {
		c.send(0, t.sealed(19)) // close_notify
		c.close()
	}
	return nil
}

// agree writes the rest of the handshake: TLS 1.2 where a certificate is to be seen, else 1.3.
func (s *TLS) agree(c *conn) error {
	if s.Certificate == "" {
		c.send(1, c.t.serverHello())
		c.send(0, append([]byte{20, 3, 3, 0, 1, 1}, c.t.sealed(53)...)) // change cipher spec, finished
		return nil
	}
	der, err := c.t.certificate(s.Certificate)
	if err != nil {
		return err
	}
	c.send(1, c.t.serverHello12(der))
	c.send(0, c.t.clientFinish12())
	c.send(1, append([]byte{20, 3, 3, 0, 1, 1}, sealedAs(22, c.t.random(40))...))
	return nil
}

// stream sends evenly for the given time.
func (s *TLS) stream(c *conn) {
	every := time.Duration(s.Every)
	if every <= 0 {
		every = 500 * time.Millisecond
	}
	size := int(float64(s.Kbits) * 1000 / 8 * every.Seconds())
	if size == 0 {
		return
	}
	begin := c.at
	for n := time.Duration(1); n*every <= time.Duration(s.Seconds)*time.Second; n++ {
		c.at = max(c.at, begin+n*every)
		c.send(0, c.t.sealed(size))
	}
}

// sealed gives application data records of n bytes in all (RFC 8446, 5.2), at most 16 KiB each.
func (t *tape) sealed(n int) []byte {
	var b []byte
	for n > 0 {
		size := min(n, 16384)
		n -= size
		b = binary.BigEndian.AppendUint16(append(b, 23, 3, 3), uint16(size))
		b = append(b, t.random(size)...)
	}
	return b
}

// clientHello is RFC 8446, 4.1.2, as mbed TLS style clients send it: few suites, few extensions.
func (t *tape) clientHello(sni, alpn string) []byte {
	body := []byte{3, 3}
	body = append(body, t.random(32)...)
	body = append(append(body, 32), t.random(32)...)
	body = append(body, 0, 8, 0x13, 0x01, 0x13, 0x02, 0xc0, 0x2b, 0xc0, 0x2f) // suites
	body = append(body, 1, 0)                                                 // no compression
	var ext []byte
	if sni != "" { // RFC 6066, 3
		name := vector16(append([]byte{0}, vector16([]byte(sni))...))
		ext = append(ext, extension(0, name)...)
	}
	ext = append(ext, extension(10, vector16([]byte{0, 29, 0, 23}))...)     // groups: x25519, secp256r1
	ext = append(ext, extension(13, vector16([]byte{4, 3, 8, 4, 4, 1}))...) // signature algorithms
	ext = append(ext, extension(43, []byte{2, 3, 4})...)                    // versions: 1.3
	share := append([]byte{0, 29}, vector16(t.random(32))...)               // key share x25519
	ext = append(ext, extension(51, vector16(share))...)                    //
	if alpn != "" {                                                         // RFC 7301, 3.1
		ext = append(ext, extension(16, vector16(append([]byte{byte(len(alpn))}, alpn...)))...)
	}
	return handshake(1, append(body, vector16(ext)...))
}

// serverHello is RFC 8446, 4.1.3, followed by what is sealed from then on.
func (t *tape) serverHello() []byte {
	body := append([]byte{3, 3}, t.random(32)...)
	body = append(append(body, 32), t.random(32)...)
	body = append(body, 0x13, 0x01, 0)
	ext := extension(43, []byte{3, 4})
	ext = append(ext, extension(51, append([]byte{0, 29}, vector16(t.random(32))...))...)
	b := handshake(2, append(body, vector16(ext)...))
	b = append(b, 20, 3, 3, 0, 1, 1)
	return append(b, t.sealed(2300)...) // extensions, certificate, finished
}

// handshake wraps a message in its header and record (RFC 8446, 4 and 5.1).
func handshake(kind byte, body []byte) []byte {
	msg := append([]byte{kind, 0}, vector16(body)...)
	return append([]byte{22, 3, 1}, vector16(msg)...)
}

// extension is one extension with its length.
func extension(kind uint16, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, kind), vector16(data)...)
}

// vector16 puts the length in front, in two bytes.
func vector16(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

package find

import (
	"encoding/binary"
	"net/netip"
)

// maxName is the longest domain name in text (RFC 1035 section 2.3.4), and
// maxRecords how many records of one message are looked at.
const (
	maxName    = 255
	maxRecords = 128
)

// The record types that this package looks into (RFC 1035 section 3.2.2, RFC 3596, RFC 2782).
const (
	typeA     = 1
	typeCNAME = 5
	typePTR   = 12
	typeTXT   = 16
	typeAAAA  = 28
	typeNB    = 32 // NetBIOS, RFC 1002 section 4.2.1.3
	typeSRV   = 33
)

// dnsReader walks through a message in DNS wire form. After the first field that
// is not there, bad is set and everything reads as zero.
type dnsReader struct {
	msg []byte
	at  int
	bad bool
}

// dnsHeader is the fixed head of a message (RFC 1035 section 4.1.1).
type dnsHeader struct {
	reply     bool
	opcode    int
	rcode     int
	questions int
	answers   int
	records   int // answer, authority and additional records together
}

func (d *dnsReader) header() (h dnsHeader) {
	b := d.take(12)
	if b == nil {
		return h
	}
	flags := binary.BigEndian.Uint16(b[2:])
	h.reply, h.opcode, h.rcode = flags&0x8000 != 0, int(flags>>11&15), int(flags&15)
	count := func(i int) int { return int(binary.BigEndian.Uint16(b[i:])) }
	h.questions, h.answers = count(4), count(6)
	h.records = h.answers + count(8) + count(10)
	return h
}

func (d *dnsReader) take(n int) []byte {
	if d.bad || n > len(d.msg)-d.at {
		d.bad = true
		return nil
	}
	d.at += n
	return d.msg[d.at-n : d.at]
}

func (d *dnsReader) u16() int {
	if b := d.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

// name appends the name at the read position to dst[:0], lower case, labels parted
// by dots, without the last dot. A name of more than maxName bytes or with a pointer
// that does not point backwards (RFC 1035 section 4.1.4) is bad.
func (d *dnsReader) name(dst []byte) []byte {
	dst, next := d.nameAt(dst[:0], d.at)
	if next < 0 {
		d.bad = true
		return nil
	}
	d.at = next
	return dst
}

func (d *dnsReader) nameAt(dst []byte, at int) (name []byte, next int) {
	next = -1
	for low := at + 1; at < len(d.msg) && !d.bad; {
		n := int(d.msg[at])
		switch {
		case n == 0:
			if next < 0 {
				next = at + 1
			}
			return dst, next
		case n >= 0xC0:
			if at+1 >= len(d.msg) {
				return nil, -1
			}
			to := n&0x3F<<8 | int(d.msg[at+1])
			if to >= low-1 { // each jump goes further back than the last: no loops
				return nil, -1
			}
			if next < 0 {
				next = at + 2
			}
			at, low = to, to+1
		case n >= 0x40 || at+1+n > len(d.msg) || len(dst)+n+1 > maxName:
			return nil, -1
		default:
			if len(dst) > 0 {
				dst = append(dst, '.')
			}
			for _, c := range d.msg[at+1 : at+1+n] {
				dst = append(dst, lower(c))
			}
			at += 1 + n
		}
	}
	return nil, -1
}

// label returns the first label of the name at the offset with its case kept,
// following one pointer; nil if there is none.
func (d *dnsReader) label(at int) []byte {
	if at+1 < len(d.msg) && d.msg[at] >= 0xC0 {
		at = int(d.msg[at]&0x3F)<<8 | int(d.msg[at+1])
	}
	if at >= len(d.msg) {
		return nil
	}
	n := int(d.msg[at])
	if n >= 0x40 || at+1+n > len(d.msg) {
		return nil
	}
	return d.msg[at+1 : at+1+n]
}

// dnsRecord is one resource record. Its data lies at dataAt in the message.
type dnsRecord struct {
	name   []byte // in the caller's buffer
	nameAt int
	kind   int
	class  int // without mDNS's cache-flush bit, RFC 6762 section 10.2
	dataAt int
	data   []byte
}

// question reads one question; name goes to dst.
func (d *dnsReader) question(dst []byte) (name []byte, kind int) {
	name = d.name(dst)
	kind = d.u16()
	d.u16()
	return name, kind
}

// record reads one record; its name goes to dst.
func (d *dnsReader) record(dst []byte) (r dnsRecord) {
	r.nameAt = d.at
	r.name = d.name(dst)
	r.kind, r.class = d.u16(), d.u16()&0x7FFF
	d.take(4) // time to live
	n := d.u16()
	r.dataAt = d.at
	r.data = d.take(n)
	return r
}

// target reads the name in a record's data, skip bytes into it.
func (d *dnsReader) target(r dnsRecord, skip int, dst []byte) []byte {
	if len(r.data) <= skip {
		return nil
	}
	name, _ := d.nameAt(dst[:0], r.dataAt+skip)
	return name
}

// addr is the address in an A or AAAA record; ok is false for anything else.
func (r dnsRecord) addr() (a netip.Addr, ok bool) {
	switch {
	case r.kind == typeA && len(r.data) == 4:
		return netip.AddrFrom4([4]byte(r.data)), true
	case r.kind == typeAAAA && len(r.data) == 16:
		return netip.AddrFrom16([16]byte(r.data)), true
	}
	return a, false
}

// The highest operations in use: DNS 6 (RFC 8490), NetBIOS 15 (multi-homed
// registration, beside 5 to 9 of RFC 1002 section 4.2.1.1).
const (
	maxOpDNS     = 6
	maxOpNetBIOS = 15
)

// detectDNS reports whether b has a header that makes sense and one question that
// can be read: an operation up to maxOp, reserved bit zero, counts that fit the size.
func detectDNS(b []byte, maxOp int) bool {
	if len(b) < 12 {
		return false
	}
	d := dnsReader{msg: b}
	h := d.header()
	if h.opcode > maxOp || h.opcode == 3 || b[3]&0x40 != 0 || h.questions > 32 || h.questions+h.records == 0 ||
		h.questions*5+h.records*11 > len(b)-12 { // shortest question 5 bytes, shortest record 11
		return false
	}
	next := skipName(b, 12)
	return next > 0 && next+4 <= len(b)
}

// skipName is the offset after the name at the offset, -1 when it does not end within b.
func skipName(b []byte, at int) int {
	for at < len(b) {
		n := int(b[at])
		switch {
		case n == 0:
			return at + 1
		case n >= 0xC0:
			if at+2 > len(b) || n&0x3F<<8|int(b[at+1]) >= at {
				return -1
			}
			return at + 2
		case n >= 0x40:
			return -1
		}
		at += 1 + n
	}
	return -1
}

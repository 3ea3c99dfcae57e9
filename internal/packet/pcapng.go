package packet

import (
	"fmt"
	"io"
	"math"
)

// The pcapng format: draft-ietf-opsawg-pcapng, sections 3 and 4.
const (
	blockSection    = 0x0a0d0d0a // the same in both byte orders
	blockInterface  = 1
	blockPacket     = 2 // obsolete, appendix A
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6

	byteOrderMagic = 0x1a2b3c4d
	minBlock       = 12 // type, length, length again
	sectionBody    = 16 // byte-order magic, version, section length
	interfaceBody  = 8  // link type, reserved, snaplen
	simpleBody     = 4  // original length
	packetBody     = 20 // interface, timestamp, captured and original length
	statsBody      = 12 // interface, timestamp

	// maxSectionInterfaces bounds the memory that Interface Description Blocks can
	// take. A guess at more than anybody has.
	maxSectionInterfaces = 4096
)

// ngSection is what the running section of a pcapng file has declared.
type ngSection struct {
	ifaces []ngInterface
	more   int // interfaces beyond the bound: their packets are skipped
}

// ngInterface is what a packet block needs to know of its interface.
type ngInterface struct {
	clock clock
	snap  uint32
	link  LinkType
	index int  // in Info.Interfaces, or -1
	ok    bool // false: its description was too short to understand
}

// isPcapng tells whether a file starts with a Section Header Block.
func isPcapng(head []byte) bool {
	if !startsWith(head, false, blockSection) {
		return false
	}
	if len(head) < 12 {
		return true
	}
	magic := head[8:12]
	return order(false).u32(magic) == byteOrderMagic || order(true).u32(magic) == byteOrderMagic
}

// openPcapng reads the first Section Header Block.
func (r *Reader) openPcapng() error {
	r.info.Format = "pcapng"
	r.next = (*Reader).nextBlock
	if err := r.need(minBlock); err != nil {
		return r.cutShort(err, "the header of the capture")
	}
	if !isPcapng(r.buf[r.pos:r.end]) {
		return r.notCapture(r.buf[r.pos:r.end])
	}
	_, err := r.block(blockSection)
	return err
}

// nextBlock is Next for pcapng: it works through blocks up to the next packet.
func (r *Reader) nextBlock() (Frame, error) {
	for {
		if r.end-r.pos < minBlock {
			if err := r.need(minBlock); err == io.EOF {
				return r.stop(io.EOF)
			} else if err != nil {
				return r.stop(r.cutShort(err, "the header of a block after packet "+fmt.Sprint(r.info.Packets)))
			}
		}
		kind := r.order.u32(r.buf[r.pos:])
		f, err := r.block(kind)
		if err != nil {
			return r.stop(err)
		}
		if f.Data != nil {
			r.count(&f)
			return f, nil
		}
	}
}

// block reads one block, of which minBlock bytes are in the buffer. The frame's Data
// is nil unless it was a packet.
func (r *Reader) block(kind uint32) (Frame, error) {
	switch kind {
	case blockSection:
		return Frame{}, r.section()
	case blockEnhanced, blockSimple, blockPacket, blockInterface, blockStatistics:
	default:
		return Frame{}, r.pass()
	}
	body, err := r.body()
	if err != nil {
		return Frame{}, err
	}
	var f Frame
	switch kind {
	case blockEnhanced:
		f = r.enhanced(body)
	case blockSimple:
		f = r.simple(body)
	case blockPacket:
		f = r.obsolete(body)
	case blockInterface:
		r.describe(body)
	case blockStatistics:
		r.statistics(body)
	}
	r.pos += len(body) + minBlock
	return f, nil
}

// length reads and checks the total length of the block at pos.
func (r *Reader) length() (uint32, error) {
	n := r.order.u32(r.buf[r.pos+4:])
	if n < minBlock || n%4 != 0 {
		return 0, r.fail(ErrCorrupt, fmt.Sprintf("a block after packet %d claims the impossible length %d", r.info.Packets, n),
			damagedFrom)
	}
	return n, nil
}

// body brings the whole block at pos into the buffer and returns what is between its
// two lengths. It does not move pos.
func (r *Reader) body() ([]byte, error) {
	n, err := r.length()
	if err != nil {
		return nil, err
	}
	if n > maxRecord {
		return nil, r.gigantic(n, maxRecord)
	}
	whole := int(n)
	if r.end-r.pos < whole {
		if err := r.need(whole); err != nil {
			return nil, r.cutShort(err, r.partOf(whole))
		}
	}
	b := r.buf[r.pos : r.pos+whole]
	if again := r.order.u32(b[whole-4:]); again != n {
		return nil, r.mismatch(n, again)
	}
	return b[8 : whole-4], nil
}

func (r *Reader) mismatch(n, again uint32) *FileError {
	return r.fail(ErrCorrupt, fmt.Sprintf("a block after packet %d has length %d at its start and %d at its end", r.info.Packets, n, again),
		damagedFrom)
}

// pass goes over a block that is not needed, without holding it: name resolution,
// decryption secrets, custom and unknown blocks, of any length.
func (r *Reader) pass() error {
	n, err := r.length()
	if err != nil {
		return err
	}
	start := r.base + int64(r.pos)
	err = r.discard(int64(n) - 4)
	if err == nil {
		err = r.need(4)
	}
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		e := r.cutShort(err, fmt.Sprintf("a block of %d bytes after packet %d", n, r.info.Packets))
		e.Offset = start
		return e
	}
	if again := r.order.u32(r.buf[r.pos:]); again != n {
		e := r.mismatch(n, again)
		e.Offset = start
		return e
	}
	r.pos += 4
	r.info.Others++
	return nil
}

// section begins a new section: its byte order and its interfaces are its own.
func (r *Reader) section() error {
	switch magic := r.buf[r.pos+8 : r.pos+12]; uint32(byteOrderMagic) {
	case order(false).u32(magic):
		r.order = false
	case order(true).u32(magic):
		r.order = true
	default:
		return r.fail(ErrCorrupt, "a section starts without a byte-order mark", damagedFrom)
	}
	body, err := r.body()
	if err != nil {
		return err
	}
	if len(body) < sectionBody {
		return r.fail(ErrCorrupt, "a section header is too short", damagedFrom)
	}
	if major := r.order.u16(body[4:]); major != 1 {
		return r.fail(ErrCorrupt, fmt.Sprintf("the section is in pcapng version %d, and only 1 is known", major), "convert it with: editcap -F pcap IN OUT")
	}
	r.ng.ifaces, r.ng.more = r.ng.ifaces[:0], 0
	r.info.Sections++
	r.sectionOptions(body[sectionBody:])
	r.pos += len(body) + minBlock
	return nil
}

// describe declares an interface. One that is too short still takes a number, so that
// later ones keep theirs.
func (r *Reader) describe(body []byte) {
	if len(r.ng.ifaces) >= maxSectionInterfaces {
		r.ng.more++
		r.info.MoreInterfaces++
		return
	}
	if len(body) < interfaceBody {
		r.ng.ifaces = append(r.ng.ifaces, ngInterface{index: -1})
		r.info.Skipped++
		return
	}
	d := ngInterface{
		link:  LinkType(r.order.u16(body)),
		snap:  r.order.u32(body[4:]),
		clock: newClock(defaultResolution, 0),
		ok:    true,
	}
	shown := Interface{Link: d.link, Snaplen: d.snap}
	r.interfaceOptions(body[interfaceBody:], &d, &shown)
	d.index = r.declare(shown)
	r.ng.ifaces = append(r.ng.ifaces, d)
}

// enhanced reads an Enhanced Packet Block (section 4.3).
func (r *Reader) enhanced(body []byte) Frame {
	if len(body) < packetBody {
		return r.skip()
	}
	return r.packet(body, r.order.u32(body))
}

// obsolete reads a Packet Block (appendix A): like an Enhanced one, but the interface
// has 16 bits and the other 16 count packets lost since the one before.
func (r *Reader) obsolete(body []byte) Frame {
	if len(body) < packetBody {
		return r.skip()
	}
	if lost := r.order.u16(body[2:]); lost != math.MaxUint16 { // 0xffff: not known
		r.info.Dropped += uint64(lost)
	}
	return r.packet(body, uint32(r.order.u16(body)))
}

// packet reads what Enhanced and obsolete Packet Blocks have in common.
func (r *Reader) packet(body []byte, number uint32) Frame {
	length := r.order.u32(body[12:])
	if number >= uint32(len(r.ng.ifaces)) || length > uint32(len(body)-packetBody) {
		return r.skip()
	}
	d := &r.ng.ifaces[number]
	if !d.ok {
		return r.skip()
	}
	end := packetBody + int(length)
	f := Frame{
		At:   d.clock.nanos(uint64(r.order.u32(body[4:]))<<32 | uint64(r.order.u32(body[8:]))),
		Link: d.link,
		Data: body[packetBody:end:end],
		Wire: max(int(r.order.u32(body[16:])), int(length)),
	}
	if d.index >= 0 {
		r.info.Interfaces[d.index].Packets++
	}
	if padded := (end + 3) &^ 3; padded < len(body) {
		r.packetOptions(body[padded:])
	}
	return f
}

// simple reads a Simple Packet Block (section 4.4): of the first interface, cut at its
// snaplen, without a time. It gets the latest time that the file has told so far, so
// that flows do not stretch back to 1970.
func (r *Reader) simple(body []byte) Frame {
	if len(body) < simpleBody || len(r.ng.ifaces) == 0 || !r.ng.ifaces[0].ok {
		return r.skip()
	}
	d := &r.ng.ifaces[0]
	wire := r.order.u32(body)
	length := wire
	if d.snap != 0 {
		length = min(length, d.snap)
	}
	if length > uint32(len(body)-simpleBody) {
		return r.skip()
	}
	r.info.Untimed++
	if d.index >= 0 {
		r.info.Interfaces[d.index].Packets++
	}
	end := simpleBody + int(length)
	return Frame{At: r.info.Last, Link: d.link, Data: body[simpleBody:end:end], Wire: max(int(wire), int(length))}
}

// skip counts a packet block whose outside is sound and whose inside is not.
func (r *Reader) skip() Frame {
	r.info.Skipped++
	return Frame{}
}

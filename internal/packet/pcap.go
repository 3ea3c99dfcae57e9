package packet

import (
	"fmt"
	"io"
)

// The pcap format: draft-ietf-opsawg-pcap, sections 4 and 5. Magic numbers as they
// read in the file's own byte order.
const (
	magicMicros   = 0xa1b2c3d4
	magicNanos    = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's: libpcap sf-pcap.c, KUZNETZOV_TCPDUMP_MAGIC

	pcapHeader     = 24
	recordHeader   = 16
	modifiedHeader = 24 // ifindex, protocol and packet type follow the usual 16 bytes

	// linkMask leaves the link type: the bits above it tell of a frame check
	// sequence (libpcap pcap-common.h, LT_LINKTYPE).
	linkMask = 0x03ffffff
)

// pcapFile is what the header of a pcap file settles.
type pcapFile struct {
	link  LinkType
	frac  int64  // nanoseconds in a unit of the fraction: 1 or 1000
	head  int    // bytes of a record header
	limit uint32 // a longer record is corrupt

	index  int    // in Info.Interfaces, or -1
	before uint64 // frames of the files that this one is joined to
}

// isPcap tells whether a file starts with one of the magic numbers. It takes fewer
// than four bytes for a truncated header if they fit.
func isPcap(head []byte) bool {
	for _, m := range []uint32{magicMicros, magicNanos, magicModified} {
		for _, o := range []order{false, true} {
			if startsWith(head, o, m) {
				return true
			}
		}
	}
	return false
}

// startsWith compares the first four bytes, or as many as there are, with m.
func startsWith(head []byte, o order, m uint32) bool {
	for i := range min(4, len(head)) {
		shift := 8 * i
		if o {
			shift = 24 - shift
		}
		if head[i] != byte(m>>shift) {
			return false
		}
	}
	return true
}

// openPcap reads the file header.
func (r *Reader) openPcap() error {
	r.info.Format = "pcap"
	if err := r.need(pcapHeader); err != nil {
		return r.cutShort(err, "the header of the capture")
	}
	b := r.buf[r.pos : r.pos+pcapHeader]
	r.order = b[0] == 0xa1
	magic, snap := r.order.u32(b), r.order.u32(b[16:])
	p := &r.pcap
	p.link = LinkType(r.order.u32(b[20:]) & linkMask)
	p.frac, p.head = 1000, recordHeader
	resolution := "10^-6 s"
	if magic == magicNanos {
		p.frac, resolution = 1, "10^-9 s"
	}
	if magic == magicModified {
		p.head = modifiedHeader
	}
	p.limit = max(usualRecord, min(snap, maxRecord))
	r.settle()
	r.info.Sections++
	p.index = r.declare(Interface{Link: p.link, Snaplen: snap, Resolution: resolution})
	p.before = r.info.Packets
	r.pos += pcapHeader
	r.next = (*Reader).nextRecord
	return nil
}

// settle gives the interface its number of frames, which nothing counts on the way.
func (r *Reader) settle() {
	if i := r.pcap.index; r.info.Format == "pcap" && i >= 0 && i < len(r.info.Interfaces) {
		r.info.Interfaces[i].Packets = r.info.Packets - r.pcap.before
	}
}

// nextRecord is Next for pcap.
func (r *Reader) nextRecord() (Frame, error) {
	if r.end-r.pos < r.pcap.head {
		if err := r.needRecord(); err != nil {
			return r.stop(err)
		}
	}
	b := r.buf[r.pos:r.end]
	_ = b[recordHeader-1]
	if (b[0] == 0xa1 || b[3] == 0xa1) && joined(b) {
		if err := r.openJoined(); err != nil {
			return r.stop(err)
		}
		b = r.buf[r.pos:r.end]
	}
	head := r.pcap.head
	length := r.order.u32(b[8:])
	if length > r.pcap.limit {
		return r.stop(r.gigantic(length, r.pcap.limit))
	}
	whole := head + int(length)
	if len(b) < whole {
		if err := r.need(whole); err != nil {
			return r.stop(r.cutShort(err, r.partOf(whole)))
		}
		b = r.buf[r.pos:r.end]
	}
	f := Frame{
		At:   int64(r.order.u32(b))*1e9 + int64(r.order.u32(b[4:]))*r.pcap.frac,
		Link: r.pcap.link,
		Data: b[head:whole:whole],
		Wire: max(int(r.order.u32(b[12:])), int(length)),
	}
	r.pos += whole
	r.count(&f)
	return f, nil
}

// needRecord brings a record's header into the buffer. Its error is io.EOF where the
// file ends before it.
func (r *Reader) needRecord() error {
	err := r.need(r.pcap.head)
	if err == nil || err == io.EOF {
		return err
	}
	return r.cutShort(err, "the header of packet "+r.number())
}

// openJoined reads the headers of one or more files in the middle of another, up to
// the next record.
func (r *Reader) openJoined() error {
	for joined(r.buf[r.pos:r.end]) {
		if err := r.openPcap(); err != nil {
			return err
		}
		if err := r.needRecord(); err != nil {
			return err
		}
	}
	return nil
}

// joined tells whether what should be a record is the header of another file, as in
// files joined with cat: a magic number, version 2.4 and time zone 0. As a record that
// would be a packet without a byte, of the year 2055.
func joined(b []byte) bool {
	if !isPcap(b) {
		return false
	}
	o := order(b[0] == 0xa1)
	return o.u16(b[4:]) == 2 && o.u16(b[6:]) == 4 && o.u32(b[8:]) == 0
}

// damagedFrom is the Fix for what cannot be read past.
const damagedFrom = "the file is damaged from here on; everything before it was read"

// number is the number of the packet that is being read, from 1 as in Wireshark.
func (r *Reader) number() string { return fmt.Sprint(r.info.Packets + 1) }

// partOf describes a record of which only part is there.
func (r *Reader) partOf(whole int) string {
	return fmt.Sprintf("packet %s, with %d of its %d bytes", r.number(), r.end-r.pos, whole)
}

// gigantic is the error for a length that cannot be.
func (r *Reader) gigantic(length, limit uint32) *FileError {
	return r.fail(ErrCorrupt,
		fmt.Sprintf("packet %s claims %d bytes, more than the %d possible", r.number(), length, limit),
		damagedFrom)
}

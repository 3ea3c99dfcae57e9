package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"cordon/internal/packet"
)

// pair is two interfaces: what is sent on one comes in at the other.
type pair struct {
	in string // where the sensor listens
	fd int    // a packet socket on the other
}

func newPair() (*pair, error) {
	p := &pair{in: "in0"}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = "out0", 9000
	v := &netlink.Veth{LinkAttrs: attrs, PeerName: p.in, PeerMTU: 9000}
	if err := netlink.LinkAdd(v); err != nil {
		return nil, fmt.Errorf("veth pair: %w", err)
	}
	for _, name := range []string{"out0", p.in} {
		_ = os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0) // says nothing of its own
		l, err := netlink.LinkByName(name)
		if err == nil {
			err = netlink.LinkSetUp(l)
		}
		if err != nil {
			return nil, fmt.Errorf("interface %s: %w", name, err)
		}
	}
	return p, p.open(v.Index)
}

// open makes the socket that sends. It goes past the queueing discipline: the pace is ours.
func (p *pair) open(index int) (err error) {
	if p.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	if err := unix.Bind(p.fd, &unix.SockaddrLinklayer{Ifindex: index}); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	_ = unix.SetsockoptInt(p.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
	return nil
}

// sent is what was sent, and how long that took.
type sent struct {
	frames, bytes uint64
	took          time.Duration
}

// send sends one frame; a full device is waited for.
func (p *pair) send(s *sent, frame []byte) error {
	for {
		_, err := unix.Write(p.fd, frame)
		if errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
			continue
		}
		s.frames++
		s.bytes += uint64(len(frame))
		return err
	}
}

// burst is how many bytes are sent between two looks at the clock: half a millisecond at 1 Gbit/s.
const burst = 64 << 10

// pace waits until so many bytes may have been sent at a rate in bits a second.
func pace(start time.Time, bytes uint64, rate float64) {
	due := start.Add(time.Duration(float64(bytes) * 8 / rate * 1e9))
	if d := time.Until(due); d > 0 {
		time.Sleep(d)
	}
}

// replay sends a capture again and again, for so long.
func (p *pair) replay(file string, rate float64, long time.Duration) (sent, error) {
	var s sent
	start, due := time.Now(), uint64(burst)
	for time.Since(start) < long {
		f, err := os.Open(file)
		if err != nil {
			return s, err
		}
		err = p.once(f, func() bool {
			if s.bytes >= due {
				due = s.bytes + burst
				pace(start, s.bytes, rate)
			}
			return time.Since(start) < long
		}, &s)
		f.Close()
		if err != nil {
			return s, err
		}
	}
	s.took = time.Since(start)
	return s, nil
}

func (p *pair) once(f *os.File, more func() bool, s *sent) error {
	r, err := packet.NewReader(f)
	if err != nil {
		return err
	}
	for more() {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if frame.Link != packet.LinkEthernet {
			return fmt.Errorf("%d is no Ethernet", frame.Link)
		}
		if err := p.send(s, frame.Data); err != nil {
			return err
		}
	}
	return nil
}

// scanTries is how many addresses each made-up host tries: together more flows than the
// sensor holds.
const scanTries = 4

// scan lets made-up hosts, each with a MAC address of its own, ask for who has an address and
// try a port there.
func (p *pair) scan(hosts int) (sent, error) {
	const rate = 100e6 // bits a second: some 180,000 frames
	var s sent
	rng := rand.New(rand.NewPCG(1, 2))
	start := time.Now()
	for try := range uint32(scanTries) {
		for h := range uint32(hosts) {
			target := 0x0a000000 | rng.Uint32()&0xffffff
			if err := p.send(&s, arpFrame(h, target)); err != nil {
				return s, err
			}
			if err := p.send(&s, synFrame(h, target, uint16(try))); err != nil {
				return s, err
			}
			if h%64 == 0 {
				pace(start, s.bytes, rate)
			}
		}
	}
	s.took = time.Since(start)
	return s, nil
}

// head is an Ethernet header from a made-up host to everybody, IEEE 802.3.
func head(b []byte, host uint32, kind uint16) []byte {
	b = append(b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0)
	b = binary.BigEndian.AppendUint32(b, host)
	return binary.BigEndian.AppendUint16(b, kind)
}

// arpFrame asks who has an address, RFC 826.
func arpFrame(host, target uint32) []byte {
	b := head(nil, host, 0x0806)
	b = append(b, 0, 1, 8, 0, 6, 4, 0, 1, 0x02, 0)
	b = binary.BigEndian.AppendUint32(b, host)
	b = binary.BigEndian.AppendUint32(b, 0xac100000|host)
	b = append(b, 0, 0, 0, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, target)
}

// synFrame tries a port, RFC 9293 section 3.1. Checksums are left out: nobody answers.
func synFrame(host, target uint32, try uint16) []byte {
	b := head(nil, host, 0x0800)
	b = append(b, 0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0)
	b = binary.BigEndian.AppendUint32(b, 0xac100000|host)
	b = binary.BigEndian.AppendUint32(b, target)
	b = binary.BigEndian.AppendUint16(b, 40000+try)
	b = binary.BigEndian.AppendUint16(b, 554)
	b = binary.BigEndian.AppendUint32(b, host)
	return append(b, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0)
}

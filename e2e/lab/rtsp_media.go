package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
)

// setup agrees on how the media travels: inside the connection, or as datagrams.
func (t *rtspTalk) setup(q *rtspAsk) bool {
	if !t.has(q.uri) && !t.has(beforeTrack(q.uri)) {
		return t.reply(q, t.missing(), nil, "")
	}
	var a, b int
	for _, offer := range strings.Split(q.fields.Get("Transport"), ",") {
		for _, part := range strings.Split(offer, ";") {
			part = strings.TrimSpace(part)
			if n, _ := fmt.Sscanf(part, "interleaved=%d-%d", &a, &b); n == 2 && a >= 0 && a < 255 {
				return t.interleave(q, a)
			}
			if n, _ := fmt.Sscanf(part, "client_port=%d-%d", &a, &b); n == 2 && a > 0 && a < 65536 {
				return t.datagram(q, uint16(a))
			}
		}
	}
	return t.reply(q, 461, nil, "")
}

// beforeTrack cuts the track off an address.
func beforeTrack(uri string) string {
	if i := strings.LastIndex(uri, "/trackID="); i >= 0 {
		return uri[:i]
	}
	return uri
}

// begin starts the session and accepts a transport.
func (t *rtspTalk) begin(q *rtspAsk, transport string) bool {
	t.session, t.uri = t.guard.challenge()[:8], q.uri
	return t.reply(q, 200, []string{"Session: " + t.session + ";timeout=60", "Transport: " + transport + ";ssrc=1234ABCD;mode=\"play\""}, "")
}

func (t *rtspTalk) interleave(q *rtspAsk, channel int) bool {
	t.send = func(b []byte) error {
		frame := append([]byte{'$', byte(channel), 0, 0}, b...)
		binary.BigEndian.PutUint16(frame[2:], uint16(len(b)))
		return t.put(frame)
	}
	return t.begin(q, fmt.Sprintf("RTP/AVP/TCP;unicast;interleaved=%d-%d", channel, channel+1))
}

// datagram sends the media to the client's port, and only to the client's address.
func (t *rtspTalk) datagram(q *rtspAsk, port uint16) bool {
	c, err := t.room.ListenUDP(0)
	if err != nil {
		return t.reply(q, 461, nil, "")
	}
	t.close()
	t.close = func() { c.Close() }
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(t.peer(), port))
	t.send = func(b []byte) error {
		_, err := c.WriteTo(b, to)
		return err
	}
	own, _ := netip.ParseAddrPort(c.LocalAddr().String())
	return t.begin(q, fmt.Sprintf("RTP/AVP;unicast;client_port=%d-%d;server_port=%d-%d", port, port+1, own.Port(), own.Port()+1))
}

// play starts the stream.
func (t *rtspTalk) play(ctx context.Context, q *rtspAsk) bool {
	if t.send == nil {
		return t.reply(q, 454, nil, "")
	}
	t.playing()
	ctx, t.playing = context.WithCancel(ctx)
	ok := t.reply(q, 200, []string{"Session: " + t.session, "Range: npt=0.000-", "RTP-Info: url=" + t.uri + ";seq=1;rtptime=0"}, "")
	send := t.send
	t.streams.Go(func() { t.stream(ctx, send) })
	return ok
}

// stream sends the picture, one complete frame after the other, until the client goes.
func (t *rtspTalk) stream(ctx context.Context, send func([]byte) error) {
	first, source := uint16(1), uint32(0x1234abcd)
	e := &rtph264.Encoder{PayloadType: 96, PacketizationMode: 1, SSRC: &source, InitialSequenceNumber: &first, PayloadMaxSize: 1400}
	if e.Init() != nil {
		return
	}
	tick := time.NewTicker(time.Second / frameRate)
	defer tick.Stop()
	for i := 0; ; i++ {
		packets, err := e.Encode([][]byte{pictureSPS, picturePPS, pictureFrame(i)})
		if err != nil {
			return
		}
		for _, p := range packets {
			p.Timestamp = uint32(i * 90000 / frameRate)
			b, err := p.Marshal()
			if err != nil || send(b) != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		t.conn.SetDeadline(time.Now().Add(time.Minute))
	}
}

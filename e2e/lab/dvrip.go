package lab

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"

	"cordon/specimens"
)

// The messages of DVRIP that the device answers (OpenIPC/python-dvr, MIT).
const (
	dvripLogin     = 1000
	dvripKeepAlive = 1006
	dvripInfo      = 1020
	maxDVRIP       = 64 << 10
)

// The Ret codes of DVRIP.
const (
	dvripOK       = 100
	dvripPassword = 203
	dvripNoRight  = 205
	dvripLocked   = 206
)

// dvripFrame is the 20-byte header, little endian: ff, version, session, sequence, message
// and length, before the payload.
func dvripFrame(id uint16, session, sequence uint32, payload []byte) []byte {
	h := make([]byte, 20, 20+len(payload))
	h[0], h[1] = 0xff, 1
	binary.LittleEndian.PutUint32(h[4:], session)
	binary.LittleEndian.PutUint32(h[8:], sequence)
	binary.LittleEndian.PutUint16(h[14:], id)
	binary.LittleEndian.PutUint32(h[16:], uint32(len(payload)))
	return append(h, payload...)
}

// dvrip serves Xiongmai's control port: log-in, keep-alive, and system information to who
// has logged in.
func (l *life) dvrip(_ context.Context, v *specimens.DVRIP, c net.Conn) {
	var in bool
	for {
		var h [20]byte
		if _, err := io.ReadFull(c, h[:]); err != nil || h[0] != 0xff {
			return
		}
		n := binary.LittleEndian.Uint32(h[16:])
		if n > maxDVRIP {
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		l.tally.requests.Add(1)
		id := binary.LittleEndian.Uint16(h[14:])
		if id == dvripLogin {
			in = in || l.dvripLogin(v, c, body)
			continue
		}
		payload := fmt.Sprintf(`{ "Name" : "", "Ret" : %d, "SessionID" : "0x00000000" }`, dvripNoRight)
		switch {
		case in && id == dvripInfo:
			payload = l.say(v.System, map[string]string{"session": "0x00000001"})
		case in && id == dvripKeepAlive:
			payload = fmt.Sprintf(`{ "Name" : "KeepAlive", "Ret" : %d, "SessionID" : "0x00000001" }`, dvripOK)
		}
		c.Write(dvripFrame(id+1, 0, binary.LittleEndian.Uint32(h[8:]), append([]byte(payload), '\n', 0)))
	}
}

// dvripLogin tries a log-in and answers it.
func (l *life) dvripLogin(v *specimens.DVRIP, c net.Conn, body []byte) bool {
	var q struct{ UserName, PassWord string }
	for len(body) > 0 && (body[len(body)-1] == 0 || body[len(body)-1] == '\n') {
		body = body[:len(body)-1]
	}
	ret, session := dvripPassword, 0
	if v.Refused != 0 {
		ret = v.Refused
	}
	if json.Unmarshal(body, &q) == nil {
		want, known := l.guard.secret[q.UserName]
		switch verdict := l.guard.try(q.UserName, known && q.PassWord == sofiaHash(want), time.Now()); {
		case verdict.ok:
			ret, session = dvripOK, 1
		case verdict.locked:
			ret = dvripLocked
		}
	}
	out := fmt.Sprintf(`{ "AliveInterval" : 20, "ChannelNum" : 1, "DeviceType " : "IPC", "ExtraChannel" : 0, "Ret" : %d, "SessionID" : "0x%08x" }`, ret, session)
	c.Write(dvripFrame(dvripLogin+1, uint32(session), 0, append([]byte(out), '\n', 0)))
	return ret == dvripOK
}

// sofiaHash is the eight characters in which a password is sent: each pair of bytes of its
// MD5, added, modulo 62, over 0-9A-Za-z.
func sofiaHash(password string) string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	h := md5.Sum([]byte(password))
	var out [8]byte
	for i := range out {
		out[i] = letters[(int(h[2*i])+int(h[2*i+1]))%62]
	}
	return string(out[:])
}

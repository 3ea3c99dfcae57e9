package specimens

import (
	"encoding/binary"
	"time"
)

// NTP is a device asking the time.
type NTP struct {
	Server     string `toml:"server"` // a party
	Unanswered bool   `toml:"unanswered"`
}

func (n *NTP) play(t *tape, at time.Duration) error {
	self, to, err := t.pair("device", n.Server+":123")
	if err != nil {
		return err
	}
	// RFC 5905, 7.3: version 4, mode 3 asks and mode 4 answers; eras count from 1900.
	ask := make([]byte, 48)
	ask[0] = 4<<3 | 3
	stamp := uint32(3_900_000_000) + uint32(at/time.Second)
	binary.BigEndian.PutUint32(ask[40:], stamp)
	t.udp(at, self, to, ask)
	if n.Unanswered {
		return nil
	}
	answer := make([]byte, 48)
	answer[0], answer[1], answer[2], answer[3] = 4<<3|4, 2, 6, 0xe9
	copy(answer[24:], ask[40:48])
	for _, place := range []int{16, 32, 40} {
		binary.BigEndian.PutUint32(answer[place:], stamp)
	}
	t.udp(at+delay(self, to), to, self, answer)
	return nil
}

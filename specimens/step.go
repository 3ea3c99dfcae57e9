package specimens

import (
	"errors"
	"fmt"
	"time"
)

// Step is one thing that happens: when, how often, and exactly one action.
type Step struct {
	At    Duration `toml:"at"`    // after the start of the capture
	Times int      `toml:"times"` // how often; 0 is once
	Every Duration `toml:"every"` // between repetitions

	ARP  *ARP  `toml:"arp"`
	DHCP *DHCP `toml:"dhcp"`
	DNS  *DNS  `toml:"dns"`
	MDNS *MDNS `toml:"mdns"`
	NTP  *NTP  `toml:"ntp"`
	Ping *Ping `toml:"ping"`
	UDP  *UDP  `toml:"udp"`
	TCP  *TCP  `toml:"tcp"`
	TLS  *TLS  `toml:"tls"`
	TFTP *TFTP `toml:"tftp"`
	RTSP *RTSP `toml:"rtsp"`
	Scan *Scan `toml:"scan"`
}

// player is an action: it writes onto the tape what happens from a moment on.
type player interface {
	play(t *tape, at time.Duration) error
}

// actions lists the actions that are set.
func (s *Step) actions() []player {
	var set []player
	add := func(p player, there bool) {
		if there {
			set = append(set, p)
		}
	}
	add(s.ARP, s.ARP != nil)
	add(s.DHCP, s.DHCP != nil)
	add(s.DNS, s.DNS != nil)
	add(s.MDNS, s.MDNS != nil)
	add(s.NTP, s.NTP != nil)
	add(s.Ping, s.Ping != nil)
	add(s.UDP, s.UDP != nil)
	add(s.TCP, s.TCP != nil)
	add(s.TLS, s.TLS != nil)
	add(s.TFTP, s.TFTP != nil)
	add(s.RTSP, s.RTSP != nil)
	add(s.Scan, s.Scan != nil)
	return set
}

// The bounds of a step: they keep the whole capture small.
const (
	lastMoment = time.Hour
	mostTimes  = 1000
)

func (s *Step) check() error {
	switch {
	case len(s.actions()) != 1:
		return fmt.Errorf("%d actions, want exactly one", len(s.actions()))
	case s.Times < 0 || s.Times > mostTimes:
		return fmt.Errorf("times %d is not between 0 and %d", s.Times, mostTimes)
	case s.Times > 1 && s.Every <= 0:
		return errors.New("times without every")
	case s.At < 0 || time.Duration(s.At)+time.Duration(max(s.Times-1, 0))*time.Duration(s.Every) > lastMoment:
		return fmt.Errorf("happens outside the first %v", lastMoment)
	}
	return nil
}

// play writes every repetition.
func (s *Step) play(t *tape) error {
	for i := range max(s.Times, 1) {
		if err := s.actions()[0].play(t, time.Duration(s.At)+time.Duration(i)*time.Duration(s.Every)); err != nil {
			return err
		}
	}
	return nil
}

// Duration is a time.Duration written as text: "1m30s".
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	got, err := time.ParseDuration(string(b))
	*d = Duration(got)
	return err
}

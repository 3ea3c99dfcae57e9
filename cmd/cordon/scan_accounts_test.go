package main

import (
	"net/netip"
	"testing"
)

// docs/credentials.md: the narrowest network wins, of equals the first.
func TestLoginIsTheNarrowest(t *testing.T) {
	account := func(user, net string) credential {
		return credential{User: user, nets: []netip.Prefix{netip.MustParsePrefix(net)}}
	}
	c := credentials{Accounts: []credential{
		account("all", "192.168.8.0/24"), account("one", "192.168.8.64/32"), account("again", "192.168.8.64/32"),
	}}
	for addr, want := range map[string]string{"192.168.8.64": "one", "192.168.8.65": "all"} {
		if got := c.login(netip.MustParseAddr(addr)); got == nil || got.User != want {
			t.Errorf("%s: got %v, want %s", addr, got, want)
		}
	}
	if got := c.login(netip.MustParseAddr("192.168.9.1")); got != nil {
		t.Errorf("an account for a device that has none: %v", got)
	}
}

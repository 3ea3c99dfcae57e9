package cert

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Machine is by which names and addresses a machine is reached.
type Machine struct {
	Names []string // host names, with and without domain
	Addrs []netip.Addr
}

// This gives the names and addresses of the machine that we run on: its host name, alone, with
// ".local" (RFC 6762) and with the domains that it looks names up in; and the addresses of all
// interfaces but those that are made for one day (RFC 8981) and those of a link.
func This() (Machine, error) {
	var m Machine
	host, err := os.Hostname()
	if err == nil {
		m.Names = namesOf(host, searched("/etc/resolv.conf"))
	}
	addrs, aerr := addresses()
	m.Addrs = addrs
	return m, errors.Join(err, aerr)
}

// namesOf are the names of a host in domains.
func namesOf(host string, domains []string) []string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	short, _, _ := strings.Cut(host, ".")
	out := []string{host, short, short + ".local"}
	for _, d := range domains {
		out = append(out, short+"."+d)
	}
	return out
}

// searched are the domains of a resolv.conf(5).
func searched(file string) (out []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && (f[0] == "search" || f[0] == "domain") {
			out = append(out, f[1:]...)
		}
	}
	return out
}

// passing are the flags of addresses that are not for others to keep.
const passing = unix.IFA_F_TEMPORARY | unix.IFA_F_DEPRECATED | unix.IFA_F_TENTATIVE

func addresses() (out []netip.Addr, err error) {
	list, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		if a, ok := netip.AddrFromSlice(one.IP); ok && (one.Flags&passing == 0 || one.IP.To4() != nil) {
			out = append(out, a.Unmap())
		}
	}
	return out, nil
}

// mostHosts bounds a certificate: a machine with more addresses (containers, tunnels) is reached
// by the first.
const mostHosts = 100

// hosts is what a certificate is for: sorted, each once, with what every machine is called.
func (m Machine) hosts(more []string) (names []string, addrs []netip.Addr) {
	for _, n := range slices.Concat([]string{"localhost"}, m.Names, more) {
		if n = strings.ToLower(strings.TrimSuffix(n, ".")); sound(n) {
			names = append(names, n)
		}
	}
	addrs = append(addrs, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
	for _, a := range m.Addrs {
		if a = a.Unmap().WithZone(""); !a.IsLinkLocalUnicast() && !a.IsUnspecified() && !a.IsMulticast() {
			addrs = append(addrs, a)
		}
	}
	slices.Sort(names)
	slices.SortFunc(addrs, netip.Addr.Compare)
	names, addrs = slices.Compact(names), slices.Compact(addrs)
	return names[:min(len(names), mostHosts)], addrs[:min(len(addrs), mostHosts)]
}

// sound reports whether a text can stand as a name in a certificate: letters, digits, hyphens
// and dots (RFC 1123, section 2.1), and is no address.
func sound(name string) bool {
	if name == "" || len(name) > 253 || net.ParseIP(name) != nil {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

package sensor

import (
	"net/netip"
	"strings"

	"cordon"
)

// answered tells of a question to a name server and of the addresses in its answer.
func (t *teller) answered(at int64, asker, server netip.Addr, name string, answers []string, replied bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	t.about(at, asker, "dns.query", name)
	if replied {
		t.about(at, server, "dns.server", "yes")
	}
	for _, a := range answers {
		if addr := addrOf(a); addr.IsValid() {
			t.names.learn(asker, addr, name, at)
		}
	}
}

// request is an HTTP request with its answer, as logs tell it. Empty: not said.
type request struct {
	method, host, uri, agent, status, content, length, server string
	login                                                     bool // it carried an account
}

// request tells what a request says of both sides, as find does. What follows the path may
// hold log-ins and stays out.
func (t *teller) request(at int64, client, server netip.Addr, r *request) {
	path, _, _ := strings.Cut(r.uri, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok { // a proxy's client names the server too
		_, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	host := strings.ToLower(strings.TrimSuffix(r.host, "."))
	if i := strings.LastIndexByte(host, ':'); i > 0 && strings.Count(host, ":") == 1 {
		host = host[:i]
	}
	t.about(at, client, "http.host", host)
	t.about(at, client, "http.user_agent", r.agent)
	if r.method != "" && path != "" {
		t.about(at, client, "http.request", r.method+" "+path)
	}
	if r.login {
		t.about(at, server, "http.login", "basic")
	}
	if len(r.status) != 3 {
		return
	}
	t.about(at, server, "http.status", r.status)
	t.about(at, server, "http.server", r.server)
	if r.status[0] == '2' || r.status[0] == '3' || r.status == "401" {
		t.about(at, server, "http.path", path)
	}
	if r.status == "200" && packedTypes[r.content] && countOf(r.length) > 0 {
		t.about(at, client, "http.download", host+path+" "+r.length+" "+r.content)
	}
}

// packedTypes are the content types of programs, firmware and archives, as Zeek and Suricata
// recognise or servers announce them.
var packedTypes = map[string]bool{
	"application/octet-stream": true, "application/zip": true, "application/gzip": true, "application/x-gzip": true, "application/x-tar": true,
	"application/x-bzip2": true, "application/x-xz": true, "application/x-lzma": true, "application/x-executable": true, "application/x-elf": true,
	"application/x-sharedlib": true, "application/x-dosexec": true, "application/x-rar": true, "application/x-7z-compressed": true,
	"application/vnd.android.package-archive": true, "application/x-shellscript": true, "text/x-shellscript": true,
}

// lease is what an address server knows of a client. Empty: not said.
type lease struct {
	mac                                      cordon.MAC
	addr                                     netip.Addr // that it was given
	host, fqdn, class, requested, parameters string
}

// leased tells what a lease says, about the client's interface.
func (t *teller) leased(at int64, l *lease) {
	t.aboutMAC(at, l.mac, "dhcp.hostname", l.host)
	t.aboutMAC(at, l.mac, "dhcp.client_fqdn", l.fqdn)
	t.aboutMAC(at, l.mac, "dhcp.vendor_class", l.class)
	t.aboutMAC(at, l.mac, "dhcp.requested", l.requested)
	t.aboutMAC(at, l.mac, "dhcp.opt55", l.parameters)
	if l.addr.IsValid() && !l.addr.IsUnspecified() {
		t.aboutMAC(at, l.mac, "dhcp.address", l.addr.String())
	}
}

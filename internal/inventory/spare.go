package inventory

import (
	"cordon"
	"cordon/knowledge"
)

// spareKinds are facts that no check, alarm or part of identification reads today. They
// are worth keeping where facts are judged again later; one audit forgets its facts when it
// is done, and on a large network these are half of them. A rule on a kind takes it off.
var spareKinds = []cordon.Kind{
	"http.request", "http.status", "mdns.address", "mdns.query", "ntp.client", "ntp.server", "onvif.xaddrs",
	"pppp.message", "pppp.speaks", "quic.ja4", "rtsp.status", "ssdp.location", "ssdp.usn",
	"tls.alpn", "tls.ja3", "tls.ja4", "tls.san",
}

// JudgeOnce says that the ledger serves one judgement with this knowledge, so that it
// need not keep facts that the judgement cannot use. To be called before facts come.
func (l *Ledger) JudgeOnce(k knowledge.Looker) {
	for _, kind := range spareKinds {
		if !k.Heeds(kind) {
			l.spare[kind] = true
		}
	}
	l.lately = [256]kindNumber{}
}

// Spare gives the kinds that are not kept, empty without JudgeOnce. The map is shared: do
// not change it.
func (l *Ledger) Spare() map[cordon.Kind]bool { return l.spare }

package reach

// Pace is how fast a Door may send. Both hold in any tenth of a second: of 1000 packets a
// second no more than 100 leave within 100 ms.
type Pace struct {
	Name    string
	Packets int // frames a second, in all
	Conns   int // completed TCP connections a second to each /24 (IPv4) or /64 (IPv6)
}

// The paces to choose from.
var (
	Gentle = Pace{Name: "gentle", Packets: 100, Conns: 10}
	Polite = Pace{Name: "polite", Packets: 1000, Conns: 50}
	Fast   = Pace{Name: "fast", Packets: 15000, Conns: 500}
)

package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"time"

	"cordon"
)

// Of the full size: 32,000 devices, 400 days, 60 million rows, so that a device meets 4.7 far
// ends a day; of these 50,000 different ones in all (a guess: some hundred of vendors' clouds take
// most of the bytes, and peers of peer-to-peer protocols come seldom).
const (
	fullRows    = 60_000_000
	fullDevices = 32_000
	fullEnds    = 50_000
	days        = 400
)

// bench is one run with its truth.
type bench struct {
	where   string
	rows    int // wanted
	devices int
	ends    int
	rnd     *rand.Rand
	zipf    *rand.Zipf
	start   time.Time
	made    int // rows at the grain of a day
	loaded  int // days that a Loader brings in; the rest is appended and retained
	missed  bool
	kept    string // where the store stays, empty: nowhere
	there   bool   // it stands there already

	windows []*window                      // what is asked of all far ends
	sample  map[string]map[string][2]int64 // of some devices: by day and far end, bytes sent and received
}

// window is a row of days with its truth.
type window struct {
	what     string
	from, to int      // to excluded
	bytes    []uint64 // by far end
}

func newBench(where string, rows int) *bench {
	share := float64(rows) / fullRows
	b := &bench{
		where: where, rows: rows, devices: min(max(int(fullDevices*share), 100), fullDevices), ends: min(max(int(fullEnds*share), 2000), fullEnds),
		rnd: rand.New(rand.NewPCG(1, 2)), start: time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC), sample: map[string]map[string][2]int64{},
	}
	b.zipf = rand.NewZipf(b.rnd, 1.15, 20, uint64(b.ends-1))
	for _, w := range []window{
		{what: "all time", to: days},
		{what: "last 30 days", from: days - 30, to: days},
		{what: "last 7 days", from: days - 7, to: days},
		{what: "11 days that have ended", from: days - 22, to: days - 11},
		{what: "today", from: days - 1, to: days},
	} {
		w.bytes = make([]uint64, b.ends)
		b.windows = append(b.windows, &w)
	}
	for range 20 {
		b.sample[deviceID(b.rnd.IntN(b.devices))] = map[string][2]int64{}
	}
	return b
}

// ids and names are made once.
var (
	ids   = made(fullDevices, macText)
	names = made(fullEnds, func(n int) string { return fmt.Sprintf("n%d.cloud.example", n) })
)

func made(n int, one func(int) string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = one(i)
	}
	return all
}

func deviceID(n int) string { return ids[n] }

func macText(n int) string {
	return fmt.Sprintf("02:00:00:%02x:%02x:%02x", n>>16&255, n>>8&255, n&255)
}

func address(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(11 + n>>16), byte(n >> 8 & 255), byte(n & 255), 7})
}

// countries are in shares that fall.
var countries = []string{"CN", "US", "DE", "SG", "IE", "NL", "HK", "JP", "GB", "FR", "KR", "TW", "RU", "BR", "IN", "CA", "AU", "SE", "PL", ""}

func country(n int) string { return countries[n*n%97%len(countries)] }

// contact is what a device exchanges with a far end in one hour.
func (b *bench) contact(device, end int, at time.Time) cordon.Contact {
	return cordon.Contact{
		Site: []string{"north", "south", "west"}[device%3], Device: deviceID(device), Start: at, Far: address(end), Port: 443, Protocol: "tcp", App: "tls",
		Name: names[end], Place: cordon.Place{Country: country(end), Operator: "US", ASN: uint32(64512 + end%900), Network: "EXAMPLE"},
		Outside: true, Opened: true, Sent: uint64(b.rnd.ExpFloat64() * 60_000), Received: uint64(b.rnd.ExpFloat64() * 20_000), Flows: 1 + b.rnd.IntN(20),
	}
}

// say prints one figure against its bar.
func (b *bench) say(ok bool, what, got, bar string) {
	word := "PASS"
	if !ok {
		word, b.missed = "FAIL", true
	}
	fmt.Printf("%s  %-44s %14s  (%s)\n", word, what, got, bar)
}

// cpu is the time that this process has spent on processors.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

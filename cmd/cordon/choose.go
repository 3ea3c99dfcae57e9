package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"cordon/knowledge"
)

// splitLists takes --lists as it was said: ids or countries, commas between them, any case.
func splitLists(said []string) []string {
	var out []string
	for _, s := range said {
		for one := range strings.SplitSeq(strings.ToLower(s), ",") {
			if one = strings.TrimSpace(one); one != "" && !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	return out
}

// checkLists refuses a list or country that nothing is known by, and names those that are.
func checkLists(know *knowledge.Base, chosen []string) error {
	var ids, countries []string
	for _, l := range know.AllLists() {
		ids = append(ids, l.ID)
		country := strings.ToLower(l.Jurisdiction)
		if country == "gb" { // both are said
			countries = append(countries, "uk")
		}
		if !slices.Contains(countries, country) {
			countries = append(countries, country)
		}
	}
	slices.Sort(countries)
	for _, c := range chosen {
		if !slices.Contains(ids, c) && !slices.Contains(countries, c) {
			return fmt.Errorf("--lists %s: no such list; there are the countries %s and the lists %s", c, strings.Join(countries, ", "), strings.Join(ids, ", "))
		}
	}
	return nil
}

// useOwnMMDB lets the owner's own files say where addresses are; an empty name is not given.
func useOwnMMDB(know *knowledge.Base, country, asn string) error {
	read := func(flag, name string) ([]byte, error) {
		if name == "" {
			return nil, nil
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		return b, nil
	}
	c, err := read("country", country)
	if err != nil {
		return err
	}
	a, err := read("asn", asn)
	if err != nil {
		return err
	}
	if err := know.UseMMDB(c, a); err != nil {
		return fmt.Errorf("%w: give a MaxMind DB file (.mmdb)", err)
	}
	return nil
}

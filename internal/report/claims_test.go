package report

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cordon"
)

// withClaims is an audit held against an inventory of two lines, one of whose devices is there.
func withClaims() *cordon.Audit {
	d := device("44:19:b6:00:11:22", "192.168.8.21", cordon.ClassCamera, 0.9)
	d.Claim = &cordon.Claim{Line: 2, MAC: mac("44:19:b6:00:11:22"), Brand: "Housemark", Room: hostile[1], Department: "=cmd"}
	return &cordon.Audit{Program: "p", Knowledge: "k", Devices: []cordon.Audited{d}, Claims: 2,
		Unfound: []cordon.Claim{{Line: 3, Address: netip.MustParseAddr("192.168.8.99"), Serial: "K9", Model: hostile[2]}}}
}

func TestClaimsInEveryReport(t *testing.T) {
	a := withClaims()
	for name, c := range map[string]struct {
		write func(*bytes.Buffer) error
		want  []string
	}{
		"table":   {func(b *bytes.Buffer) error { return Table(b, a, TableOptions{Width: 100}) }, []string{"Inventory: 2 lines, 1 found", "line 3, address 192.168.8.99"}},
		"explain": {func(b *bytes.Buffer) error { return Explain(b, a, "192.168.8.21", TableOptions{Width: 100}) }, []string{"What the inventory says", "Housemark"}},
		"html":    {func(b *bytes.Buffer) error { return HTML(b, a) }, []string{"2 lines, 1 found", "192.168.8.99", "brand Housemark"}},
		"csv":     {func(b *bytes.Buffer) error { return CSV(b, a) }, []string{"claimed_brand", ",2,Housemark,,,'=cmd,"}},
		"json":    {func(b *bytes.Buffer) error { return JSON(b, a) }, []string{`"claims":2`, `"unfound":[`, `"claim":{"line":2`}},
	} {
		var b bytes.Buffer
		if err := c.write(&b); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: without %q:\n%s", name, want, b.String())
			}
		}
		if name == "html" && strings.Contains(b.String(), "<script>") || strings.Contains(b.String(), "\x1b[31mred") {
			t.Errorf("%s: hostile text went through", name)
		}
	}
}

func TestClaimsComeBack(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, withClaims()); err != nil {
		t.Fatal(err)
	}
	got, err := DecodeJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	want := withClaims()
	if got.Claims != 2 || !cmp.Equal(got.Unfound, want.Unfound, cmpopts.EquateComparable(netip.Addr{})) || !cmp.Equal(got.Devices[0].Claim, want.Devices[0].Claim, cmpopts.EquateComparable(netip.Addr{})) {
		t.Errorf("%+v", got)
	}
}

package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// laid writes both files and reads the installation.
func laid(t *testing.T, file, chosen string) (*config, error) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "cordon.toml")
	for path, text := range map[string]string{name: file, filepath.Join(dir, ownedName): chosen} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return readInstallation(name, dir)
}

const ownedFile = `interfaces = ["eth1"]
lists = ["us"]
[scan]
every = "24h"
window = "01:00-05:00"
[[site]]
name = "hq"
networks = ["10.0.8.0/24"]
`

// A part that is chosen takes the whole place of the file's; an empty one too.
func TestOwnedIsLaidOver(t *testing.T) {
	c, err := laid(t, ownedFile, "interfaces = []\n[scan]\nevery = \"1h\"\n[[site]]\nname = \"shop\"\nnetworks = [\"10.0.9.0/24\"]\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Interfaces) != 0 || !slices.Equal(c.Lists, []string{"us"}) || c.Scan != (scanConfig{"1h", "", "polite"}) {
		t.Errorf("interfaces %q, lists %q, scan %+v", c.Interfaces, c.Lists, c.Scan)
	}
	if len(c.Sites) != 1 || c.Sites[0].Name != "shop" {
		t.Errorf("sites %+v", c.Sites)
	}
	for part, name := range map[string]string{"site": ownedName, "interfaces": ownedName, "scan": ownedName, "lists": "cordon.toml"} {
		if filepath.Base(c.from[part]) != name {
			t.Errorf("%s is from %s", part, c.from[part])
		}
	}
	if len(c.base.Interfaces) != 1 || c.base.Sites[0].Name != "hq" {
		t.Errorf("the file alone became %+v", c.base)
	}
}

// What cannot be chosen is refused, as is what nobody can read.
func TestOwnedRefuses(t *testing.T) {
	for _, chosen := range []string{"database = \"postgres://elsewhere/x\"", "[[source]]\nkind = \"zeek\"\npath = \"/etc\"", "interfaces = [", "[page]\nlisten = \"off\""} {
		if _, err := laid(t, ownedFile, chosen); err == nil || !strings.Contains(err.Error(), ownedName) {
			t.Errorf("%q: %v", chosen, err)
		}
	}
}

// What changes is named, what stays as the file says stays with the file, what was named stays
// named; and all of it comes back as it was written.
func TestOwnedNext(t *testing.T) {
	c, err := laid(t, ownedFile, "lists = [\"us\"]\n")
	if err != nil {
		t.Fatal(err)
	}
	s := c.settings()
	s.Interfaces, s.Retention["history"], s.Sites[0].Interfaces = []string{}, 30, []string{"eth2"}
	wanted := c.with(&s)
	next := c.chose.next(c, wanted)
	if next.Scan != nil || next.Learning != nil || next.Accounts != nil || next.AllDevices != nil {
		t.Errorf("what stays as it is was named: %+v", next)
	}
	if next.Lists == nil || next.Interfaces == nil || next.Sites == nil || !reflect.DeepEqual(*next.Retention, map[string]int{"history": 30}) {
		t.Errorf("what was chosen is %+v", next)
	}
	if err := next.write(c.Data); err != nil {
		t.Fatal(err)
	}
	again, err := readInstallation(c.file, c.Data)
	if err != nil {
		t.Fatal(err)
	}
	was, is := wanted.settings(), again.settings()
	was.From, is.From = nil, nil
	if !reflect.DeepEqual(was, is) {
		t.Errorf("came back as %+v, want %+v", is, was)
	}
	if left, _ := filepath.Glob(filepath.Join(c.Data, ownedName+".*")); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
}

// Every part that the file may have is a row of the table, or nobody would lay it over.
func TestOwnedPartsAreAll(t *testing.T) {
	of := reflect.TypeFor[owned]()
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("toml"), ",")
		if !slices.ContainsFunc(ownedParts, func(p ownedPart) bool { return p.name == name }) {
			t.Errorf("%s is no row of ownedParts", name)
		}
	}
}

func FuzzOwned(f *testing.F) {
	f.Add([]byte("interfaces = []\n[scan]\nevery = \"1h\"\n[[site]]\nname = \"shop\"\nnetworks = [\"10.0.9.0/24\"]\n"))
	f.Add([]byte("[retention]\nhistory = 30\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var o owned
		if decodeStrictly("x", b, &o) != nil {
			return
		}
		c := config{from: map[string]string{}, chose: &o}
		o.lay(&c)
		if c.check() != nil {
			return
		}
		c.complete()
		chosen := c.settings()
		once := c.with(&chosen).settings()
		if twice := c.with(&once).settings(); changes(&once, &twice) != "" {
			t.Errorf("what is shown and sent back changed: %s", changes(&once, &twice))
		}
	})
}

package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// fetch packs the newest version of the package with npm and unpacks it below tmp.
func (s *source) fetch(tmp string) error {
	s.dir = filepath.Join(tmp, s.Table)
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("fetch %s: %w", s.Package, err)
	}
	cmd := exec.Command("npm", "pack", "--silent", s.Package)
	cmd.Dir, cmd.Stderr = s.dir, os.Stderr
	name, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("fetch %s: %w", s.Package, err)
	}
	if err := unpack(filepath.Join(s.dir, strings.TrimSpace(string(name))), s.dir); err != nil {
		return fmt.Errorf("unpack %s: %w", s.Package, err)
	}
	return s.dated()
}

// dated reads the version from the package, and the date of its data: from the version
// where it is one (2.3.2026061719), else the day the version was published.
func (s *source) dated() error {
	var about struct{ Version string }
	raw, err := os.ReadFile(filepath.Join(s.dir, "package.json"))
	if err == nil {
		err = json.Unmarshal(raw, &about)
	}
	if err != nil {
		return fmt.Errorf("version of %s: %w", s.Package, err)
	}
	s.Version = about.Version
	if m := regexp.MustCompile(`\.(20\d\d)(\d\d)(\d\d)\d*$`).FindStringSubmatch(s.Version); m != nil {
		s.Date = m[1] + "-" + m[2] + "-" + m[3]
		return nil
	}
	out, err := exec.Command("npm", "view", s.Package, "time", "--json").Output()
	if err != nil {
		return fmt.Errorf("date of %s: %w", s.Package, err)
	}
	times := map[string]string{}
	if err := json.Unmarshal(out, &times); err != nil {
		return fmt.Errorf("date of %s: %w", s.Package, err)
	}
	if len(times[s.Version]) < 10 {
		return fmt.Errorf("date of %s %s: not published", s.Package, s.Version)
	}
	s.Date = times[s.Version][:10]
	return nil
}

// unpack writes the plain files of an npm package flat into dir.
func unpack(path, dir string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := save(filepath.Join(dir, filepath.Base(h.Name)), t); err != nil {
			return err
		}
	}
}

func save(path string, r io.Reader) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

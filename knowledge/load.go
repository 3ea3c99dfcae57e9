package knowledge

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Base is everything the program knows, loaded and indexed. It is immutable after
// Load and safe for use by many goroutines. What its methods return is shared:
// do not change it.
type Base struct {
	Version string // date of the newest data, YYYY-MM-DD
	Counts  Counts

	rules     []*Rule
	ruleAt    map[string]int // id -> index in rules
	byKind    map[string]*kindIndex
	makers    map[string]*Maker
	clouds    cloudIndex
	relations map[string][]Relation
	ports     map[portKey]*Port
	passwords map[string][]Password
	pending   []Pending

	registry // who owns address blocks and where addresses are (tables.go)
	judged   // lists and weaknesses (lists.go)
}

// Counts says how many entries of each sort a Base holds.
type Counts struct {
	Rules, Examples, Counters, Makers, Relations, Clouds, Ports, Passwords, Pending int
}

// loadStep loads one subject from one layer of files into the Base.
type loadStep func(*Base, fs.FS) error

// loadSteps are all subjects, in the order in which they load: makers first, since the others name them.
var loadSteps = []loadStep{
	(*Base).loadVersion,
	(*Base).loadMakers,
	(*Base).loadRules,
	(*Base).loadBrands,
	(*Base).loadClouds,
	(*Base).loadPorts,
	(*Base).loadPasswords,
	(*Base).loadPending,
	(*Base).loadRegistry,
	(*Base).loadJudged,
}

// Load reads one or more directories laid out like this package's own; a later one
// adds to the earlier or replaces entries of the same id. It is strict: an unknown
// key, a rule without source, example or counter-example, or an example that its
// rule does not match is an error that names the file and the entry.
func Load(layers ...fs.FS) (*Base, error) {
	b := &Base{ruleAt: map[string]int{}, makers: map[string]*Maker{},
		relations: map[string][]Relation{}, ports: map[portKey]*Port{}, passwords: map[string][]Password{}}
	b.clouds.init()
	for _, layer := range layers {
		for _, load := range loadSteps {
			if err := load(b, layer); err != nil {
				return nil, fmt.Errorf("load knowledge: %w", err)
			}
		}
	}
	if err := b.finish(); err != nil {
		return nil, fmt.Errorf("load knowledge: %w", err)
	}
	return b, nil
}

// finish builds the indexes and holds the entries against each other.
func (b *Base) finish() error {
	if err := b.checkMakers(); err != nil {
		return err
	}
	b.indexRules()
	b.sortRelations()
	b.clouds.finish()
	b.Counts.Rules, b.Counts.Makers, b.Counts.Pending = len(b.rules), len(b.makers), len(b.pending)
	for _, r := range b.rules {
		b.Counts.Examples += len(r.Examples)
		b.Counts.Counters += len(r.Counters)
	}
	for _, rs := range b.relations {
		b.Counts.Relations += len(rs)
	}
	for _, ps := range b.passwords {
		b.Counts.Passwords += len(ps)
	}
	b.Counts.Clouds, b.Counts.Ports = b.clouds.count, len(b.ports)
	return nil
}

// loadVersion keeps the newest VERSION of all layers: one date, YYYY-MM-DD.
func (b *Base) loadVersion(layer fs.FS) error {
	text, err := fs.ReadFile(layer, "VERSION")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read VERSION: %w", err)
	}
	v := strings.TrimSpace(string(text))
	if len(v) != len("2006-01-02") || strings.Trim(v, "0123456789-") != "" {
		return fmt.Errorf("VERSION: %q is not a date YYYY-MM-DD", v)
	}
	b.Version = max(b.Version, v)
	return nil
}

// decode reads one TOML file into out, refusing keys that out does not have.
func decode(layer fs.FS, name string, out any) error {
	text, err := fs.ReadFile(layer, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	err = toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(out)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		line, _ := e.Position()
		return fmt.Errorf("%s line %d: unknown key %q%s", name, line, strings.Join(e.Key(), "."), entryAbove(text, line))
	}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		line, _ := syntax.Position()
		return fmt.Errorf("%s line %d: %w%s", name, line, err, entryAbove(text, line))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// entryAbove finds the id of the entry that a line of a TOML file belongs to, for error messages.
func entryAbove(text []byte, line int) string {
	lines := strings.Split(string(text), "\n")
	for i := min(line, len(lines)) - 1; i >= 0; i-- {
		if key, value, ok := strings.Cut(lines[i], "="); ok && strings.TrimSpace(key) == "id" {
			return ", in entry " + strings.TrimSpace(value)
		}
	}
	return ""
}

// files lists a directory's files with the extension, sorted; a missing directory has none.
func files(layer fs.FS, dir, ext string) ([]string, error) {
	all, err := fs.ReadDir(layer, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	var names []string
	for _, e := range all {
		if !e.IsDir() && path.Ext(e.Name()) == ext {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	sort.Strings(names)
	return names, nil
}

// eachFile passes on the text of each file of a folder that has the extension, by name.
func eachFile(layer fs.FS, dir, ext string, read func(text string) error) error {
	names, err := files(layer, dir, ext)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(layer, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if err := read(string(text)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// rowsUnder gives the rows of a CSV file below its first line, which must name the columns.
func rowsUnder(columns []string, r *csv.Reader) ([][]string, error) {
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], columns) {
		return nil, fmt.Errorf("first line must be %s", strings.Join(columns, ","))
	}
	return rows[1:], nil
}

// exists reports whether the layer holds the file: every file is optional in a layer.
func exists(layer fs.FS, name string) bool {
	_, err := fs.Stat(layer, name)
	return err == nil
}

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cordon/internal/find"
	"cordon/internal/inventory"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

// reading is the chain that turns captures into a ledger: reader, table, listener, ledger.
type reading struct {
	ledger *inventory.Ledger
	table  *packet.Table
}

// newReading wires the parts up. More taps (event streams, carving) may follow the flows too.
func newReading(know *knowledge.Base, key []byte, taps ...sensor.Sink) *reading {
	l := newLedger(know)
	var sink sensor.Sink = l
	if len(taps) > 0 {
		sink = tee(append([]sensor.Sink{l}, taps...))
	}
	listener := sensor.NewListener("", key, sink)
	if len(taps) == 0 {
		listener.Spare(l.Spare())
	}
	return &reading{ledger: l, table: packet.NewTable(tableConfig(), listener)}
}

// newCarvingReading is newReading with a carver between table and listener.
func newCarvingReading(know *knowledge.Base, key []byte, keep sensor.Keeper, taps ...sensor.Sink) *reading {
	l := newLedger(know)
	c := sensor.NewCarver(sensor.NewListener("", key, tee(append([]sensor.Sink{l}, taps...))), keep)
	return &reading{ledger: l, table: packet.NewTable(c.CarveConfig(tableConfig()), c)}
}

// newLedger makes the ledger of one audit.
func newLedger(know *knowledge.Base) *inventory.Ledger {
	l := inventory.NewLedger(inventory.Limits{})
	l.JudgeOnce(know)
	return l
}

func tableConfig() packet.Config {
	always := find.AlwaysPorts()
	return packet.Config{Always: func(port uint16) bool { return slices.Contains(always, port) }}
}

// tee gives everything to every sink.
type tee []sensor.Sink

func (t tee) Observe(o *sensor.Fact) {
	for _, s := range t {
		s.Observe(o)
	}
}

func (t tee) Flow(f *packet.Flow, app, name, nameFrom string) {
	for _, s := range t {
		s.Flow(f, app, name, nameFrom)
	}
}

// instanceKey is the key with which identifiers are hashed: the one kept in the user's
// configuration directory, made at first use, so that the same device hashes alike in
// every audit here and differently everywhere else.
func instanceKey() ([]byte, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return freshKey(), nil // no home: hashes hold for this run only
	}
	key, err := keptKey(filepath.Join(dir, "cordon", "instance.key"))
	if err != nil {
		return freshKey(), nil // a read-only home: likewise
	}
	return key, nil
}

// keptKey is the key in a file, made where there is none.
func keptKey(file string) ([]byte, error) {
	key, err := os.ReadFile(file)
	switch {
	case err == nil && len(key) == keySize:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("%s is no key of %d bytes: take it away, and a new one is made (identifiers then hash otherwise)", file, keySize)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	key = freshKey()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	return key, os.WriteFile(file, key, 0o600)
}

const keySize = 32

func freshKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails: crypto/rand documents that it does not return
	return key
}

// openInput opens a capture, "-" being standard input, and says in one line what is wrong with it.
func openInput(name string, stdin io.Reader) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(stdin), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %s", err, "check the name and that you may read it")
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		f.Close()
		return nil, 0, fmt.Errorf("%s is a directory: name the captures in it, for instance %s", name, filepath.Join(name, "*.pcap"))
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// output opens the file to write to, or standard output for "" and "-". The file appears
// whole or not at all: it is written beside itself and renamed by commit.
func output(name string, stdout io.Writer) (w io.Writer, commit func() error, err error) {
	if !namesFile(name) {
		return stdout, func() error { return nil }, nil
	}
	if st, err := os.Stat(name); err == nil && st.IsDir() {
		return nil, nil, fmt.Errorf("output: %s is a directory: name a file in it", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.part")
	if err != nil {
		return nil, nil, fmt.Errorf("output: %s: %w", name, reason(err))
	}
	return f, func() error { return finish(f, name) }, nil
}

// toOutput writes to the named file, which appears whole or not at all, or to standard output.
func toOutput(name string, stdout io.Writer, write func(io.Writer) error) error {
	w, commit, err := output(name, stdout)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		if f, ok := w.(*os.File); ok && namesFile(name) {
			f.Close()
			os.Remove(f.Name())
		}
		return fmt.Errorf("output: %w", err)
	}
	return commit()
}

// reason leaves out of an error the name of the temporary file, which nobody knows.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// apart reports an error where the output would take the place of one of the inputs.
func apart(out string, inputs []string) error {
	o, err := os.Stat(out)
	if !namesFile(out) || err != nil || !o.Mode().IsRegular() {
		return nil
	}
	for _, in := range inputs {
		if i, err := os.Stat(in); err == nil && os.SameFile(o, i) {
			return fmt.Errorf("output: %s is also what is to be read: name another file", out)
		}
	}
	return nil
}

func finish(f *os.File, name string) error {
	err := f.Chmod(0o644)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

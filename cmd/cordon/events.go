package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/report"
	"cordon/internal/sensor"
)

// events spools the flows of --format jsonl to a file without a name as they end, because
// only the finished audit says which devices are people's own. A nil *events holds none.
type events struct {
	file *os.File
	out  *bufio.Writer
	line []byte
	err  error // the first; later flows are dropped
}

// newEvents makes the spool in the system's directory for such files. close it.
func newEvents() (*events, error) {
	f, err := os.CreateTemp("", "cordon-events-*")
	if err != nil {
		return nil, fmt.Errorf("spool for events: %w", err)
	}
	// Without its name the file is gone with the process, however that ends. Where the
	// system does not allow it, close removes it.
	os.Remove(f.Name())
	return &events{file: f, out: bufio.NewWriterSize(f, 256<<10)}, nil
}

// close gives the file back.
func (e *events) close() {
	if e != nil {
		e.file.Close()
		os.Remove(e.file.Name())
	}
}

// Observe implements sensor.Sink: facts are told with their device, not as events.
func (e *events) Observe(*sensor.Fact) {}

// Flow implements sensor.Sink: one line of both addresses, a tab and the event.
func (e *events) Flow(f *packet.Flow, app, name, _ string) {
	if e.err != nil {
		return
	}
	src, dst := f.End[packet.Opener], f.End[packet.Answerer]
	ev := report.FlowEvent{
		First: time.Unix(0, f.First).UTC(), Last: time.Unix(0, f.Last).UTC(),
		Src: netip.AddrPortFrom(src.Addr, src.Port), Dst: netip.AddrPortFrom(dst.Addr, dst.Port),
		Proto: uint8(f.Proto), App: app, Name: name, State: flowState(f.State),
		Packets: [2]uint64{uint64(f.Packets[0]), uint64(f.Packets[1])}, Bytes: f.Bytes,
	}
	e.line = src.Addr.AppendTo(e.line[:0])
	e.line = append(e.line, ' ')
	e.line = dst.Addr.AppendTo(e.line)
	e.line = append(e.line, '\t')
	e.line = report.AppendFlowEvent(e.line, &ev)
	_, e.err = e.out.Write(e.line)
}

func flowState(s packet.State) cordon.FlowState {
	switch s {
	case packet.StateAttempt:
		return cordon.StateAttempt
	case packet.StateRefused:
		return cordon.StateRefused
	case packet.StateAnswered:
		return cordon.StateAnswered
	}
	return cordon.StateMidway
}

// copyTo writes the events, without those of devices whose far ends the audit hides.
func (e *events) copyTo(w io.Writer, a *cordon.Audit) error {
	if e == nil {
		return nil
	}
	if e.err == nil {
		e.err = e.out.Flush()
	}
	if e.err == nil {
		_, e.err = e.file.Seek(0, io.SeekStart)
	}
	if e.err != nil {
		return fmt.Errorf("spool for events: %w", e.err)
	}
	out := bufio.NewWriterSize(w, 256<<10)
	if err := copyEvents(out, e.file, hiddenAddrs(a)); err != nil {
		return err
	}
	return out.Flush()
}

// hiddenAddrs are the addresses of people's own devices, as text; empty when none is hidden.
func hiddenAddrs(a *cordon.Audit) map[string]bool {
	hidden := map[string]bool{}
	for i := range a.Devices {
		if !a.Devices[i].Hidden {
			continue
		}
		for _, f := range a.Devices[i].Interfaces {
			for _, addr := range f.Addrs {
				hidden[addr.String()] = true
			}
		}
	}
	return hidden
}

func copyEvents(w io.Writer, spool io.Reader, hidden map[string]bool) error {
	in := bufio.NewReaderSize(spool, 256<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil { // also a line longer than the buffer: names have at most 255 bytes
			return fmt.Errorf("spool for events: %w", err)
		}
		ends, event, _ := bytes.Cut(line, []byte{'\t'})
		src, dst, _ := bytes.Cut(ends, []byte{' '})
		if hidden[string(src)] || hidden[string(dst)] {
			continue
		}
		if _, err := w.Write(event); err != nil {
			return err
		}
	}
}

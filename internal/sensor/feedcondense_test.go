package sensor

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordon/internal/packet"
)

// sumsOf adds up the flows of a stream by their ends.
func sumsOf(told []any) map[condenseKey]toldFlow {
	sums := map[condenseKey]toldFlow{}
	for _, x := range told {
		f, ok := x.(toldFlow)
		if !ok {
			continue
		}
		k := keyOfParts(&f.Flow)
		had := sums[k]
		for i := range f.Packets {
			f.Packets[i] += had.Packets[i]
			f.Bytes[i] += had.Bytes[i]
			f.Payload[i] += had.Payload[i]
			f.Big[i] += had.Big[i]
		}
		f.Seconds += had.Seconds
		f.Again, f.Before = false, 0
		sums[k] = f
	}
	return sums
}

// TestCondense makes fewer records of real captures, which add up to the same.
func TestCondense(t *testing.T) {
	for _, name := range []string{"benign/ndpi/teams.pcap", "iot/iotsentinel-HueBridge/Setup-A-2-STA.pcap", "attack/slips_cc_beacon_1.pcap"} {
		t.Run(name, func(t *testing.T) {
			var out frames
			w := NewFeedWriter(out.emit)
			captureFeed(t, name, w, func() { _ = w.Cut() })
			small, err := Condense(out)
			if err != nil {
				t.Fatal(err)
			}
			var before, after keeper
			if err := errors.Join(readStream(out.stream(), &before), readStream(frames(small).stream(), &after)); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(sumsOf(before.told), sumsOf(after.told), sameTold...); d != "" {
				t.Errorf("before (-), after (+):\n%s", d)
			}
			isFact := func(x any) bool { _, ok := x.(toldFact); return !ok }
			if d := cmp.Diff(slices.DeleteFunc(slices.Clone(before.told), isFact), slices.DeleteFunc(slices.Clone(after.told), isFact), sameTold...); d != "" {
				t.Errorf("facts before (-), after (+):\n%s", d)
			}
			t.Logf("%d records in %d frames of %d bytes; condensed %d in %d of %d", len(before.told), len(out), len(out.stream()),
				len(after.told), len(small), len(frames(small).stream()))
		})
	}
}

// TestCondenseGoesOn keeps a flow that began before and goes on after.
func TestCondenseGoesOn(t *testing.T) {
	var out frames
	w := NewFeedWriter(out.emit)
	part := func(f packet.Flow) {
		w.Flow(&f, "rtsp", "", "")
		_ = w.Cut()
	}
	part(packet.Flow{Again: true, Before: packet.StateAttempt, State: packet.StateMidway, More: true, Packets: [2]uint32{1, 2}})
	part(packet.Flow{Again: true, Before: packet.StateMidway, State: packet.StateAnswered, More: true, Packets: [2]uint32{10, 20}})
	out = append(out, []byte("damaged"))
	small, err := Condense(out)
	if !errors.Is(err, ErrFrame) || len(small) != 1 {
		t.Fatal(len(small), err)
	}
	var got keeper
	if err := ReadFrame(small[0], &got); err != nil {
		t.Fatal(err)
	}
	want := []any{toldFlow{packet.Flow{Again: true, Before: packet.StateAttempt, State: packet.StateAnswered, More: true, Packets: [2]uint32{11, 22}}, "rtsp", "", ""}}
	if d := cmp.Diff(want, got.told, sameTold...); d != "" {
		t.Error(d)
	}
}

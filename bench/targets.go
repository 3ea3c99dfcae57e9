package main

import "fmt"

// The targets, for the default command with every decoder on and JSON written.
const (
	camPackets  = 2e6 // packets per CPU second on camera traffic
	camBits     = 15e9
	hostPackets = 1e6 // with 100,000 hosts
	rivalShare  = 0.5 // of the CPU of ndpiReader in the same run
	memoryBase  = 40 << 20
	memoryFlow  = 500 // bytes more for every flow
	linear      = 2.0 // the cost of a packet in a small file and in a large one
)

// target is one thing to reach.
type target struct {
	capture, want, got string
	met, known         bool // known: it could be measured
}

// judge holds what was measured to the targets.
func judge(all []measured) []target {
	var out []target
	for _, m := range all {
		r, ok := m.of(subject)
		if !ok {
			continue // said among the wrong counts
		}
		cpu := median(r.cpu()).Seconds()
		packets, bits := float64(m.truth.Packets)/cpu, float64(m.truth.Bytes)*8/cpu
		switch m.name {
		case "cam50-1G":
			out = append(out, reach(m.name, "Mpkt", packets/1e6, camPackets/1e6), reach(m.name, "Gbit", bits/1e9, camBits/1e9))
		case "h100k-800M":
			out = append(out, reach(m.name, "Mpkt", packets/1e6, hostPackets/1e6))
		}
		if !m.few {
			out = append(out, share(m, cpu))
		}
		if m.truth.Packets > 0 {
			out = append(out, memory(m, r))
		}
	}
	return append(out, straight(all)...)
}

func reach(capture, unit string, got, want float64) target {
	return target{capture, fmt.Sprintf("at least %g %s per CPU second", want, unit), fmt.Sprintf("%.2f", got), got >= want, true}
}

// share compares with the rival in the same turns.
func share(m measured, cpu float64) target {
	t := target{capture: m.name, want: fmt.Sprintf("at most %g of the CPU of %s", rivalShare, rival), got: "not measured"}
	if r, ok := m.of(rival); ok {
		ratio := cpu / median(r.cpu()).Seconds()
		t.got, t.met, t.known = fmt.Sprintf("%.3f", ratio), ratio <= rivalShare, true
	}
	return t
}

// memory holds the peak to the bound. Every flow of a capture counts as active: the
// captures last two minutes or less (chat1k-small ten), and silence of that length ends none.
func memory(m measured, r result) target {
	bound := memoryBase + memoryFlow*m.truth.Flows
	return target{m.name, fmt.Sprintf("at most 40 MiB + %d B for each of %s flows = %s MiB", memoryFlow, thousands(m.truth.Flows), mebi(bound)),
		mebi(r.peak()) + " MiB", r.peak() <= bound, true}
}

// straight compares the cost of a packet in a file and in one of five times its size,
// of the same kind of traffic, both without the cost of starting.
func straight(all []measured) []target {
	cpu, packets := map[string]float64{}, map[string]float64{}
	for _, m := range all {
		if r, ok := m.of(subject); ok {
			cpu[m.name], packets[m.name] = median(r.cpu()).Seconds(), float64(m.truth.Packets)
		}
	}
	const small, large = "cam10-200M", "cam50-1G"
	if packets[small] == 0 || packets[large] == 0 {
		return nil
	}
	one, other := (cpu[small]-cpu["empty"])/packets[small], (cpu[large]-cpu["empty"])/packets[large]
	ratio := max(one/other, other/one)
	return []target{{
		capture: small + ", " + large,
		want:    fmt.Sprintf("time linear in size: without the start, a packet costs at most %g times as much in one as in the other", linear),
		got:     fmt.Sprintf("%.0f and %.0f ns: %.2f times", one*1e9, other*1e9, ratio),
		met:     one > 0 && other > 0 && ratio <= linear,
		known:   true,
	}}
}

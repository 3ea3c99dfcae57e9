package find

import "cordon"

var zosiProtocol = &Protocol{
	Name:      "zosi",
	Doc:       "Recorder that greets with \"head\": Zosi, Uniden, Q-See, LTS and old Swann badges share it",
	Source:    "kaetemi/sdk_for_zr04rn; nmap service probes, LTS or QSEE DVR video server (the fact only)",
	Transport: TCP,
	Ports:     []uint16{5000, 6036, 9000},
	Kinds:     []cordon.Kind{"zosi.present"},
	// The greeting has 64 bytes and comes before the client's first, which begins "AAAA" (or is not there).
	Detect: func(m *Message) bool {
		return len(m.Reply) >= 64 && hasPrefix(m.Reply, "head") && !printable(m.Reply[:64]) &&
			(len(m.Data) == 0 || hasPrefix(m.Data, "AAAA"))
	},
	Hear:   func(m *Message, emit Emit) { emit(Receiver, "zosi.present", "yes") },
	Enough: func(m *Message) bool { return true },
}

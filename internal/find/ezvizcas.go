package find

import "cordon"

var ezvizCASProtocol = &Protocol{
	Name:      "ezviz-cas",
	Doc:       "EZVIZ / Hik-Connect cloud messages outside TLS",
	Source:    "RenierM26/pyEzvizApi cas.py; an EZVIZ local-decrypt write-up in an unnamed public file",
	Transport: TCP,
	Ports:     []uint16{6500, 8666, 8554, 9010, 9020},
	Kinds:     []cordon.Kind{"ezviz.cas"},
	Detect:    func(m *Message) bool { return len(m.Data) >= 16 && hasPrefix(m.Data, "\x9e\xba\xac\xe9") },
	Hear:      func(m *Message, emit Emit) { emit(Sender, "ezviz.cas", "yes") },
	Enough:    func(m *Message) bool { return true },
}

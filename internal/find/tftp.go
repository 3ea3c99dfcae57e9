package find

import "bytes"

var tftpProtocol = &Protocol{
	Name:      "tftp",
	Doc:       "files fetched or left without any log-in, firmware among them",
	Source:    "RFC 1350 section 5",
	Transport: UDP,
	Ports:     []uint16{69},
	Anywhere:  true, // requests only: a name, a zero, a known mode, a zero
	Always:    true,
	Kinds:     []Kind{"tftp.read", "tftp.write"},
	Detect:    func(m *Message) bool { name, _ := tftpRequest(m.Data); return len(name) > 0 },
	Hear:      hearTFTP,
}

// tftpRequest reads a read (1) or write (2) request: the file's name and the operation.
func tftpRequest(b []byte) (name []byte, op byte) {
	if len(b) < 9 || b[0] != 0 || b[1] != 1 && b[1] != 2 {
		return nil, 0
	}
	name, rest, ok := bytes.Cut(b[2:], zero)
	if !ok || len(name) == 0 || !plainText(name) {
		return nil, 0
	}
	mode, _, ok := bytes.Cut(rest, zero)
	if !ok || !equalFold(mode, "octet") && !equalFold(mode, "netascii") && !equalFold(mode, "mail") {
		return nil, 0
	}
	return name, b[1]
}

var zero = []byte{0}

func hearTFTP(m *Message, emit Emit) {
	switch name, op := tftpRequest(m.Data); op {
	case 1:
		emit(Sender, "tftp.read", string(name))
	case 2:
		emit(Sender, "tftp.write", string(name))
	}
}

package packet

import (
	"bytes"
	"unicode/utf8"
)

// sniffLen is enough for every signature below: a tar file's stands at 257.
const sniffLen = 512

// look is how another kind of file starts.
type look struct {
	at    int
	magic string
	what  string
	fix   string
}

const (
	giveCapture = "give a pcap or pcapng file"
	editcap     = "convert it with: editcap -F pcap IN OUT"
)

// looks are kinds of files that people mistake for captures. Sources: file(1)'s
// magic database; for nfcapd, nfdump's nffile.h (0xA50C); for flow-tools, ftlib.h
// (0xCF10).
var looks = []look{
	{0, "\xfd7zXZ\x00", "is packed with xz", "unpack it first with: xz -d FILE"},
	{0, "BZh", "is packed with bzip2", "unpack it first with: bzip2 -d FILE"},
	{0, "PK\x03\x04", "is a zip archive", "unpack it first with: unzip FILE"},
	{0, "7z\xbc\xaf\x27\x1c", "is a 7-Zip archive", "unpack it first"},
	{0, "Rar!\x1a\x07", "is a RAR archive", "unpack it first"},
	{0, "\x1f\x9d", "is packed with compress", "unpack it first with: gzip -d FILE"},
	{0, "\x1f\x8b", "is packed with gzip twice", "unpack it once with: gzip -d FILE"},
	{0, "\x28\xb5\x2f\xfd", "is packed twice, inside with zstd", "unpack it once first"},
	{0, "\x04\x22\x4d\x18", "is packed twice, inside with lz4", "unpack it once first"},
	{0, "\x02\x21\x4c\x18", "is packed with lz4 in its legacy format", "unpack it first with: lz4 -d FILE"},
	{257, "ustar", "is a tar archive", "unpack it first with: tar -xf FILE"},
	{0, "snoop\x00\x00\x00", "is a Solaris snoop capture", editcap},
	{0, "GMBU", "is a Microsoft Network Monitor capture", editcap},
	{0, "RTSS", "is a Microsoft Network Monitor capture", editcap},
	{0, "TRSNIFF data", "is a Sniffer capture", editcap},
	{0, "btsnoop\x00", "is a Bluetooth capture (btsnoop)", "give a capture of the network"},
	{0, "\x0c\xa5", "is a NetFlow file (nfcapd)", "give the packets: NetFlow files hold none"},
	{0, "\xa5\x0c", "is a NetFlow file (nfcapd)", "give the packets: NetFlow files hold none"},
	{0, "\xcf\x10", "is a NetFlow file (flow-tools)", "give the packets: NetFlow files hold none"},
	{0, "\x7fELF", "is a program (ELF)", giveCapture},
	{0, "MZ", "is a Windows program", giveCapture},
	{0, "\x89PNG\r\n\x1a\n", "is a PNG image", giveCapture},
	{0, "\xff\xd8\xff", "is a JPEG image", giveCapture},
	{0, "GIF8", "is a GIF image", giveCapture},
	{0, "%PDF-", "is a PDF document", giveCapture},
	{0, "SQLite format 3\x00", "is an SQLite database", giveCapture},
	{4, "ftyp", "is an MP4 video", giveCapture},
	{0, "RIFF", "is an AVI or WAV file", giveCapture},
}

// notCapture says what the file looks like.
func (r *Reader) notCapture(head []byte) error {
	what, fix := looksLike(head)
	if r.tap != nil {
		what = "what the " + r.info.Compression + " file holds " + what
	} else {
		what = "the file " + what
	}
	return r.fail(ErrNotCapture, what, fix)
}

func looksLike(head []byte) (what, fix string) {
	for _, l := range looks {
		if len(head) > l.at && bytes.HasPrefix(head[l.at:], []byte(l.magic)) {
			return l.what + ", not a capture", l.fix
		}
	}
	switch text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))); {
	case len(bytes.Trim(head, "\x00")) == 0:
		return "starts with nothing but zero bytes", "the copy or the disk failed: record or copy it again"
	case !isText(head):
		return "is of a kind that is not known", giveCapture
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		return "is JSON, not a capture", giveCapture
	case len(text) > 0 && text[0] == '<':
		return "is HTML or XML, not a capture", "check the download; " + giveCapture
	}
	return "is text, not a capture", "record packets with: tcpdump -w FILE"
}

// isText takes UTF-8 without control characters, possibly cut inside a character, and
// UTF-16 that says so.
func isText(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return true
	}
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c == utf8.RuneError && n == 1 {
			return !utf8.FullRune(b)
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			return false
		}
		b = b[n:]
	}
	return true
}

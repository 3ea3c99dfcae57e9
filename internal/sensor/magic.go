package sensor

import (
	"bytes"
	"path"
	"strings"
)

// firmwareTypes are the content types under which firmware, programs and archives are
// served (IANA media types, and the unregistered ones that web servers ship with).
var firmwareTypes = map[string]bool{
	"application/octet-stream": true, "binary/octet-stream": true, "application/x-binary": true, "application/macbinary": true,
	"application/zip": true, "application/x-zip-compressed": true, "application/gzip": true, "application/x-gzip": true,
	"application/x-tar": true, "application/x-gtar": true, "application/x-bzip2": true, "application/x-xz": true,
	"application/x-7z-compressed": true, "application/x-sh": true, "application/x-executable": true, "application/x-firmware": true,
	"application/vnd.android.package-archive": true, "application/x-msdownload": true, "application/vnd.microsoft.portable-executable": true,
}

// firmwareEndings are endings of firmware, update and program files.
var firmwareEndings = map[string]bool{
	".bin": true, ".img": true, ".dav": true, ".pak": true, ".rom": true, ".fw": true, ".ubi": true, ".squashfs": true, ".tar": true,
	".tgz": true, ".gz": true, ".zip": true, ".sh": true, ".elf": true, ".upg": true, ".pkg": true, ".rar": true, ".7z": true,
	".hex": true, ".ota": true, ".exe": true, ".cab": true, ".apk": true, ".deb": true, ".rpm": true, ".ipk": true, ".xz": true, ".lzma": true,
}

func firmwareName(url string) bool {
	url = strings.TrimSuffix(url, "?…")
	return firmwareEndings[strings.ToLower(path.Ext(url))]
}

// magics are how firmware and programs begin, whatever they are called.
var magics = []struct {
	at    int
	bytes string
}{
	{0, "\x7FELF"},              // System V ABI
	{0, "MZ"},                   // PE
	{0, "#!/"},                  // a script
	{0, "PK\x03\x04"},           // zip, APPNOTE 4.3.7
	{0, "\x1F\x8B\x08"},         // gzip, RFC 1952
	{0, "BZh"},                  // bzip2
	{0, "\xFD7zXZ\x00"},         // xz
	{0, "7z\xBC\xAF\x27\x1C"},   // 7-Zip
	{0, "Rar!\x1A\x07"},         // RAR
	{0, "MSCF\x00\x00\x00\x00"}, // Microsoft cabinet, [MS-CAB] 2.1
	{0, "\x27\x05\x19\x56"},     // U-Boot legacy image, include/image.h IH_MAGIC
	{0, "\xD0\x0D\xFE\xED"},     // flattened device tree (U-Boot FIT), devicetree specification 5.2
	{0, "hsqs"}, {0, "sqsh"},    // squashfs, both byte orders
	{0, "UBI#"}, {0, "UBI!"}, // UBI volumes, drivers/mtd/ubi/ubi-media.h
	{0, "\x45\x3D\xCD\x28"}, // cramfs, little-endian
	{0, "\x28\xCD\x3D\x45"}, // cramfs, big-endian
	{0, "\x85\x19\x03\x20"}, // JFFS2, little-endian
	{0, "DH\x03\x04"},       // Dahua's zip (public firmware unpackers)
	{257, "ustar"},          // tar, POSIX.1-1988
}

// magicBytes is how much of a body is waited for before it counts as none of these.
const magicBytes = 512

// firmware reports whether a body's beginning gives it away. A gzip content coding says
// nothing of what is inside.
func firmware(start []byte, b *webBody) bool {
	if b.chunked {
		start = dechunk(start[:min(len(start), 2*magicBytes)])
	}
	if !b.plain || len(start) < 4 {
		return false
	}
	for _, m := range magics {
		if len(start) >= m.at+len(m.bytes) && bytes.Equal(start[m.at:m.at+len(m.bytes)], []byte(m.bytes)) {
			return true
		}
	}
	return false
}

package watch

import (
	"strconv"
	"strings"

	"cordon"
)

// updateLeast is the least size of a fetched file that counts as firmware: the smallest images
// of cameras are some hundred kilobytes, and lists of versions a few.
const updateLeast = 64 << 10

var updateWitnessed = &Live{
	Code: "update-witnessed", FarEnds: true, Severity: cordon.Medium,
	Doc:   "the device fetched what looks like firmware, in the clear",
	Fix:   "Compare the file's SHA-256 with what the maker publishes (keep files with --carve); if you did not start it, find out who did.",
	Rests: "a file named like firmware, by TFTP, or of 64 KiB or more by HTTP; or a carved file of such a name",
	Heeds: cordon.Suspect,
	Fact: func(t *turn, o *cordon.Observation) {
		file, line := fetched(o)
		if file == "" {
			return
		}
		if t.kept.Updates == nil {
			t.kept.Updates = &circle{}
		}
		if !t.kept.Updates.meet(string(o.Kind)+" "+o.Value, t.now.Unix(), t.kept.Born).first {
			return
		}
		t.say(t.finding(cordon.Medium, file, "It fetched what looks like firmware: "+file, line))
	},
}

// fetched reads a fact of a fetched file; file is empty for one that is not like firmware.
func fetched(o *cordon.Observation) (file, line string) {
	words := strings.Fields(o.Value)
	switch {
	case len(words) == 0:
		return "", ""
	case o.Kind == "tftp.read" || o.Kind == "tftp.write":
		// What is asked for by TFTP is firmware or a set-up: at start, by name.
		if file = base(o.Value); !likeFirmware(file, file) {
			return "", ""
		}
		return file, "asked for by TFTP: " + o.Value
	case o.Kind == "http.download" && len(words) > 1:
		if n, err := strconv.ParseUint(words[1], 10, 64); err != nil || n < updateLeast {
			return "", ""
		}
		file, line = words[0], "fetched by HTTP: "+o.Value
	case o.Kind == "carved.sha256" && len(words) > 2:
		file, line = words[2], "kept, SHA-256 "+words[0]+", "+words[1]+" bytes, from "+words[2]
	default:
		return "", ""
	}
	whole := file
	if file = base(file); !likeFirmware(file, whole) {
		return "", ""
	}
	return file, line
}

// base gives the last part of a path without a query, at most maxID bytes.
func base(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path = path[strings.LastIndexAny(path, "/\\")+1:]
	return path[:min(len(path), maxID)]
}

// firmwareEnds are file names of firmware images: Hikvision's .dav, Dahua's and TP-Link's .bin,
// Reolink's .pak and .paks, Ubiquiti's and D-Link's .bin, Xiongmai's and Raspberry's .img, OpenWrt's .trx and
// .chk, TVT's and Uniview's .rom and .fw; the archives need to say more in their name or path.
var firmwareEnds = []string{".dav", ".pak", ".paks", ".bin", ".img", ".rom", ".fw", ".trx", ".chk", ".ubi", ".squashfs"}

func likeFirmware(file, path string) bool {
	file, path = strings.ToLower(file), strings.ToLower(path)
	for _, end := range firmwareEnds {
		if strings.HasSuffix(file, end) {
			return true
		}
	}
	for _, word := range []string{"firmware", "/fw/", "upgrade", "sysupgrade", "_ota", "/ota/"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

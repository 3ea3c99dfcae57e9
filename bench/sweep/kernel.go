package main

import (
	"encoding/binary"
	"net"
	"time"
)

func interfaceIndex(name string) (int, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	return i.Index, nil
}

// timespec reads two 64-bit numbers in the machine's own order, as 64-bit Linux has them.
func timespec(b []byte) (time.Time, bool) {
	if len(b) < 16 {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.NativeEndian.Uint64(b)), int64(binary.NativeEndian.Uint64(b[8:]))), true
}

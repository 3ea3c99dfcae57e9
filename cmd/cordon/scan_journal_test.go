package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// place is a network of two loopback hosts and a port of theirs that are this test's alone.
func place(t *testing.T) (one, two net.Listener, network string) {
	t.Helper()
	for n := range 200 {
		net24 := fmt.Sprintf("127.%d.%d", 100+(os.Getpid()+n)%100, os.Getpid()%250)
		a, err := net.Listen("tcp", net24+".1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := a.Addr().(*net.TCPAddr).Port
		if b, err := net.Listen("tcp", net24+".2:"+strconv.Itoa(port)); err == nil {
			return a, b, net24 + ".0/30"
		}
		a.Close()
	}
	t.Fatal("no place on the loopback")
	return nil, nil, ""
}

// host serves a listener until the test ends, and counts its connections.
func host(t *testing.T, l net.Listener, serve func(net.Conn)) *atomic.Int32 {
	t.Helper()
	var served atomic.Int32
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			served.Add(1)
			open.Go(func() { defer c.Close(); serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return &served
}

// A scan that was killed is gone on with: who was asked to the end is not asked again, and nothing is left.
func TestScanKilledGoesOn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, dir)
	}
	quick, stuck, network := place(t)
	offset := quick.Addr().(*net.TCPAddr).Port - 80
	first := host(t, quick, func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nServer: DNVRS-Webs\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		}
	})
	hold := make(chan struct{})
	host(t, stuck, func(net.Conn) { <-hold })
	args := []string{"scan", "--quiet", "--fast", "--format", "json", "--fail-on", "never", "--ports", "80", "--port-offset", strconv.Itoa(offset), network}

	part := killedAfter(t, dir, `"done":"`+strings.TrimSuffix(network, "0/30")+`1"`, args)
	before := first.Load()
	close(hold)
	var out, errs bytes.Buffer
	if code := run(context.Background(), append(args, "--resume"), strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if got := first.Load() - before; got > 1 { // the sweep's look whether it is still there
		t.Errorf("who was asked to the end was connected to %d times more", got)
	}
	if !strings.Contains(out.String(), `"key":"hikvision"`) || !strings.Contains(out.String(), `"alive":2`) {
		t.Errorf("what was learned before is not in the report: %s", out.String())
	}
	if files, _ := filepath.Glob(filepath.Dir(part) + "/scan-*"); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}

// killedAfter runs cordon in a process that is killed once its journal says something, and cuts the journal's end.
func killedAfter(t *testing.T, cache, says string, args []string) (part string) {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Args[0] = "cordon" // see TestMain
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		parts, _ := filepath.Glob(filepath.Join(cache, "cordon", "scan-*.part"))
		if len(parts) != 1 {
			continue
		}
		if b, err := os.ReadFile(parts[0]); err == nil && bytes.Contains(b, []byte(says)) {
			var out, errs bytes.Buffer
			if code := run(context.Background(), append(args, "--resume"), strings.NewReader(""), &out, &errs); code != exitFailed || !strings.Contains(errs.String(), "still under way") {
				t.Errorf("gone on with while it is under way: exit code %d: %s", code, errs.String())
			}
			c.Process.Kill()
			c.Wait()
			cutShort(t, parts[0])
			return parts[0]
		}
	}
	t.Fatalf("the journal never said %s: %s", says, errs.String())
	return ""
}

// cutShort adds half a line, as a kill in mid-write leaves it.
func cutShort(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(`{"fact":{"at":"2026-11-2`); err != nil {
		t.Fatal(err)
	}
}

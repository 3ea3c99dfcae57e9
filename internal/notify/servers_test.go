package notify

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon"
)

// authority is a certificate of 127.0.0.1 that vouches for itself, as files and as PEM.
type authority struct {
	pem, cert, key string // the certificate; the two files
	pair           tls.Certificate
}

func newAuthority(t *testing.T, dir string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}
	certPEM, keyPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
	a.pem = string(certPEM)
	for name, b := range map[string][]byte{a.cert: certPEM, a.key: keyPEM} {
		if err := os.WriteFile(name, b, 0o644); err != nil { // servers give up root before they read it
			t.Fatal(err)
		}
	}
	if a.pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return a
}

// openDir is a directory that a server which gives up root may enter.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "notify")
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// freePorts are ports that nobody listens on now.
func freePorts(t *testing.T, n int) (out []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		out = append(out, port)
	}
	return out
}

// program gives a server's program, or skips the test.
func program(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = "/usr/sbin/" + name
		if _, err := os.Stat(path); err != nil {
			t.Skipf("no %s here: apt install %s, or make test-notify", name, pkg)
		}
	}
	return path
}

// server runs a program for the test, until it answers on its ports.
func server(t *testing.T, ports []string, name string, args ...string) {
	t.Helper()
	var said bytes.Buffer
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s said: %s", name, said.String())
		}
	})
	for _, port := range ports {
		within(t, name+" on "+port, func() bool {
			conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
}

// within looks again and again until something holds, for 15 seconds at most.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !holds(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 15 seconds: %s", what)
		}
	}
}

// alarmMessage is a message about one alarm, with texts as a hostile device may give them.
func alarmMessage(code, title string) *Message {
	now := time.Date(2026, 3, 2, 9, 1, 30, 123456000, time.UTC)
	m := &Message{ID: newID(), Kind: "alarm", Made: now, From: "box.example"}
	a := cordon.Alarm{Finding: cordon.Finding{Code: code, Device: "d1", Severity: cordon.High, Title: title, Detail: "de=tail|x\\y", Fix: "fix", First: now, Last: now}, Site: "ha]ll\"", ID: 7, Changed: now, Count: 1}
	m.add(Entry{What: cordon.AlarmIsRaised, Alarm: a, Device: Who{ID: "d1", Address: "192.168.8.21", MAC: "02:00:5e:10:00:01", Maker: "Example Works", Class: "camera", Name: "cam"}})
	m.write()
	return m
}

// sinkOf opens a sink as a channel would.
func sinkOf(t *testing.T, kind string, s Settings, sec secrets) Sink {
	t.Helper()
	k := kindOf(kind)
	if err := k.checkSettings(&s, sec); err != nil {
		t.Fatal(err)
	}
	out, err := k.open(&opening{Settings: &s, secrets: sec, name: "test", instance: "0badcafe", host: "box.example", version: "1", dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// deliver sends messages, which has to work.
func deliver(t *testing.T, s Sink, messages ...*Message) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done, said, err := s.Deliver(ctx, messages)
	if err != nil || done != len(messages) {
		t.Fatalf("%d delivered: %v", done, err)
	}
	return said
}

// wantError holds an error to having words in it.
func wantError(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got error %v, want one with %q", err, words)
	}
}

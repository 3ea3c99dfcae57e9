package labtest

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
)

// databaseControl is the program that stops and starts the database (tools/with-postgres), and
// for tests a socket behind which it is run: it knows the server by its process, which those
// with process numbers of their own do not see.
const databaseControl = "CORDON_POSTGRES_CTL"

// serveControl runs the program outside for tests that ask on a socket. Without one it does nothing.
func serveControl(socket string) error {
	program := os.Getenv(databaseControl)
	if program == "" {
		return nil
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			word := make([]byte, 16)
			n, _ := c.Read(word)
			out, err := exec.Command(program, string(word[:n])).CombinedOutput()
			if err != nil {
				fmt.Fprintf(c, "%v: %s", err, out)
			}
			c.Close()
		}
	}()
	return nil
}

// control has the database stopped or started.
func control(word string) error {
	c, err := net.Dial("unix", os.Getenv(databaseControl))
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, word); err != nil {
		return err
	}
	said, err := io.ReadAll(c)
	if err == nil && len(said) > 0 {
		err = fmt.Errorf("%s: %s", word, strings.TrimSpace(string(said)))
	}
	return err
}

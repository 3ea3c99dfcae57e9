package main

import (
	"context"
	"io"
	"net"
	"sync"

	"cordon/e2e/lab"
)

// demoPage is where the page of the demo is, unless somebody else has the port: then any other.
const demoPage = "127.0.0.1:8443"

// way lets a browser of this machine reach the page of the demo, which is in the network of the
// lab: it listens here, and passes connections on to the same address there.
func (c *demoCmd) way() (net.Listener, error) {
	st, err := labName{demoLab}.status()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", demoPage)
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			go passOn(st, conn, l.Addr().String())
		}
	}()
	return l, nil
}

// passOn joins a connection with one from inside the lab, until either side ends it.
func passOn(st lab.Status, here net.Conn, address string) {
	defer here.Close()
	there, err := st.Dial(context.Background(), "tcp", address)
	if err != nil {
		return // not up yet, or down again: the browser says so
	}
	defer there.Close()
	var both sync.WaitGroup
	both.Go(func() {
		io.Copy(there, here)
		there.(*net.TCPConn).CloseWrite()
	})
	both.Go(func() {
		io.Copy(here, there)
		here.(*net.TCPConn).CloseWrite()
	})
	both.Wait()
}

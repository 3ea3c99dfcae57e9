package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/thejerf/suture/v4"
)

// What the application may ask of the keeper, a line each on its pipe. It takes nothing else
// from it: what is to be done stands in files that the keeper reads itself.
const (
	orderScan  = "scan"  // with the name of a site
	orderAgain = "again" // the configuration is another; with the names of sites to be scanned by it, colons between them
)

// orders reads what the application asks for.
type orders struct {
	from   io.ReadCloser
	scan   func(site string)
	again  func(scan []string)
	stderr io.Writer
}

// String names the part in messages.
func (o *orders) String() string { return "orders" }

// Serve implements suture.Service: it runs until the application is gone for good or ctx is
// done.
func (o *orders) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { o.from.Close() })
	defer stop()
	lines := bufio.NewScanner(o.from)
	for lines.Scan() {
		switch word, rest, _ := strings.Cut(lines.Text(), " "); word {
		case orderScan:
			o.scan(rest)
		case orderAgain:
			o.again(strings.FieldsFunc(rest, func(r rune) bool { return r == ':' }))
		default:
			fmt.Fprintf(o.stderr, "cordon: the application asks for %q, which nobody understands\n", word)
		}
	}
	return suture.ErrDoNotRestart
}

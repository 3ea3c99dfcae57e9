package lab

import (
	"io"
	"log"
)

// quiet swallows what net/http says of clients that misbehave: here they are meant to.
var quiet = log.New(io.Discard, "", 0)

package knowledge

import (
	"embed"
	"sync"
)

// Data is this package's own data: the layer that every Load begins with.
//
//go:embed VERSION pending.csv *.toml makers clouds passwords lists weaknesses firmware/*.csv
var Data embed.FS

// Embedded gives the Base of the program's own data. It is loaded once and shared.
var Embedded = sync.OnceValues(func() (*Base, error) { return Load(Data) })

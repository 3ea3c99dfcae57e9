package store

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys are the keys of a map, upwards.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

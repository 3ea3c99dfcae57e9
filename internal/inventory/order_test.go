package inventory

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"cordon"
)

// Permuting in place must be the same as sorting copies, for every kind of cycle.
func TestPermute(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		ds := make([]cordon.Audited, n)
		order := make([]int32, n)
		for i, v := range r.Perm(n) {
			ds[i].ID = strconv.Itoa(i)
			order[i] = int32(v)
		}
		var want []string
		for _, v := range order {
			want = append(want, strconv.Itoa(int(v)))
		}
		permute(ds, order)
		var got []string
		for i := range ds {
			got = append(got, ds[i].ID)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("permute of %d: got %v, want %v", n, got, want)
		}
	}
}

package lab

import (
	"reflect"
	"testing"

	"cordon/specimens"
)

func TestBuildEveryModel(t *testing.T) {
	all, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		ds, err := Build(all, seed)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, d := range ds {
			if again := device(t, all[i], seed); !reflect.DeepEqual(d.Truth(), again.Truth()) {
				t.Errorf("seed %d: %s differs from itself: %+v and %+v", seed, d.Name(), d.Truth(), again.Truth())
			}
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	m := model(t, "hikvision-dome")
	serials := map[string]bool{}
	for seed := range uint64(50) {
		serials[device(t, m, seed).Truth().Serial] = true
	}
	if len(serials) < 50 {
		t.Errorf("50 seeds gave %d serials", len(serials))
	}
}

func TestEveryModelStarts(t *testing.T) {
	all, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	ds, err := Build(all, 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		t.Run(d.Name(), func(t *testing.T) { running(t, d) })
	}
}

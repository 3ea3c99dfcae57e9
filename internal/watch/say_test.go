package watch

import (
	"testing"

	"cordon"
	"cordon/knowledge"
)

func TestPeriod(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0 seconds", 2.2: "2.2 seconds", 30: "30 seconds", 59.6: "59.6 seconds", 59.97: "1 min", 60: "1 min", 90: "1 min 30 s", 600: "10 min",
		3600: "1 h", 16363: "4 h 32 min", 47.9 * 3600: "47 h 54 min", 72 * 3600: "3 days",
	} {
		if got := period(seconds); got != want {
			t.Errorf("%v: %q, want %q", seconds, got, want)
		}
	}
}

type rents struct{ know }

func (rents) Cloud(name string) (*knowledge.Cloud, bool) {
	return &knowledge.Cloud{Domain: name, Operator: "Landlord", Country: "US", Purpose: []string{"cloud storage"}, Source: "made up", Confidence: "high"}, true
}

// Who rents out a server is not who runs what is on it: nobody is told that the landlord can reach in.
func TestRentedServersAreNobodysCloud(t *testing.T) {
	in := In{Know: rents{}, Seen: fact("tls.sni", "bucket.landlord.example"), Device: &cordon.Device{Identity: cordon.Identity{Class: cordon.Belief{Value: cam}}}}
	got := cloud.Judge(&in, cloud)
	if len(got) != 1 || got[0].Severity != cordon.Low || got[0].Title != "It uses rented servers of Landlord, registered in US" || got[0].Fix == cloud.Fix {
		t.Errorf("%+v", got)
	}
}

package labtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/e2e/lab"
)

// put sends JSON to the API, and waits for whoever is started anew behind the answer.
func (l *Live) put(path string, what any) {
	l.t.Helper()
	b, err := json.Marshal(what)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPut, "http://localhost"+path, bytes.NewReader(b))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	a, err := l.client.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer a.Body.Close()
	if said, _ := io.ReadAll(a.Body); a.StatusCode != http.StatusOK {
		l.t.Fatalf("PUT %s: %s: %s", path, a.Status, said)
	}
}

// asked is Get for as long as nobody may answer: Cordon is being started anew.
func (l *Live) asked(path string) string {
	r, err := l.client.Get("http://localhost" + path)
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	return string(b)
}

// hearing are the ways in that are up.
func (l *Live) hearing() (names []string) {
	var all struct {
		Items []cordon.SensorState `json:"items"`
	}
	if json.Unmarshal([]byte(l.asked("/v1/sensors")), &all) != nil {
		return nil
	}
	for _, s := range all.Items {
		if s.Up {
			names = append(names, s.Name)
		}
	}
	return names
}

// A Cordon that nobody has configured is told over the API what is the owner's: the network that
// it proposes, the mirror port that it found. It listens and scans at once, and follows to
// another interface; what it knows stays.
func TestLiveSettings(t *testing.T) {
	Need(t)
	st := Up(t, "--seed=11", "--mirror", "--apart")
	l := Prepare(t, st)
	bare := "data = " + quoted(l.dir, "data") + "\nsocket = " + quoted(l.dir, "cordon.sock") + "\npage.listen = \"127.0.0.1:0\"\n"
	if err := os.WriteFile(l.Config(), []byte(bare), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Stop)
	l.Start()

	var setup struct {
		Interfaces []struct {
			Name   string
			Mirror bool
		}
	}
	l.Get("/v1/setup", &setup)
	mirror, other := "", ""
	for _, i := range setup.Interfaces {
		if i.Name == lab.MirrorPort {
			mirror = i.Name
			if !i.Mirror {
				t.Errorf("%s does not look like a mirror port: %+v", i.Name, i)
			}
		} else if !i.Mirror {
			other = i.Name
		}
	}
	if mirror == "" || other == "" {
		t.Fatalf("interfaces: %+v", setup.Interfaces)
	}
	var chosen map[string]any
	l.Get("/v1/settings", &chosen)
	site := map[string]any{"name": "lab", "networks": st.Networks, "interfaces": []string{mirror}}
	chosen["sites"] = []any{site}
	l.put("/v1/settings?scan=true", chosen)
	l.Until("the sensor on "+mirror, 30*time.Second, func() bool { return slices.Equal(l.hearing(), []string{"lab:" + mirror}) })
	l.Until("word of how far the scan is", 30*time.Second, func() bool { return strings.Contains(l.asked("/v1/scans"), `"of":`) })

	site["interfaces"] = []string{other} // while the scan is under way, which goes on
	l.put("/v1/settings", chosen)
	l.Until("the sensor on "+other+" alone", 30*time.Second, func() bool { return slices.Equal(l.hearing(), []string{"lab:" + other}) })
	l.Until("Cordon to be ready", 30*time.Second, l.Ready)
	l.scanned()
	if got := len(l.audited()); got < len(st.Devices)/2 {
		t.Errorf("after the scan %d devices are known, of %d; it said:\n%s", got, len(st.Devices), l.said)
	}
}

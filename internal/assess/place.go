package assess

import (
	"fmt"
	"strings"

	"cordon"
)

// sensitivePlaces are words by which a room, or what a device looks at, is known for one where
// a stranger's eye or ear does more harm, with what happens there. They are looked for in
// inventories, in English, German, French and Spanish, at the beginning of a word.
var sensitivePlaces = []struct {
	what  string
	words string
}{
	{"people undress there", "toilet restroom washroom bathroom wc locker changing shower sauna fitting umkleide dusche toilette vestiaire douche vestuario ducha baño"},
	{"people sleep or live there", "bedroom dormitory dorm sleeping guestroom hotelroom resident nursery schlaf wohn chambre dortoir dormitorio"},
	{"people are treated there", "patient ward treatment clinic surgery operating icu medical therapy behandlung praxis station soins hôpital quirófano consulta"},
	{"children are there", "child kids kindergarten daycare school classroom playground kita krippe schule enfant crèche école niños escuela guardería"},
	{"people speak in confidence there", "boardroom meeting conference interview counsel confession court union negotiation besprech sitzung konferenz vorstand beratung réunion conseil reunión junta"},
	{"secrets are shown or typed there", "server datacenter datacentre control vault safe cash pin atm till desk screen keyboard whiteboard lab archive hr serverraum leitstelle tresor kasse bildschirm labor caisse coffre écran laboratoire caja pantalla laboratorio"},
	{"the inventory calls it sensitive", "sensitive restricted secret confidential high private sensibel vertraulich geheim hoch sensible secreto confidencial"},
}

// sensitive says why a stranger's eye does more harm where the claim places a device, and by
// which word; both are empty where it says nothing of that kind.
func sensitive(c *cordon.Claim) (why, where string) {
	if c == nil {
		return "", ""
	}
	for _, text := range []string{c.Room, c.Views} {
		words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" -_/,.;:()[]\t", r) })
		for _, p := range sensitivePlaces {
			for known := range strings.FieldsSeq(p.words) {
				for _, w := range words {
					if w == known || len(known) >= 4 && strings.HasPrefix(w, known) {
						return p.what, text
					}
				}
			}
		}
	}
	return "", ""
}

// steps are the severities that a place raises, and to what.
var steps = map[cordon.Severity]cordon.Severity{cordon.Low: cordon.Medium, cordon.Medium: cordon.High, cordon.High: cordon.Critical}

// questions are findings that only ask: where a thing stands makes them no surer.
var questions = map[string]bool{maybeListed.Code: true, maybeWeak.Code: true, oldFirmware.Code: true}

// Place raises the severity of findings by one step where the owner's inventory places their
// device in a sensitive room, and writes the arithmetic into each. Devices that neither see
// nor hear are left alone, as is what is information only, or only asks.
func Place(in In, fs []cordon.Finding) {
	why, where := sensitive(in.Claim)
	if why == "" || !cordon.Watches(in.class()) {
		return
	}
	for i := range fs {
		f := &fs[i]
		more := steps[f.Severity]
		if more == "" || questions[f.Code] {
			continue
		}
		f.Detail += fmt.Sprintf(" Severity: %s by itself, one step more for where it stands (%q on line %d of the inventory: %s): %s.", f.Severity, where, in.Claim.Line, why, more)
		f.Title += " (" + string(f.Severity) + ", raised to " + string(more) + " for where it stands)"
		f.Severity = more
	}
}

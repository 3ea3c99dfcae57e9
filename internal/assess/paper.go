package assess

import (
	"fmt"
	"regexp"
	"strings"
)

// An FCC ID is a grantee code and a product code of up to 14 characters. A grantee code
// that begins with a letter has three characters, one that begins with a digit five
// (47 CFR 2.926; KDB 204515).
var (
	fccLabelled = regexp.MustCompile(`(?i)\bFCC[\s-]*(?:ID)?[\s:#-]*((?:[A-Z][A-Z0-9]{2}|[2-9][A-Z0-9]{4})-?[A-Z0-9-]{1,14})\b`)
	fccBare     = regexp.MustCompile(`^(?:[A-Z][A-Z0-9]{2}|[2-9][A-Z0-9]{4})-?[A-Z0-9-]{1,14}$`)
)

// FCCID finds an FCC ID in a certificate cell and parts it. ok is false when there is
// none: a cell without the letters "FCC" must be an FCC ID as a whole, with a digit in it.
func FCCID(text string) (grantee, product string, ok bool) {
	id := ""
	if m := fccLabelled.FindStringSubmatch(text); m != nil {
		id = strings.ToUpper(m[1])
	} else if s := strings.ToUpper(strings.TrimSpace(text)); fccBare.MatchString(s) && strings.ContainsAny(s, "0123456789") {
		id = s
	}
	if id == "" || !strings.ContainsAny(id, "0123456789") && !strings.Contains(id, "-") {
		return "", "", false
	}
	n := 3
	if id[0] >= '0' && id[0] <= '9' {
		n = 5
	}
	return id[:n], strings.TrimPrefix(id[n:], "-"), true
}

// certificate says what an FCC ID on the line is good for. Who holds a grantee code is in
// the FCC's public database, which this program does not hold: it says where to look.
func (v *Vetted) certificate() {
	grantee, product, ok := FCCID(v.Certificate)
	if !ok {
		return
	}
	v.Notes = append(v.Notes, fmt.Sprintf("FCC ID %s-%s: the grantee code %s names who was granted the authorisation, often the real maker; look it up at fcc.gov/oet/ea/fccid and read the grantee, the internal photos and the date (since 2023 new grants to covered makers are refused; 47 CFR 2.903)", grantee, product, grantee))
}

// claims notes words in the quote that are no evidence, and cells that are no plain text.
func (v *Vetted) claims() {
	low := strings.ToLower(v.Certificate + " " + v.Model)
	for _, word := range []string{"ndaa", "taa"} {
		if strings.Contains(low, word) {
			v.Notes = append(v.Notes, strings.ToUpper(word)+" is the seller's claim on this line: it counts when it is signed, for this model and hardware revision")
		}
	}
	for _, cell := range []string{v.Brand, v.Model, v.Certificate, v.Supplier} {
		if cell != "" && strings.ContainsRune("=@", rune(cell[0])) {
			v.Notes = append(v.Notes, fmt.Sprintf("line %d: a cell begins like a spreadsheet formula; it was read as text", v.Line))
			break
		}
	}
}

// plainQuestions are asked of every supplier, whoever the maker is.
var plainQuestions = []string{
	"Which cloud or P2P servers does it contact, run by whom and in which country? Can it work with all of them off, without an account?",
	"Are firmware updates signed and checked by the device? Until what date are security updates promised for this model, in writing?",
	"Does each unit have its own password, or must one be set before it works?",
	"Is there a software bill of materials (SBOM) for the firmware, and a contact for reports of vulnerabilities?",
}

// questions fits what to ask to what was found: who built it first.
func (v *Vetted) questions() {
	ask := []string{"Which company built the main board, which wrote the firmware, and who made the system-on-chip of this exact model? In writing, please."}
	if names := v.candidates(); len(names) > 1 {
		ask[0] = fmt.Sprintf("Which of %s built the main board and the firmware of this exact model, or which other company? Who made the system-on-chip? In writing, please.", strings.Join(names, ", "))
	}
	made, us := map[string]bool{}, false
	for _, l := range v.Lists {
		if !l.Counts {
			continue
		}
		made[l.Maker] = true
		us = us || strings.HasPrefix(l.List, "us-")
	}
	for _, m := range v.Makers {
		if made[m.Name] {
			ask = append(ask, fmt.Sprintf("Will you sign that neither the product nor its firmware, modules or chips come from %s or a company of that group?", m.Name))
		}
	}
	if us {
		ask = append(ask, "Will you give, for this model and hardware revision, the statement under NDAA section 889 (FAR 52.204-25) and that it is not covered equipment under 47 CFR 1.50002?")
	}
	if _, _, ok := FCCID(v.Certificate); !ok && us {
		ask = append(ask, "What is its FCC ID? (It stands on the label; its first part leads to who applied for it.)")
	}
	v.Questions = append(ask, plainQuestions...)
}

// candidates names the makers that are more than a question, at most four.
func (v *Vetted) candidates() []string {
	var out []string
	for _, m := range v.Makers {
		if m.Chance >= possibleFrom && len(out) < 4 {
			out = append(out, m.Name)
		}
	}
	return out
}

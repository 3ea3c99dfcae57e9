package assess

import (
	"regexp"
	"testing"
)

// readReferences are the laws and standards that texts for owners name, and what was read to be sure
// that they say so. Naming another one wants the same.
var readReferences = map[string]string{
	"RFC 4251":             "its abstract; O'Reilly's SSH book, chapter Inside SSH-2: the IETF's documents are of version 2, and version 1 has weaknesses that cannot be mended",
	"RFC 6176":             "abstract: TLS never negotiates SSL 2.0",
	"RFC 7568":             "abstract: SSL 3.0 must not be used",
	"RFC 8996":             "abstract: deprecates TLS 1.0 and 1.1",
	"RFC 9155":             "abstract: deprecates MD5 and SHA-1 in signatures of TLS 1.2",
	"SP 800-131A":          "RFC 8332 as an issue of paramiko's quotes it (1024-bit RSA and SHA-1 for signing disallowed), and IBM's page on the mode of that name (2048 bits or more)",
	"articles 6 and 9":     "GDPR article 9(1) as several pages quote it; a university's page on article 6 needing article 9 beside it; a catalogue of the UK GDPR's articles",
	"Regulation 2024/1689": "recital 30 in the Official Journal's text, article 5(1)(g) as quoted by a law firm",
	"article 5":            "the same",
}

func TestReferencesWereRead(t *testing.T) {
	named := regexp.MustCompile(`RFC \d+|SP 800-\w+|Regulation \d+/\d+|articles? \d+( and \d+)?`)
	seen := map[string]bool{}
	for _, c := range checkCases {
		for _, f := range Device(c.in()) {
			for _, text := range append([]string{f.Title, f.Detail, f.Fix}, f.Evidence...) {
				for _, r := range named.FindAllString(text, -1) {
					if seen[r] = true; readReferences[r] == "" {
						t.Errorf("%s names %s, which nobody says to have read", f.Code, r)
					}
				}
			}
		}
	}
	for r := range readReferences {
		if !seen[r] {
			t.Errorf("%s is named no more", r)
		}
	}
}

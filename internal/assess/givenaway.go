package assess

import "cordon"

// givenAway are the kinds of fact that say that an answer to anybody's question carried a secret in
// the clear, and what the secret is. Of the secret itself nothing is kept.
var givenAway = map[cordon.Kind]string{
	"miio.token":          "the key that its app's commands are encrypted with, in its answer to a hello (miIO)",
	"vstarcam.ddns_login": "name and password of a DDNS account, in its answer to a search (VStarcam)",
}

var secretGiven = &Check{
	Code:  "secret-given-away",
	Doc:   "it tells a key or password to anybody on its network who asks",
	Fix:   "Update its firmware and bind it to an account of its own app; change the password that it told, wherever else that is used; keep it on a network of its own.",
	Kinds: []cordon.Kind{"miio.token", "vstarcam.ddns_login"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.High)
		for i := range in.Seen {
			if what := givenAway[in.Seen[i].Kind]; what != "" {
				cite(&f, &in.Seen[i], "it gave away "+what+"; the value was not kept")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It gives a secret away to anybody who asks"
		f.Detail = "No log-in is needed for it, and nothing tells the owner that somebody asked."
		return []cordon.Finding{f}
	},
}

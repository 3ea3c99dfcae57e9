package people

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nbutton23/zxcvbn-go/data"
	"golang.org/x/text/unicode/norm"
)

// minPassword is the shortest password in characters. NIST SP 800-63B-4, section 3.1.1.2, asks for 8
// beside a second factor and 15 alone; ten that are not guessed first, behind a throttle, is between.
const minPassword = 10

// checkPassword says what is wrong with a new password, as ErrWeak with the reason; nil for a good one. names are what
// everybody would try first: the person's own. No kind of character is asked for (the same, section 3.1.1.2).
func checkPassword(password string, names ...string) error {
	switch low := strings.ToLower(norm.NFC.String(password)); {
	case !utf8.ValidString(password):
		return weak("it is not text")
	case utf8.RuneCountInString(password) < minPassword:
		return weak("it needs at least %d characters; three or four words that nobody connects with you are easy to remember", minPassword)
	case len(password) > maxPassword:
		return weak("it is longer than %d bytes", maxPassword)
	case kinds(low) < 5:
		return weak("it is made of too few different characters")
	case steps(low)*3 > utf8.RuneCountInString(low)*2:
		return weak("it is a row of the keyboard or of the alphabet")
	case common(low, names):
		return weak("it is among those that are tried first, or a small change of one; take three or four words that nobody connects with you")
	}
	return nil
}

func weak(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrWeak}, args...)...)
}

// kinds counts different characters.
func kinds(s string) int {
	seen := map[rune]bool{}
	for _, c := range s {
		seen[c] = true
	}
	return len(seen)
}

// rows are in which order keys stand, on keyboards of the world.
var rows = []string{"qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm", "wxcvbn", "1234567890"}

// steps counts characters that follow from the one before: the same, its neighbour in the alphabet or on the keyboard.
func steps(s string) (n int) {
	var before rune
	for i, c := range s {
		if i > 0 && (c-before >= -1 && c-before <= 1 || neighbours(before, c)) {
			n++
		}
		before = c
	}
	return n
}

func neighbours(a, b rune) bool {
	for _, row := range rows {
		if i := strings.IndexRune(row, a); i >= 0 && a < utf8.RuneSelf {
			if i > 0 && rune(row[i-1]) == b || i+1 < len(row) && rune(row[i+1]) == b {
				return true
			}
		}
	}
	return false
}

// plain undoes what people think of first.
var plain = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t", "!", "i")

// common reports whether a password is one of the commonest or a name, whatever digits and signs
// stand around it or for letters in it, once or again and again.
func common(low string, names []string) bool {
	known := commonest()
	for _, n := range append(names, "cordon", "camera", "kamera", "password", "passwort") {
		if n = strings.ToLower(norm.NFC.String(n)); utf8.RuneCountInString(n) >= 3 {
			known[n] = true
		}
	}
	sign := func(c rune) bool { return !unicode.IsLetter(c) }
	for _, s := range []string{low, plain.Replace(low), strings.TrimFunc(low, sign), strings.TrimFunc(plain.Replace(low), sign), plain.Replace(strings.TrimFunc(low, sign))} {
		if known[s] || known[once(s)] || known[strings.TrimFunc(once(s), sign)] {
			return true
		}
	}
	return false
}

// once is what a text repeats, or the text.
func once(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return s[:n]
		}
	}
	return s
}

// commonest are the passwords that are found most in what was stolen elsewhere: the list of
// zxcvbn (github.com/dropbox/zxcvbn, MIT), which is read when somebody chooses a password and not kept.
func commonest() map[string]bool {
	out := map[string]bool{}
	text, err := data.Asset("data/Passwords.json")
	var list struct{ List []string }
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		panic(err) // it is compiled in: TestCommonest
	}
	for _, p := range list.List {
		out[p] = true
	}
	return out
}

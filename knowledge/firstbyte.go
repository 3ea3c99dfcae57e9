package knowledge

import (
	"regexp/syntax"
	"unicode/utf8"
)

// firstBytes is which bytes a value that matches an expression can begin with. Most rules for a
// kind speak of names that begin with one word: this spares the walk through all the others.
type firstBytes [256]bool

// firstBytesOf reads them off an expression; nil where it does not begin with "^", so that any
// byte may stand first, or may match nothing at all.
func firstBytesOf(expr string) *firstBytes {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || prog.StartCond()&syntax.EmptyBeginText == 0 {
		return nil
	}
	f := &firstBytes{}
	if !f.from(prog, uint32(prog.Start), make([]bool, len(prog.Inst))) {
		return nil
	}
	return f
}

// from marks what can be read first from an instruction on; false where nothing need be.
func (f *firstBytes) from(p *syntax.Prog, at uint32, been []bool) bool {
	if been[at] {
		return true
	}
	been[at] = true
	switch in := &p.Inst[at]; in.Op {
	case syntax.InstMatch:
		return false
	case syntax.InstFail:
		return true
	case syntax.InstAlt, syntax.InstAltMatch:
		return f.from(p, in.Out, been) && f.from(p, in.Arg, been)
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth: // of a condition it is enough that it may hold
		return f.from(p, in.Out, been)
	default: // a rune of some sort
		for b := range utf8.RuneSelf {
			f[b] = f[b] || in.Op == syntax.InstRuneAny || in.Op == syntax.InstRuneAnyNotNL || in.MatchRune(rune(b))
		}
		for b := utf8.RuneSelf; b < len(f); b++ {
			f[b] = true
		}
		return true
	}
}

// may reports whether a value can match, by its beginning. All can where nothing is known.
func (f *firstBytes) may(value string) bool {
	return f == nil || value != "" && f[value[0]]
}

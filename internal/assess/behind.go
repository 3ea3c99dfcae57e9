package assess

import "cordon"

var behindRecorder = &Check{
	Code:  "behind-recorder",
	Doc:   "a camera that only its recorder can see",
	Fix:   "To have it judged by its own words, look at it where it is plugged in: from the recorder's own ports, or with a capture made there.",
	Kinds: []cordon.Kind{"recorder.behind"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Info)
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "recorder.behind" {
				cite(&f, o, "behind "+o.Value)
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It is seen through its recorder only"
		f.Detail = "The camera itself was not met: what is said of it is what the recorder says. Its own passwords, services and conversations were not looked at."
		return []cordon.Finding{f}
	},
}

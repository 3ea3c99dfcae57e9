package identify

import (
	"testing"

	"cordon"
)

// A device that shows its maker's own name wears that badge, spelled as the maker is.
func TestOwnBadge(t *testing.T) {
	for name, c := range map[string]struct {
		facts []string
		want  string
	}{
		"scope":          {[]string{"sadp.present yes", "onvif.scope onvif://www.onvif.org/name/HIK%20DS-2CD"}, "Hik"},
		"spelling":       {[]string{"sadp.present yes", "onvif.manufacturer HIK"}, "Hik"},
		"corporate":      {[]string{"sadp.present yes", "upnp.manufacturer Hik Technology Co., Ltd."}, "Hik"},
		"a place":        {[]string{"sadp.present yes", "onvif.scope onvif://www.onvif.org/location/hik"}, ""},
		"part of a word": {[]string{"sadp.present yes", "http.title Hiking"}, ""},
		"another badge":  {[]string{"sadp.present yes", "onvif.manufacturer Housemark", "http.title Hik"}, "Housemark"},
		"no badge":       {[]string{"sadp.present yes", "onvif.manufacturer H264"}, ""},
		"maker unknown":  {[]string{"http.title Hik"}, ""},
	} {
		got := Identify(world{}, In{MAC: hikMAC, Seen: seen(c.facts...)}).Brand
		if got.Value != c.want || got.Value != "" && len(got.Reasons) == 0 {
			t.Errorf("%s: badge %q %v, want %q", name, got.Value, got.Reasons, c.want)
		}
	}
}

// A model that the scopes agree on is believed; the name of a board is not.
func TestScopedModel(t *testing.T) {
	const at = "onvif.scope onvif://www.onvif.org/"
	for _, c := range [][3]string{
		{"hardware/DS-2CD2143G0-I", "name/HIKVISION%20DS-2CD2143G0-I", "DS-2CD2143G0-I"}, // as Hikvision's cameras have it
		{"hardware/IPC_523128M5MP", "name/IPC-BO", ""},
		{"hardware/MODEL", "name/MODEL", ""},
		{"hardware/", "name/1", ""},
	} {
		if got := Identify(world{}, In{Seen: seen(at+c[0], at+c[1])}).Model.Value; got != c[2] {
			t.Errorf("%s and %s: model %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestUnbadged(t *testing.T) {
	for _, c := range [][3]string{
		{"AXIS P3245-V", "Axis", "P3245-V"}, {"P3245-V", "Axis", "P3245-V"}, {"Axis", "Axis", "Axis"}, {"Axiskop 1", "Axis", "Axiskop 1"}, {"X", "", "X"},
	} {
		if got := unbadged(c[0], c[1]); got != c[2] {
			t.Errorf("%q of %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// A recorder announces and offers video as a camera does: what names it settles what it is.
func TestRecorderThatLooksLikeACamera(t *testing.T) {
	facts := []string{"onvif.types dn:NetworkVideoTransmitter", "rtsp.video H264"}
	if got := Identify(world{}, In{Seen: seen(facts...)}).Class.Value; got != cordon.ClassCamera {
		t.Errorf("class %q", got)
	}
	facts = append(facts, "onvif.types dn:NetworkVideoStorage")
	if got := Identify(world{}, In{Seen: seen(facts...)}).Class.Value; got != cordon.ClassRecorder {
		t.Errorf("class %q, want recorder", got)
	}
}

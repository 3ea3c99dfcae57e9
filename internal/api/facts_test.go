package api

import (
	"testing"

	"cordon"
	"cordon/internal/store"
)

// A device's facts are its own; of a person's own device those that tell where he goes are left out.
func TestFacts(t *testing.T) {
	w := newWorld(t, nil)
	camera, phone := device(1), device(2)
	phone.Identity.Class.Value, phone.Hidden = cordon.ClassPhone, true
	must(t, w.store.PutDevices(t.Context(), []store.Known{camera, phone}))
	fact := func(d store.Known, byAddr bool, kind cordon.Kind, value string) store.Fact {
		f := store.Fact{Site: "hq", Kind: kind, Value: value, First: start.UnixNano(), Last: start.UnixNano(), Count: 1, By: cordon.Origin{Sensor: "eth1"}}
		if byAddr {
			f.Addr = d.Interfaces[0].Addrs[0]
		} else {
			f.MAC = d.Interfaces[0].MAC
		}
		return f
	}
	must(t, w.store.Append(t.Context(), store.Batch{At: start, Facts: []store.Fact{
		fact(camera, true, "http.server", hostile), fact(camera, true, "dns.query", "cloud.example"), fact(camera, false, "arp.address", "192.168.8.1"),
		fact(phone, true, "dhcp.hostname", "phone"), fact(phone, true, "dns.query", "private.example"), fact(phone, true, "tls.sni", "private.example"),
	}}))
	for id, want := range map[string]map[cordon.Kind]bool{
		camera.ID: {"http.server": true, "dns.query": true, "arp.address": true}, phone.ID: {"dhcp.hostname": true},
	} {
		p := into[struct{ Items []cordon.Observation }](t, w.want(200, w.do("GET", "/v1/devices/"+id+"/facts", "")))
		if len(p.Items) != len(want) {
			t.Errorf("%s: %+v", id, p.Items)
		}
		for _, o := range p.Items {
			if !want[o.Kind] || o.By.Sensor != "eth1" || !o.At.Equal(start) {
				t.Errorf("%s: %+v", id, o)
			}
		}
	}
	w.want(404, w.do("GET", "/v1/devices/nobody/facts", ""))
}

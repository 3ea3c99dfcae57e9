package guard

import (
	"time"

	"cordon"
)

// about is what rules may ask of a device.
type about struct{ class, brand, maker, model, name, address string }

// maxAbout bounds the devices that rules know: those beyond are as if nothing was known of them.
const maxAbout = 1 << 16

// meet remembers what a device is believed to be.
func (s *Service) meet(d *cordon.Audited) {
	if _, ok := s.ids[d.ID]; !ok && len(s.ids) >= maxAbout {
		return
	}
	a := about{class: d.Identity.Class.Value, brand: d.Identity.Brand.Value, maker: d.Identity.Maker.Value, model: d.Identity.Model.Value}
	if len(d.Names) > 0 {
		a.name = d.Names[0]
	}
	for _, i := range d.Interfaces {
		if a.address == "" && len(i.Addrs) > 0 {
			a.address = i.Addrs[0].String()
		}
	}
	s.ids[d.ID] = a
}

// accepts gives the accepted risk that a finding falls under, nil for none.
func (s *Service) accepts(f *cordon.Finding, now time.Time) *cordon.AcceptedRisk {
	for i := range s.accepted {
		a := &s.accepted[i]
		if a.Code == f.Code && (a.Device == "" || a.Device == f.Device) && (a.Key == "" || a.Key == f.Key) && now.Before(a.Until) {
			return a
		}
	}
	return nil
}

// acceptedWords says why an alarm need not stand.
func acceptedWords(a *cordon.AcceptedRisk) string {
	return "risk accepted by " + a.By + " until " + a.Until.UTC().Format("2006-01-02") + ": " + a.Reason
}

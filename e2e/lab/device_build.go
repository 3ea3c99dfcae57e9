package lab

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"

	"cordon"
	"cordon/specimens"
)

// Build makes one device of every model. The same models and seed give the same devices:
// addresses, variants, names, serials, passwords, lock-out limits and what they do of their
// own accord. It fails, naming the model, on a template that does not render.
func Build(models []specimens.Model, seed uint64) ([]*Device, error) {
	var all []*Device
	used := map[cordon.MAC]bool{}
	for i := range models {
		d, err := build(&models[i], seed)
		if err != nil {
			return nil, fmt.Errorf("lab: model %s: %w", models[i].Name, err)
		}
		for used[d.mac] {
			d.mac[5]++
		}
		used[d.mac] = true
		all = append(all, d)
	}
	return all, nil
}

func build(m *specimens.Model, seed uint64) (*Device, error) {
	d := &Device{name: m.Name, model: m, seed: seed, options: map[Behaviour]bool{}, boot: bootTime, ready: make(chan struct{})}
	dice := d.dice("device")
	prefix, err := cordon.ParseMAC(pick(dice, m.OUI) + ":00:00:00")
	if err != nil {
		return nil, err
	}
	d.mac = prefix
	d.mac[3], d.mac[4], d.mac[5] = byte(dice.IntN(256)), byte(dice.IntN(256)), byte(1+dice.IntN(250))
	if err := d.draw(); err != nil {
		return nil, err
	}
	if err := d.behave(); err != nil {
		return nil, err
	}
	d.guard = d.newGuard()
	if err := d.rehearse(); err != nil {
		return nil, err
	}
	d.truth, err = d.conclude()
	return d, err
}

// dice gives the random numbers of one purpose, so that a value added to a model does not
// change the others.
func (d *Device) dice(purpose string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s", d.name, purpose)
	return rand.New(rand.NewPCG(d.seed, h.Sum64()))
}

func pick[T any](dice *rand.Rand, of []T) T { return of[dice.IntN(len(of))] }

// draw fixes the device's values. Values may be made of others, so it goes round until all
// are known or none can be added.
func (d *Device) draw() error {
	texts := map[string]string{}
	for name, of := range d.model.Values {
		texts[name] = pick(d.dice("pick "+name), of)
	}
	if len(d.model.Variants) > 0 {
		maps.Copy(texts, pick(d.dice("variant"), d.model.Variants))
	}
	d.values = map[string]string{}
	for len(texts) > 0 {
		var last error
		before := len(texts)
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			v, err := d.render(texts[name], d.values, drawing(d.dice("value "+name)))
			if err != nil {
				last = fmt.Errorf("value %s: %w", name, err)
				continue
			}
			d.values[name] = v
			delete(texts, name)
		}
		if len(texts) == before {
			return last
		}
	}
	return nil
}

// conclude says what must be concluded of the device.
func (d *Device) conclude() (Truth, error) {
	w := d.model.Want
	brand, err := d.render(w.Brand, d.values, nil)
	t := Truth{
		Name: d.name, Class: w.Class, Brand: brand, Maker: w.Maker,
		Model: d.values["model"], Firmware: d.values["firmware"], Serial: d.values["serial"],
		MAC: d.mac, Open: d.model.Ports(), Limit: d.guard.limit, Factory: d.asShipped(),
		Encrypted: slices.ContainsFunc(d.model.HTTP, func(h specimens.HTTP) bool { return h.TLS }),
	}
	for code, text := range d.model.Owner {
		v, e := d.render(text, d.values, nil)
		if e != nil {
			return t, fmt.Errorf("owner: %s: %w", code, e)
		}
		if t.Owner == nil {
			t.Owner = map[string]string{}
		}
		t.Owner[code] = v
	}
	for _, b := range d.model.Behind {
		var fields []string
		for _, text := range []string{b.Brand, b.Model, b.Firmware, b.Serial, b.MAC} {
			v, e := d.render(text, d.values, nil)
			if e != nil {
				return t, e
			}
			fields = append(fields, v)
		}
		mac, e := cordon.ParseMAC(fields[4])
		if e != nil && fields[4] != "" {
			return t, fmt.Errorf("camera behind it: %w", e)
		}
		t.Behind = append(t.Behind, Truth{
			Name: d.name + "/" + fmt.Sprint(len(t.Behind)+1), Class: []string{b.Class}, Maker: b.Maker,
			Brand: fields[0], Model: fields[1], Firmware: fields[2], Serial: fields[3], MAC: mac,
		})
	}
	return t, err
}

// Truth gives what must be concluded of the device. Its slices are shared: do not change them.
func (d *Device) Truth() Truth {
	t := d.truth
	t.MAC, t.Factory = d.mac, d.asShipped()
	return t
}

// asShipped reports whether an account still has the password that it left the factory with: some
// models have none, and their owners must set one.
func (d *Device) asShipped() bool {
	return d.options[FactoryPassword] && slices.ContainsFunc(d.model.Accounts, func(a specimens.Account) bool { return a.Factory != "" || a.Empty })
}

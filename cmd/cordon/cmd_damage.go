package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cordon/internal/inventory"
	"cordon/internal/reach"
)

type damageCmd struct {
	Logs    []string `arg:"" help:"Logs and captures of the time in question: firewall logs (nftables, iptables, pf), Zeek, Suricata EVE, DHCP leases, nfdump -o csv, pcap and pcapng; also packed with gzip."`
	Since   string   `required:"" placeholder:"DATE" help:"From which day on: 2026-03-01, or 90d for ninety days back."`
	Until   string   `placeholder:"DATE" help:"The last day; without it, today."`
	Devices string   `placeholder:"FILE" help:"The devices: an inventory as CSV, addresses and MAC addresses one a line, or an audit or scan in JSON. Without it, those in the store; people's own are left out."`
	Net     []string `placeholder:"CIDR" help:"Your own networks besides the private ones: what goes there does not leave."`
	Zone    string   `default:"Local" placeholder:"ZONE" help:"Zone of the days, and of logs that do not say theirs: Europe/Berlin."`
	CSV     string   `placeholder:"FILE.toml" help:"What the columns of other CSV logs mean, as [source.csv] in docs/sources.md; then all that is not known otherwise is read by it."`
	installation
	ownKnowledge
	tabular
}

// Help is what cordon damage --help adds.
func (c *damageCmd) Help() string {
	return `Of each device and day it says: sent (something left for the outside), tried (it was blocked or not answered), silent (the device, or its network segment on the way out, was recorded, and nothing left), or no coverage. Not seen is not clean: a day counts as covered only where a log shows that it recorded the device or its segment. docs/damage.md says more.

Exit codes: 0 nothing left as far as the logs go, 1 something did, 2 could not run.`
}

func (c *damageCmd) Run(e *env) error {
	r, err := c.look(e)
	if err != nil {
		return err
	}
	if err := c.write(e, r); err != nil {
		return err
	}
	if r.sent() > 0 {
		return errFindings
	}
	return nil
}

// look reads everything and says what is known.
func (c *damageCmd) look(e *env) (*damageReport, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("--zone %s: want a name as Europe/Berlin, or UTC", c.Zone)
	}
	from, to, err := c.window(time.Now().In(zone))
	if err != nil {
		return nil, err
	}
	inside, err := reach.ParseNetworks(c.Net...)
	if err != nil {
		return nil, fmt.Errorf("--net: %w", err)
	}
	conf, err := c.config()
	if err != nil {
		return nil, err
	}
	know, err := conf.knowledge(c.Know)
	if err != nil {
		return nil, err
	}
	who, err := c.suspects(e, conf)
	if err != nil {
		return nil, err
	}
	days := int(to.Sub(from).Hours()/24 + 0.5)
	if n := len(who.devices); n*days > maxDeviceDays {
		return nil, fmt.Errorf("%d devices on %d days are too many at once: ask for less time, or name the devices with --devices", n, days)
	}
	d := inventory.NewDamage(who.devices, append(inside, who.inside...), from, to, zone)
	logs, err := c.read(e, d)
	if err != nil {
		return nil, err
	}
	return &damageReport{
		Program: "cordon " + version, Knowledge: know.Version, Since: from.Format(time.DateOnly), Until: to.AddDate(0, 0, -1).Format(time.DateOnly), Zone: c.Zone,
		Personal: who.personal, Unreachable: who.nameless, Logs: logs, Devices: d.Say(know), Dropped: d.Dropped,
	}, nil
}

// maxDeviceDays bounds what is said: some gigabytes.
const maxDeviceDays = 4_000_000

// window gives the days asked for, the end excluded.
func (c *damageCmd) window(now time.Time) (from, to time.Time, err error) {
	if from, err = dayOf(c.Since, now); err != nil {
		return from, to, fmt.Errorf("--since %w", err)
	}
	to = midnight(now)
	if c.Until != "" {
		if to, err = dayOf(c.Until, now); err != nil {
			return from, to, fmt.Errorf("--until %w", err)
		}
	}
	if to.Before(from) {
		return from, to, errors.New("--since is after the last day")
	}
	return from, to.AddDate(0, 0, 1), nil
}

// dayOf reads a date, or how many days ago.
func dayOf(text string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 4000 {
			return midnight(now).AddDate(0, 0, -n), nil
		}
	}
	t, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	if err != nil || t.Year() < 1990 || t.Year() > 2200 {
		return t, fmt.Errorf("%q: want a day as 2026-03-01, or 90d for ninety days back", text)
	}
	return t, nil
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

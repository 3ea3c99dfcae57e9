package store

import (
	"context"
	"database/sql"
	"net/netip"
	"strings"

	"cordon"
)

// peoplesAtOnce is how many hosts' facts are looked at in one transaction.
const peoplesAtOnce = 200

// expirePeoples deletes what people's own devices said of where they go, when the history that
// holds it too is deleted: until then they are judged by it.
func (r *retainer) expirePeoples() error {
	limit, ok := r.before("history")
	was, err := r.s.mark(r.ctx, "peoples", limit)
	if err != nil || !ok || was {
		return err
	}
	hosts, err := r.s.peoplesHosts(r.ctx)
	if err != nil {
		return err
	}
	kinds, err := r.s.whereKinds(r.ctx)
	if err != nil {
		return err
	}
	turns := 0
	for len(hosts) > 0 && len(kinds) > 0 {
		some := hosts[:min(len(hosts), peoplesAtOnce)]
		hosts = hosts[len(some):]
		if err := r.again(&turns, func(x *tx) (bool, error) { return false, r.forgetWhere(x, some, kinds, nano(dayStart(limit))) }); err != nil {
			return err
		}
	}
	return r.s.remember(r.ctx, "peoples", limit)
}

// forgetWhere deletes the facts of some kinds about hosts that were last seen before a time.
func (r *retainer) forgetWhere(x *tx, hosts []int64, kinds []any, before int64) error {
	for _, h := range hosts {
		done, err := x.exec("DELETE FROM facts WHERE host = ? AND last < ? AND kind IN (?"+strings.Repeat(", ?", len(kinds)-1)+")", append([]any{h, before}, kinds...)...)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		r.did.Facts += int(n)
	}
	return nil
}

// whereKinds gives the numbers of the kinds of fact that tell where somebody goes.
func (s *Store) whereKinds(ctx context.Context) (out []any, err error) {
	err = s.query(ctx, func(r *sql.Rows) error {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		if cordon.TellsWhere(cordon.Kind(name)) {
			out = append(out, id)
		}
		return err
	}, "SELECT id, name FROM kinds")
	return out, err
}

// peoplesHosts gives the numbers of the hosts that are people's own devices: those with an
// interface or an address of one that is hidden.
func (s *Store) peoplesHosts(ctx context.Context) (out []int64, err error) {
	macs, addrs := map[cordon.MAC]bool{}, map[netip.Addr]bool{}
	s.list.mu.RLock()
	for _, l := range s.list.rows {
		if !l.Hidden {
			continue
		}
		for _, m := range l.MACs {
			macs[m] = true
		}
		for _, a := range l.Addrs {
			addrs[a] = true
		}
	}
	s.list.mu.RUnlock()
	if len(macs)+len(addrs) == 0 {
		return nil, nil
	}
	err = s.query(ctx, func(r *sql.Rows) error {
		var id int64
		var addr, mac []byte
		if err := r.Scan(&id, &addr, &mac); err != nil {
			return err
		}
		var m cordon.MAC
		if copy(m[:], mac); macs[m] || addrs[address(addr)] {
			out = append(out, id)
		}
		return nil
	}, "SELECT id, addr, mac FROM hosts")
	return out, err
}

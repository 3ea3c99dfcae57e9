package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// keepDays is for how long days are kept unless the owner says otherwise.
const keepDays = 400

// maxDays bounds what an owner may ask for: a hundred years.
const maxDays = 36_525

// usually is the retention of a new store, in days. Zero is for ever.
var usually = map[string]int{
	"history":  14,       // frames of the feed
	"hours":    14,       // contacts by the hour; then by the day
	"contacts": keepDays, // contacts by the day
	"sums":     31,       // of single days, over all devices; then by the month
	"facts":    keepDays, // since they were last seen
	"changes":  0,
	"findings": keepDays, // since they were closed
	"alarms":   keepDays, // since they were resolved
}

// Retained counts what Retain did.
type Retained struct {
	Folded   int `json:"folded"`   // transactions that looked for contacts to move to a coarser grain
	Rolled   int `json:"rolled"`   // transactions that looked for sums of days to move
	Frames   int `json:"frames"`   // rows deleted
	Contacts int `json:"contacts"` // packs deleted
	Sums     int `json:"sums"`
	Facts    int `json:"facts"`
	Others   int `json:"others"`
}

// Usually gives for how many days what is kept where nothing else is said, by name; 0: for ever.
func Usually() map[string]int { return maps.Clone(usually) }

// Retention gives for how long what is kept, by name.
func (s *Store) Retention(ctx context.Context) ([]Keep, error) {
	days, err := s.retention(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: retention: %w", s.say(err))
	}
	out := []Keep{}
	for _, name := range sortedKeys(days) {
		out = append(out, Keep{name, days[name]})
	}
	return out, nil
}

func (s *Store) retention(ctx context.Context) (map[string]int, error) {
	days := maps.Clone(usually)
	err := s.query(ctx, func(r *sql.Rows) error {
		var name string
		var n int
		err := r.Scan(&name, &n)
		days[name] = n
		return err
	}, "SELECT name, days FROM retention")
	return days, err
}

// CheckKeep says what cannot be said for how long what is kept. ErrInvalid for a name that
// Retention does not give, for less than 0 days, for hours or sums for ever, and where those
// would be kept longer than contacts.
func CheckKeep(keep []Keep) error {
	days := maps.Clone(usually)
	for _, k := range keep {
		if _, ok := usually[k.Table]; !ok {
			return fmt.Errorf("%w: there is no %q, only %s", ErrInvalid, k.Table, strings.Join(sortedKeys(usually), ", "))
		}
		if k.Days < 0 || k.Days > maxDays {
			return fmt.Errorf("%w: %s = %d: want 1 to %d days, or 0 for ever", ErrInvalid, k.Table, k.Days, maxDays)
		}
		days[k.Table] = k.Days
	}
	if days["hours"] == 0 || days["sums"] == 0 {
		return fmt.Errorf("%w: hours and sums cannot be kept for ever: contacts can", ErrInvalid)
	}
	if c := days["contacts"]; c != 0 && (c < days["hours"]+week || c < days["sums"]) {
		return fmt.Errorf("%w: contacts have to be kept as long as sums, and a week longer than hours", ErrInvalid)
	}
	return nil
}

// PutRetention says for how long what is kept, in place of all that was said before: what is not
// named is kept as usual. ErrInvalid, as CheckKeep says.
func (s *Store) PutRetention(ctx context.Context, keep []Keep) error {
	if err := CheckKeep(keep); err != nil {
		return fmt.Errorf("store: retention: %w", err)
	}
	return s.write(ctx, "retention", func(x *tx) error {
		if _, err := x.exec("DELETE FROM retention"); err != nil {
			return err
		}
		for _, k := range keep {
			if _, err := x.exec("INSERT INTO retention (name, days) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET days = excluded.days", k.Table, k.Days); err != nil {
				return err
			}
		}
		return nil
	})
}

// Retain moves what has grown old to its coarser grain and deletes what is too old, in short
// transactions between which others write; it may be called often, and stopped at any time. A
// clock that has jumped ahead deletes nothing: ages count from now or from the newest history,
// whichever is earlier.
func (s *Store) Retain(ctx context.Context, now time.Time) (done Retained, err error) {
	days, err := s.retention(ctx)
	if err != nil {
		return done, fmt.Errorf("store: retain: %w", s.say(err))
	}
	if now, err = s.clock(ctx, now); err != nil {
		return done, err
	}
	r := retainer{s: s, ctx: ctx, now: now, days: days, did: &done}
	for _, step := range []func() error{r.fold, r.roll, r.expireFrames, r.expireContacts, r.expireSums, r.expireFacts, r.expirePeoples, r.expireLives, r.sweep} {
		if err := step(); err != nil {
			return done, fmt.Errorf("store: retain: %w", s.say(err))
		}
	}
	return done, nil
}

// clock is the time that ages are counted from. Contacts that are still open tell the time as
// well as frames do, so that a store without history ages too.
func (s *Store) clock(ctx context.Context, now time.Time) (time.Time, error) {
	newest, err := s.Ended(ctx)
	if err != nil {
		return now, err
	}
	var hour, pack sql.NullInt64
	if err = s.one(ctx, "SELECT MAX(hour) FROM hours", nil, &hour); err == nil {
		err = s.one(ctx, "SELECT MAX(id) FROM hourpacks", nil, &pack)
	}
	if err != nil {
		return now, fmt.Errorf("store: retain: %w", s.say(err))
	}
	for _, t := range []time.Time{hourStart(hour.Int64 + 1), dayStart(pack.Int64>>32 + 1)} {
		if t.After(newest) {
			newest = t
		}
	}
	if newest = newest.Add(time.Hour); newest.Before(now) && newest.Unix() > 2*86400 {
		return newest, nil
	}
	return now, nil
}

// retainer is one run of Retain.
type retainer struct {
	s    *Store
	ctx  context.Context
	now  time.Time
	days map[string]int
	did  *Retained
}

// again runs transactions until one says that nothing is left.
func (r *retainer) again(count *int, f func(*tx) (bool, error)) error {
	for more := true; more; {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.s.mu.Lock()
		err := r.s.writeLocked(r.ctx, func(x *tx) (err error) {
			more, err = f(x)
			return err
		})
		r.s.mu.Unlock()
		if err != nil {
			return err
		}
		*count++
	}
	return nil
}

// before is the day before which something is too old; ok is false for what is kept for ever.
func (r *retainer) before(name string) (d int64, ok bool) {
	n := r.days[name]
	return dayOf(r.now) - int64(n), n > 0
}

// fold packs the hours that ended an hour ago, and the days that are older than hours are kept.
func (r *retainer) fold() error {
	if err := r.again(&r.did.Folded, func(x *tx) (bool, error) { return x.foldHours(hourOf(r.now) - 1) }); err != nil {
		return err
	}
	limit, _ := r.before("hours")
	return r.again(&r.did.Folded, func(x *tx) (bool, error) { return x.foldDays(limit) })
}

// roll moves the sums of days that have ended.
func (r *retainer) roll() error {
	return r.again(&r.did.Rolled, func(x *tx) (bool, error) { return x.rollDays(dayOf(r.now)) })
}

// someRows bounds how many rows deleteSome deletes: some stand in several orders, some are large.
const someRows = foldRows / 4

// deleteSome deletes at most someRows rows, counts them, and says whether there may be more.
func (r *retainer) deleteSome(x *tx, count *int, table, id, cond string, args ...any) (bool, error) {
	done, err := x.exec("DELETE FROM "+table+" WHERE "+id+" IN (SELECT "+strings.Trim(id, "()")+" FROM "+table+" WHERE "+cond+" LIMIT "+strconv.Itoa(someRows)+")", args...)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	*count += int(n)
	return n == someRows, err
}

func (r *retainer) expire(name string, count *int, table, id, cond string) error {
	limit, ok := r.before(name)
	if !ok {
		return nil
	}
	var turns int
	return r.again(&turns, func(x *tx) (bool, error) { return r.deleteSome(x, count, table, id, cond, nano(dayStart(limit))) })
}

func (r *retainer) expireFrames() error {
	return r.expire("history", &r.did.Frames, "frames", "id", "at < ?")
}

// expireLives deletes changes, and findings and alarms whose life is over.
func (r *retainer) expireLives() error {
	return errors.Join(
		r.expire("changes", &r.did.Others, "changes", "id", "at < ?"),
		r.expire("findings", &r.did.Others, "findings", "id", "closed > 0 AND closed < ?"),
		r.expire("alarms", &r.did.Others, "alarms", "id", "state = 'resolved' AND resolved < ?"),
	)
}

package people

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"cordon/internal/store"
)

// quick makes hashing cost nothing, for tests of time alone.
func quick(t *testing.T) {
	was := usual
	usual = argon{time: 1, memory: 8, lanes: 1}
	t.Cleanup(func() { usual = was })
}

// bubbled runs a test in a bubble of time: the store is opened and closed in it, and the clock is the bubble's.
func bubbled(t *testing.T, f func(t *testing.T, d *door, owner Entered)) {
	quick(t)
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, func(c *Config) { c.Now = time.Now })
		e, err := d.Claim(t.Context(), d.claim.token, NewAccount{Name: "kim", Password: goodPassword}, at("192.0.2.1"))
		must(t, err)
		f(t, d, e)
	})
}

// took runs a log-in and says how long it took.
func (d *door) took(name, password, code string, from From) (time.Duration, error) {
	begun := time.Now()
	_, err := d.in(name, password, code, from)
	return time.Since(begun), err
}

// slowed has an address guess until it is told to wait.
func (d *door) slowed(addr string) {
	d.t.Helper()
	for i := range 50 {
		var wait *WaitError
		if _, err := d.in(fmt.Sprint("somebody", i), "wrong", "", at(addr)); errors.As(err, &wait) {
			return
		}
	}
	d.t.Fatal(addr + " may guess for ever")
}

// However many strangers guess, from however many addresses: a device that logged in before is let in at once, and a new one within seconds.
func TestNotLockedOut(t *testing.T) {
	bubbled(t, func(t *testing.T, d *door, owner Entered) {
		var all sync.WaitGroup
		for i := range 300 {
			from := at(fmt.Sprintf("198.51.%d.%d", i/200, i%200))
			all.Go(func() {
				for range 8 {
					if _, err := d.in("kim", "wrong", "", from); err == nil {
						t.Error("a wrong password was taken")
					}
				}
			})
		}
		all.Wait()
		home := at("203.0.113.5")
		home.Device = owner.Device
		if took, err := d.took("kim", goodPassword, "", home); err != nil || took > 0 {
			t.Errorf("the known device: %v after %v", err, took)
		}
		took, err := d.took("kim", goodPassword, "", at("203.0.113.6"))
		if err != nil || took > accountRule.most || took == 0 {
			t.Errorf("a new device: %v after %v", err, took)
		}
		d.slowed("198.51.0.1")
		forged := at("198.51.0.1")
		forged.Device = owner.Device[:len(owner.Device)-2] + "AA"
		var wait *WaitError
		if _, err := d.in("kim", goodPassword, "", forged); !errors.As(err, &wait) {
			t.Errorf("an address that guessed, with a forged cookie: %v", err)
		}
		d.slowed("198.51.0.1")
		other := at("198.51.0.1") // the owner's cookie helps nobody with another's account
		other.Device = owner.Device
		if _, err := d.in("eve", "wrong", "", other); !errors.As(err, &wait) {
			t.Errorf("an address that guessed, with the cookie of another account: %v", err)
		}
	})
}

// While strangers are under way, even waiting for their slow answer, a known device is let in at once.
func TestStrangersDelayNobody(t *testing.T) {
	bubbled(t, func(t *testing.T, d *door, owner Entered) {
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				for ctx.Err() == nil {
					d.LogIn(ctx, Login{Name: "kim", Password: "wrong"}, at(fmt.Sprintf("198.51.100.%d", i)))
					time.Sleep(5 * time.Second)
				}
			})
		}
		time.Sleep(time.Minute)
		home := at("203.0.113.5")
		home.Device = owner.Device
		for range 5 {
			if took, err := d.took("kim", goodPassword, "", home); err != nil || took > 0 {
				t.Errorf("%v after %v", err, took)
			}
			time.Sleep(time.Second)
		}
		d.hasher.strangers <- struct{}{} // all room for strangers' hashes is taken
		if _, err := d.in("kim", goodPassword, "", home); err != nil {
			t.Error(err)
		}
		<-d.hasher.strangers
		cancel()
		all.Wait()
	})
}

// A wrong guess costs its address ever more, and is forgotten; a known device pays on its own account.
func TestThrottle(t *testing.T) {
	bubbled(t, func(t *testing.T, d *door, owner Entered) {
		var wait *WaitError
		from := at("198.51.100.1")
		for i := range addressRule.free {
			if _, err := d.in("eve", "wrong", "", from); err != ErrWrong {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
			if _, err := d.in("kim", goodPassword, "", from); !errors.As(err, &wait) || wait.For <= 0 || wait.For > want {
				t.Fatalf("%d: %v, want to wait %v", i, err, want)
			}
			time.Sleep(wait.For)
			if _, err := d.in("eve", "wrong", "", from); err != ErrWrong {
				t.Fatalf("%d: after the wait: %v", i, err)
			}
		}
		d.slowed("2001:db8:1:2::1")
		if _, err := d.in("eve", "wrong", "", at("2001:db8:1:2:ffff::9")); !errors.As(err, &wait) {
			t.Errorf("another address of one /64: %v", err)
		}
		if _, err := d.in("eve", "wrong", "", at("2001:db8:1:3::1")); err != ErrWrong {
			t.Errorf("another /64: %v", err)
		}
		home := at("198.51.100.1") // behind the same address as who guessed
		home.Device = owner.Device
		for range deviceRule.free {
			if _, err := d.in("kim", "wrong", "", home); err != ErrWrong {
				t.Fatal(err)
			}
		}
		if _, err := d.in("kim", goodPassword, "", home); !errors.As(err, &wait) {
			t.Errorf("a known device may guess for ever: %v", err)
		}
		time.Sleep(wait.For)
		if _, err := d.in("kim", goodPassword, "", home); err != nil {
			t.Error(err)
		}
		for range deviceRule.free { // what was wrong before is forgotten
			d.in("kim", "wrong", "", home)
		}
		time.Sleep(deviceRule.forget + time.Second)
		if _, err := d.in("kim", goodPassword, "", home); err != nil {
			t.Error(err)
		}
		if _, err := d.in("eve", "wrong", "", from); err != ErrWrong {
			t.Errorf("after an hour: %v", err)
		}
	})
}

// What is counted is bounded, and who is slowed is not pushed out by others.
func TestThrottleIsBounded(t *testing.T) {
	th, now := newThrottle(), time.Now()
	bad := addressSubject("198.51.100.1")
	for range 100 {
		th.slow(bad, now)
	}
	for i := range 3 * maxCounts {
		th.take(addressSubject(fmt.Sprint("address ", i)), now)
	}
	if len(th.counts) > maxCounts {
		t.Errorf("%d subjects", len(th.counts))
	}
	if th.take(bad, now) == 0 {
		t.Error("who guessed a hundred times is forgotten")
	}
}

// factored gives a person a second factor and returns its secret and recovery codes.
func (d *door) factored(p Person) (secret string, codes []string) {
	d.t.Helper()
	n, err := d.BeginTOTP(p, "box")
	must(d.t, err)
	codes, err = d.ConfirmTOTP(context.Background(), p, 0, n.Sealed, d.code(n.Secret, 0))
	must(d.t, err)
	return n.Secret, codes
}

// code is what an authenticator shows some steps from now.
func (d *door) code(secret string, steps int) string {
	d.t.Helper()
	c, err := totp.GenerateCode(secret, d.Now().Add(time.Duration(steps)*stepTime))
	must(d.t, err)
	return c
}

// Every code is good once: six digits, recovery codes, links.
func TestOneTimeCodes(t *testing.T) {
	quick(t)
	d, e := owned(t)
	secret, codes := d.factored(e.Person)
	from := at("192.0.2.1")
	from.Device = e.Device
	in := func(code string, want error) {
		t.Helper()
		if _, err := d.in("kim", goodPassword, code, from); !errors.Is(err, want) {
			t.Fatalf("code %q: %v, want %v", code, err, want)
		}
	}
	in("", ErrSecondFactor)
	in(d.code(secret, 0), ErrCode) // it switched the factor on
	d.now = d.now.Add(stepTime)
	in(d.code(secret, 0), nil)
	in(d.code(secret, 0), ErrCode)
	in(d.code(secret, -1), ErrCode) // of the step before, which is older than the last taken
	in(d.code(secret, 1), nil)      // a clock that is ahead
	in(d.code(secret, 2), ErrCode)
	d.now = d.now.Add(time.Hour)
	in(d.code(secret, -2), ErrCode)
	in("000000000", ErrCode)
	d.now = d.now.Add(time.Hour)
	same := d.code(secret, 0)
	in(same[:3]+" "+same[3:], nil)
	if len(codes) != recoveryCount {
		t.Fatalf("%d recovery codes", len(codes))
	}
	in(codes[0], nil)
	d.now = d.now.Add(time.Hour)
	in(codes[0], ErrCode)
	in(" "+codes[1][:9]+codes[1][10:], nil) // however it is typed
	if n, err := d.RecoveryLeft(t.Context(), e.Person.ID); err != nil || n != recoveryCount-2 {
		t.Fatalf("%d left, %v", n, err)
	}
	fresh, err := d.NewRecovery(t.Context(), e.Person.ID)
	must(t, err)
	in(codes[2], ErrCode)
	in(fresh[2], nil)
	if _, err := d.in("kim", "wrong", fresh[3], from); err != ErrWrong {
		t.Fatalf("a code without the password: %v", err)
	}
	in(fresh[3], nil) // and it was not used up by that
	must(t, d.DropTOTP(t.Context(), e.Person, 0))
	in("", nil)
}

// Many log-ins at once with one code: one is let in.
func TestOneCodeAtOnce(t *testing.T) {
	quick(t)
	d, e := owned(t)
	secret, _ := d.factored(e.Person)
	d.now = d.now.Add(time.Minute)
	code, row := d.code(secret, 0), store.Person{}
	row, err := d.Store.Person(t.Context(), e.Person.ID)
	must(t, err)
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for range 20 {
		all.Go(func() {
			one := row
			if d.takeCode(t.Context(), &one, code) == nil {
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if taken != 1 {
		t.Errorf("taken %d times", taken)
	}
}

// Who knows the password and not the second factor cannot try all codes; recovery codes are taken all the while.
func TestCodesAreThrottled(t *testing.T) {
	bubbled(t, func(t *testing.T, d *door, owner Entered) {
		d.t = t
		_, codes := d.factored(owner.Person)
		tried, begun := 0, time.Now()
		for i := 0; time.Since(begun) < 24*time.Hour; i++ {
			_, err := d.in("kim", goodPassword, "000000", at(fmt.Sprintf("198.51.%d.%d", i/250%250, i%250)))
			var wait *WaitError
			switch {
			case errors.Is(err, ErrCode):
				tried++
			case errors.As(err, &wait):
				time.Sleep(time.Minute)
			default:
				t.Fatal(err)
			}
		}
		if tried > 40 { // 5 at once, 30 s to an hour doubling, then one an hour
			t.Errorf("%d codes tried in a day", tried)
		}
		if _, err := d.in("kim", goodPassword, codes[0], at("203.0.113.1")); err != nil {
			t.Errorf("a recovery code meanwhile: %v", err)
		}
		home := at("198.51.0.1")
		home.Device = owner.Device
		if _, err := d.in("kim", goodPassword, codes[1], home); err != nil {
			t.Errorf("a known device meanwhile: %v", err)
		}
	})
}

// A hash that was made with other parameters is made anew at the next log-in.
func TestRehash(t *testing.T) {
	quick(t)
	d, e := owned(t)
	usual = argon{time: 2, memory: 16, lanes: 1}
	for range 2 {
		_, err := d.in("kim", goodPassword, "", at("192.0.2.1"))
		must(t, err)
	}
	row, err := d.Store.Person(t.Context(), e.Person.ID)
	must(t, err)
	if a, _, _, err := parseHash(row.Password); err != nil || a != usual {
		t.Errorf("%s, %v", row.Password, err)
	}
}

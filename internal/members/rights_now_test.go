package members_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// A replica believes for five seconds what it has read of a session: by is the principal that it remembers.
func TestRightsThatAreGoneMakeNothingThatLasts(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, membersapi.Store, auth.Principal) error{
		"store passed on": func(w *world, s membersapi.Store, _ auth.Principal) error {
			w.wait(22 * time.Hour)
			return w.ChangeOwner(w.t.Context(), hq, members.ChangeOwner{Store: s.ID, Login: "new", Since: businessday.NewDate(2026, 11, 23)})
		},
		"account suspended": func(w *world, _ membersapi.Store, by auth.Principal) error {
			return w.SetMemberState(w.t.Context(), hq, members.SetMemberState{Member: by.Member, State: membersapi.Suspended})
		},
		"signed out": func(w *world, _ membersapi.Store, by auth.Principal) error { return w.SignOut(w.t.Context(), by) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			store := w.store("seongsu")
			w.member("old", auth.Owner, store.ID)
			w.member("new", auth.Owner, w.store("third").ID)
			clerk := w.member("clerk", auth.Staff, store.ID)
			by := w.as("old")
			if err := end(w, store, by); err != nil {
				t.Fatal(err)
			}
			for what, do := range map[string]func() error{
				"a key": func() error { return w.makeKey(by, store.ID) },
				"an invited manager": func() error {
					_, err := w.Invite(t.Context(), by, members.Invite{Name: "이직원", Role: auth.Manager, Stores: []ids.StoreID{store.ID}})
					return err
				},
				"a link for a password": func() error {
					_, err := w.IssueReset(t.Context(), by, clerk)
					return err
				},
				"a shared device": func() error {
					_, err := w.SetUpDevice(t.Context(), by, members.SetUpDevice{
						Store: store.ID, Name: "x", LockAfter: members.DefaultLock, Password: password,
					})
					return err
				},
				"a permission": func() error {
					return w.SetPermission(t.Context(), by, members.SetPermission{
						Store: store.ID, Member: clerk, Permission: auth.ManageDevices, Choice: members.Granted,
					})
				},
				"a suspension": func() error {
					return w.SetMemberState(t.Context(), by, members.SetMemberState{Member: clerk, State: membersapi.Suspended})
				},
			} {
				if err := do(); err == nil {
					t.Errorf("%s was made", what)
				}
			}
		})
	}
}

// Whoever of headquarters is suspended, or signed out, brings nobody in either.
func TestAFormerAdministratorBringsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	id := w.member("admin", auth.HQAdmin)
	by := w.as("admin")
	if err := w.SetMemberState(t.Context(), hq, members.SetMemberState{Member: id, State: membersapi.Suspended}); err != nil {
		t.Fatal(err)
	}
	_, _, key := w.CreateKey(t.Context(), by, members.CreateKey{Name: "x", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 365})
	_, invited := w.Invite(t.Context(), by, members.Invite{Name: "이본사", Role: auth.HQAdmin})
	_, created := w.CreateMember(t.Context(), by, members.CreateMember{
		Login: "friend", Name: "친구", Password: password, Role: auth.Owner, Workplaces: []ids.StoreID{store.ID},
	})
	for what, err := range map[string]error{
		"a key": key, "an invitation": invited, "an account": created,
		"a restored account": w.SetMemberState(t.Context(), by, members.SetMemberState{Member: id, State: membersapi.Active}),
		"an e-mail address":  w.ChangeProfile(t.Context(), by, members.ChangeProfile{Name: "x", Email: "thief@example.com", Password: password}),
	} {
		if !errors.Is(err, members.ErrNotAllowed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Second factors, PINs and passwords of one's own outlast the session in which they were chosen.
func TestAnAccountThatIsOverSecuresNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, auth.Principal) error{
		"account suspended": func(w *world, by auth.Principal) error {
			return w.SetMemberState(w.t.Context(), hq, members.SetMemberState{Member: by.Member, State: membersapi.Suspended})
		},
		"signed out": func(w *world, by auth.Principal) error { return w.SignOut(w.t.Context(), by) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			store := w.store("seongsu")
			w.member("begun", auth.Owner, store.ID)
			w.member("holder", auth.Manager, store.ID)
			begun, holder := w.as("begun"), w.signIn("holder")
			e, err := w.BeginTOTP(t.Context(), begun, password)
			if err != nil {
				t.Fatal(err)
			}
			w.enrol(holder)
			for _, by := range []auth.Principal{begun, holder.Principal} {
				if err := end(w, by); err != nil {
					t.Fatal(err)
				}
			}
			for what, err := range map[string]error{
				"a first code":     second(w.ConfirmTOTP(t.Context(), begun, w.codeOf(e.Secret))),
				"a new secret":     second(w.BeginTOTP(t.Context(), begun, password)),
				"recovery codes":   second(w.RenewRecoveryCodes(t.Context(), holder.Principal, password)),
				"a factor less":    w.RemoveTOTP(t.Context(), holder.Principal, password),
				"a passkey less":   w.RemovePasskey(t.Context(), holder.Principal, []byte("key"), password),
				"another password": second(w.ChangePassword(t.Context(), holder.Principal, members.ChangePassword{Old: password, New: password + " 둘"})),
				"a PIN":            w.SetPIN(t.Context(), holder.Principal, members.SetPIN{Stores: []ids.StoreID{store.ID}, PIN: "8351", Password: password}),
			} {
				if !errors.Is(err, members.ErrNotAllowed) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if f, err := w.SecondFactor(t.Context(), holder.Principal); err != nil || !f.TOTP || f.CodesLeft != 10 {
				t.Errorf("the factor is %+v, %v", f, err)
			}
		})
	}
}

// Whoever of headquarters may not any more opens no account by taking away what keeps it closed.
func TestAFormerAdministratorOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	w.member("old", auth.Owner, store.ID)
	w.member("new", auth.Owner, w.store("third").ID)
	admin := w.member("admin", auth.HQAdmin)
	by, holder := w.as("admin"), w.signIn("old")
	w.enrol(holder)
	if err := w.RequireSecondFactor(t.Context(), hq, auth.HQMenu, true); err != nil {
		t.Fatal(err)
	}
	if err := w.ChangeOwner(t.Context(), hq, members.ChangeOwner{Store: store.ID, Login: "new", Since: businessday.NewDate(2026, 12, 24)}); err != nil {
		t.Fatal(err)
	}
	if err := w.SetMemberState(t.Context(), hq, members.SetMemberState{Member: admin, State: membersapi.Suspended}); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"a factor":          w.ResetSecondFactor(t.Context(), by, holder.Principal.Member),
		"a rule":            w.RequireSecondFactor(t.Context(), by, auth.HQMenu, false),
		"a lock":            w.Unlock(t.Context(), by, holder.Principal.Member),
		"a change of owner": w.CancelOwnerChange(t.Context(), by, store.ID),
	} {
		if !errors.Is(err, members.ErrNotAllowed) {
			t.Errorf("%s is gone: %v", what, err)
		}
	}
	if f, err := w.SecondFactor(t.Context(), holder.Principal); err != nil || !f.TOTP {
		t.Errorf("the factor is %+v, %v", f, err)
	}
}

// Keys that are made while the store is passed on are refused, or revoked with the others.
func TestNoKeyOutlivesAChangeOfOwnerThatComesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	w.member("old", auth.Owner, store.ID)
	w.member("new", auth.Owner, w.store("third").ID)
	w.wait(22 * time.Hour)
	by := w.as("old")
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() { _ = w.makeKey(by, store.ID) })
	}
	all.Go(func() {
		if err := w.ChangeOwner(t.Context(), hq, members.ChangeOwner{Store: store.ID, Login: "new", Since: businessday.NewDate(2026, 11, 23)}); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if n := w.liveKeys(&store.ID); n != 0 {
		t.Errorf("%d keys of the former owner live", n)
	}
}

func TestTheBoundOfKeysHoldsWhenManyAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	w.member("owner", auth.Owner, store.ID)
	owner := w.as("owner")
	for name, place := range map[string]struct {
		by auth.Principal
		of *ids.StoreID
	}{"store": {owner, &store.ID}, "headquarters": {hq, nil}} {
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for range 5 {
					_, _, err := w.CreateKey(t.Context(), place.by, members.CreateKey{
						Store: place.of, Name: "x", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 365,
					})
					if err != nil && !errors.Is(err, members.ErrTooManyKeys) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := w.liveKeys(place.of); n != members.MaxKeys {
			t.Errorf("%s: %d keys", name, n)
		}
	}
}

func (w *world) makeKey(by auth.Principal, store ids.StoreID) error {
	_, _, err := w.CreateKey(w.t.Context(), by, members.CreateKey{
		Store: &store, Name: "x", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 365,
	})
	return err
}

func (w *world) liveKeys(store *ids.StoreID) int {
	w.t.Helper()
	keys, err := w.Keys(w.t.Context(), hq, store)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, k := range keys {
		if k.Live(w.clock()) {
			n++
		}
	}
	return n
}

package members_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// cafe is a store with people who have PINs, and a shared device on its counter.
type cafe struct {
	*world
	id                   ids.StoreID
	owner, manager       members.Session
	ownerID, mina, jinho ids.MemberID
	device               members.Session
}

const (
	minasPIN, jinhosPIN, ownersPIN = "8305", "719264", "60417"
)

func newCafe(t *testing.T) *cafe {
	t.Helper()
	w := newWorld(t)
	c := &cafe{world: w, id: w.store("mapo").ID}
	c.ownerID = w.member("owner", auth.Owner, c.id)
	w.member("manager", auth.Manager, c.id)
	c.mina, c.jinho = w.member("mina", auth.Staff, c.id), w.member("jinho", auth.Staff, c.id)
	c.owner, c.manager = w.signIn("owner"), w.signIn("manager")
	for login, pin := range map[string]string{"mina": minasPIN, "jinho": jinhosPIN, "owner": ownersPIN} {
		c.setPIN(login, pin, c.id)
	}
	c.device = c.setUp("카운터")
	return c
}

func (w *world) setPIN(login, pin string, stores ...ids.StoreID) {
	w.t.Helper()
	if err := w.SetPIN(w.t.Context(), w.signIn(login).Principal, members.SetPIN{Stores: stores, PIN: pin, Password: password}); err != nil {
		w.t.Fatal(err)
	}
}

func (c *cafe) setUp(name string) members.Session {
	c.t.Helper()
	d, err := c.SetUpDevice(c.t.Context(), c.manager.Principal, members.SetUpDevice{
		Store: c.id, Name: name, LockAfter: members.DefaultLock, Password: password, Device: "Chrome", Address: "203.0.113.7",
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// come lets somebody work on the café's device, which has new tokens afterwards.
func (c *cafe) come(member ids.MemberID, pin string) auth.Principal {
	c.t.Helper()
	if err := c.try(c.Service, member, pin); err != nil {
		c.t.Fatal(err)
	}
	return c.device.Principal
}

func (c *cafe) try(s *members.Service, member ids.MemberID, pin string) error {
	session, err := s.SwitchPerson(c.t.Context(), c.device.Principal, members.SwitchPerson{Member: member, PIN: pin, RefreshToken: c.device.RefreshToken})
	if err == nil {
		c.device = session
	}
	return err
}

func TestASharedDeviceByItselfIsNobody(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	p, err := c.Authenticate(t.Context(), c.device.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if p.SignedIn() || !p.Member.IsZero() || p.Reaches(c.id) || p.Shared != (auth.SharedDevice{Store: c.id, Name: "카운터", LocksAfter: members.DefaultLock}) {
		t.Errorf("%+v", p)
	}
	for _, perm := range auth.Permissions {
		if p.May(perm) || p.MayAt(perm, c.id) {
			t.Errorf("a device with nobody may %s", perm)
		}
	}
	if people, err := c.PeopleAtDevice(t.Context(), p, c.id); err != nil || len(people) != 4 {
		t.Errorf("people %+v, %v", people, err)
	}
	other := c.store("jeju").ID
	if _, err := c.PeopleAtDevice(t.Context(), p, other); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("another store's people: %v", err)
	}
	if e := c.audited("device_set_up"); len(e) != 1 || e[0].By.Member != c.manager.Principal.Member || e[0].Object.ID != p.Session.String() || e[0].Store != c.id {
		t.Errorf("on record: %+v", e)
	}
}

func TestAPersonAtASharedDeviceHasTheStoresPermissionsThatAPINIsEnoughFor(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	other := c.store("jeju").ID
	if _, err := c.AddMine(t, other); err != nil {
		t.Fatal(err)
	}
	p := c.come(c.ownerID, ownersPIN)
	if p.Member != c.ownerID || p.Name == "" || p.Device() != c.device.Principal.Session {
		t.Errorf("%+v", p)
	}
	for _, e := range auth.Catalogue {
		want := auth.Owner.Has(e.Permission) && e.Permission != auth.ManageStaff && e.Permission != auth.ManageDevices
		if got := p.MayAt(e.Permission, c.id); got != want {
			t.Errorf("the owner by PIN: %s is %t, want %t", e.Permission, got, want)
		}
		if p.MayAt(e.Permission, other) {
			t.Errorf("%s reaches the owner's other store", e.Permission)
		}
	}
	// What is for a password refuses a PIN, also when the page was reached some other way.
	for name, err := range map[string]error{
		"password": second(c.ChangePassword(t.Context(), p, members.ChangePassword{Old: password, New: password + "!"})),
		"PIN":      c.SetPIN(t.Context(), p, members.SetPIN{Stores: []ids.StoreID{c.id}, PIN: "4081", Password: password}),
		"no PIN":   c.RemovePIN(t.Context(), p, c.id, c.mina),
	} {
		if !errors.Is(err, auth.ErrSharedDevice) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.SetUpDevice(t.Context(), p, members.SetUpDevice{Store: c.id, Name: "또", LockAfter: time.Minute, Password: password}); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("another device: %v", err)
	}
	before := c.device.AccessToken
	if mina := c.come(c.mina, minasPIN); mina.Member != c.mina || mina.MayAt(auth.ViewSales, c.id) || !mina.MayAt(auth.TakeOrders, c.id) {
		t.Errorf("after the switch: %+v", mina)
	}
	if _, err := c.Authenticate(t.Context(), before); !errors.Is(err, auth.ErrToken) {
		t.Errorf("the owner's token after the switch: %v", err)
	}
	if err := c.LockDevice(t.Context(), c.device.Principal); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Authenticate(t.Context(), c.device.AccessToken); !errors.Is(err, auth.ErrToken) {
		t.Errorf("a locked device knows its last person: %v", err)
	}
	again, err := c.Refresh(t.Context(), c.device.RefreshToken)
	if err != nil || again.Principal.SignedIn() || again.Principal.Shared.Store != c.id {
		t.Errorf("refreshed after locking: %+v, %v", again.Principal, err)
	}
	if e := c.audited("device_taken"); len(e) != 2 || e[0].By.Member != c.ownerID || e[1].By.Member != c.mina {
		t.Errorf("on record: %+v", e)
	}
}

// AddMine gives the owner another store.
func (c *cafe) AddMine(t *testing.T, store ids.StoreID) (int64, error) {
	t.Helper()
	tag, err := c.dbs.Context("members").Exec(t.Context(), "INSERT INTO members.workplace (member_id, store_id, since) VALUES ($1, $2, now())", c.ownerID.UUID, store.UUID)
	return tag.RowsAffected(), err
}

func TestADeviceThatNobodyTouchesLocks(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	elsewhere, _ := c.replica()
	p := c.come(c.mina, minasPIN)
	here := func(s *members.Service) bool {
		got, err := s.Authenticate(t.Context(), c.device.AccessToken)
		return err == nil && got.Member == c.mina
	}
	for range 4 { // somebody who works on either replica stays
		c.wait(members.DefaultLock - time.Second)
		if !here(c.Service) || !here(elsewhere) {
			t.Fatal("the device locked although somebody works on it")
		}
		if err := elsewhere.StillThere(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		var err error
		if c.device, err = elsewhere.Refresh(t.Context(), c.device.RefreshToken); err != nil {
			t.Fatal(err)
		}
	}
	if alive, err := alive(t.Context(), c.Service, p); !alive || err != nil {
		t.Fatalf("alive %t, %v", alive, err)
	}
	c.wait(members.DefaultLock)
	if alive, err := alive(t.Context(), c.Service, p); alive || err != nil {
		t.Errorf("an open stream outlives the lock: %t, %v", alive, err)
	}
	if here(c.Service) || here(elsewhere) {
		t.Error("nobody has touched it, and it is open")
	}
	if err := c.StillThere(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if here(c.Service) {
		t.Error("a touch opens a locked device")
	}
}

// Whatever ends a person's work, or the device's, holds within seconds on every replica.
func TestWhatEndsWorkOnASharedDeviceHoldsEverywhereWithinSeconds(t *testing.T) {
	t.Parallel()
	type end struct {
		do     func(*cafe) error
		device bool // the device itself is over
		pins   bool // the PIN is still good
	}
	for name, e := range map[string]end{
		"lock": {pins: true, do: func(c *cafe) error { return c.LockDevice(c.t.Context(), c.device.Principal) }},
		"no workplace": {do: func(c *cafe) error {
			return c.SetWorkplaces(c.t.Context(), c.owner.Principal, members.SetWorkplaces{Member: c.mina, Among: []ids.StoreID{c.id}})
		}},
		"suspended": {do: func(c *cafe) error {
			return c.SetMemberState(c.t.Context(), c.owner.Principal, members.SetMemberState{Member: c.mina, State: membersapi.Suspended})
		}},
		"PIN removed": {do: func(c *cafe) error { return c.RemovePIN(c.t.Context(), c.manager.Principal, c.id, c.mina) }},
		"another PIN": {do: func(c *cafe) error {
			c.wait(time.Millisecond)
			c.setPIN("mina", "5920", c.id)
			return nil
		}},
		"own password changed": {pins: true, do: func(c *cafe) error {
			return second(c.ChangePassword(c.t.Context(), c.signIn("mina").Principal, members.ChangePassword{Old: password, New: "전혀 다른 긴 비밀번호 42"}))
		}},
		"signed out by headquarters": {do: func(c *cafe) error {
			return c.EndSessionsOfMember(c.t.Context(), c.signInHQ(), c.mina, ids.SessionID{})
		}},
		"password reset by link": {do: func(c *cafe) error {
			link, err := c.IssueReset(c.t.Context(), c.signInHQ(), c.mina)
			if err == nil {
				_, err = c.ResetPassword(c.t.Context(), members.ResetPassword{Token: link.Token, Password: "전혀 다른 긴 비밀번호 42"})
			}
			return err
		}},
		"second factor reset": {do: func(c *cafe) error { return c.ResetSecondFactor(c.t.Context(), c.signInHQ(), c.mina) }},
		"ended": {device: true, do: func(c *cafe) error {
			return c.EndSharedDevice(c.t.Context(), c.owner.Principal, c.id, c.device.Principal.Session)
		}},
		"store closed": {device: true, do: func(c *cafe) error {
			_, err := c.SetStoreStatus(c.t.Context(), hq, members.SetStoreStatus{ID: c.id, Status: membersapi.Closed, Reason: "폐점"})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCafe(t)
			elsewhere, _ := c.replica()
			c.come(c.mina, minasPIN)
			if p, err := elsewhere.Authenticate(t.Context(), c.device.AccessToken); err != nil || p.Member != c.mina {
				t.Fatalf("%+v, %v", p, err)
			}
			if err := e.do(c); err != nil {
				t.Fatal(err)
			}
			c.wait(5 * time.Second)
			for replica, s := range map[string]*members.Service{"here": c.Service, "elsewhere": elsewhere} {
				if p, err := s.Authenticate(t.Context(), c.device.AccessToken); err == nil {
					t.Errorf("%s: %+v", replica, p)
				}
			}
			after, err := elsewhere.Refresh(t.Context(), c.device.RefreshToken)
			if e.device {
				if !errors.Is(err, members.ErrSessionEnded) {
					t.Errorf("the device goes on: %v", err)
				}
				return
			}
			if err != nil || after.Principal.SignedIn() || after.Principal.Shared.Store != c.id {
				t.Errorf("the device: %+v, %v", after.Principal, err)
			}
			c.device = after
			if err := c.try(elsewhere, c.mina, minasPIN); e.pins && err != nil || !e.pins && !errors.Is(err, members.ErrWrongPIN) {
				t.Errorf("the PIN afterwards: %v", err)
			}
		})
	}
}

// The device is the store's: it stays when whoever set it up changes the password, signs out everywhere or leaves.
func TestADeviceOutlivesWhoSetItUp(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	if _, err := c.ChangePassword(t.Context(), c.manager.Principal, members.ChangePassword{Old: password, New: "전혀 다른 긴 비밀번호 42"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.EndOtherDevices(t.Context(), c.manager.Principal, "전혀 다른 긴 비밀번호 42"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetMemberState(t.Context(), c.owner.Principal, members.SetMemberState{Member: c.manager.Principal.Member, State: membersapi.Suspended}); err != nil {
		t.Fatal(err)
	}
	c.come(c.mina, minasPIN)
	list, err := c.SharedDevices(t.Context(), c.owner.Principal, c.id)
	if err != nil || len(list.Devices) != 1 || list.Devices[0].Acting == "" || list.Devices[0].Name != "카운터" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestOnlyWhoLooksAfterTheDevicesOfTheStoreDoes(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	other := c.store("jeju").ID
	c.member("stranger", auth.Owner, other)
	stranger, mina := c.signIn("stranger").Principal, c.signIn("mina").Principal
	device := c.device.Principal.Session
	for name, by := range map[string]auth.Principal{"another store's owner": stranger, "staff": mina, "the device": c.device.Principal} {
		for what, err := range map[string]error{
			"list": second(c.SharedDevices(t.Context(), by, c.id)),
			"end":  c.EndSharedDevice(t.Context(), by, c.id, device),
			"lock": c.SetLockAfter(t.Context(), by, c.id, device, time.Minute),
			"set up": second(c.SetUpDevice(t.Context(), by, members.SetUpDevice{
				Store: c.id, Name: "몰래", LockAfter: time.Minute, Password: password,
			})),
		} {
			if !errors.Is(err, members.ErrNotAllowed) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	if err := c.EndSharedDevice(t.Context(), stranger, other, device); !errors.Is(err, members.ErrNoSharedDevice) {
		t.Errorf("through another store: %v", err)
	}
	if _, err := c.SetUpDevice(t.Context(), c.manager.Principal, members.SetUpDevice{Store: c.id, Name: "뒷방", LockAfter: time.Minute, Password: "guess"}); !errors.Is(err, members.ErrWrongPassword) {
		t.Errorf("without the password: %v", err)
	}
	for name, bad := range map[string]members.SetUpDevice{
		"no name": {LockAfter: time.Minute}, "long name": {Name: strings.Repeat("가", 41), LockAfter: time.Minute},
		"two lines": {Name: "가\n나", LockAfter: time.Minute}, "never locks": {Name: "가", LockAfter: 100 * time.Hour}, "locks at once": {Name: "가"},
	} {
		bad.Store, bad.Password = c.id, password
		if _, err := c.SetUpDevice(t.Context(), c.manager.Principal, bad); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if err := c.SetLockAfter(t.Context(), c.manager.Principal, c.id, device, 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	if p, err := c.Authenticate(t.Context(), c.device.AccessToken); err != nil || p.Shared.LocksAfter != 10*time.Minute {
		t.Errorf("%+v, %v", p, err)
	}
}

// A copy of the device's cookies, used beside it, ends the device, and the store sees why.
func TestACopiedDeviceIsEnded(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	stolen := c.device
	c.come(c.mina, minasPIN)
	c.wait(time.Minute)
	// The thief's tokens are of before: they neither show who works there nor open anything.
	if _, err := c.Authenticate(t.Context(), stolen.AccessToken); !errors.Is(err, auth.ErrToken) {
		t.Errorf("the thief's access token: %v", err)
	}
	if _, err := c.Refresh(t.Context(), stolen.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("the thief's refresh token: %v", err)
	}
	if _, err := c.Authenticate(t.Context(), c.device.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("the device goes on beside its copy: %v", err)
	}
	list, err := c.SharedDevices(t.Context(), c.owner.Principal, c.id)
	if err != nil || len(list.Devices) != 0 || len(list.Copied) != 1 || list.Copied[0].Device != "카운터" {
		t.Errorf("%+v, %v", list, err)
	}
	if e := c.audited("device_copied"); len(e) != 1 || e[0].Store != c.id {
		t.Errorf("on record: %+v", e)
	}
}

// Whoever copied the tokens of the locked device and waits for somebody to come gets nothing out of the grace that other
// tabs have; and the device goes on.
func TestACopyDoesNotComeInBehindAPerson(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	stolen := c.device
	c.come(c.mina, minasPIN)
	got, err := c.Refresh(t.Context(), stolen.RefreshToken)
	if err != nil || got.Principal.SignedIn() || got.AccessToken != "" || got.RefreshToken != "" {
		t.Errorf("the copy gets %+v, %v", got, err)
	}
	if p, err := c.Authenticate(t.Context(), c.device.AccessToken); err != nil || p.Member != c.mina {
		t.Errorf("the person: %+v, %v", p, err)
	}
	if after, err := c.Refresh(t.Context(), c.device.RefreshToken); err != nil || after.Principal.Member != c.mina || after.RefreshToken == "" {
		t.Errorf("the device: %+v, %v", after, err)
	}
	// A double tap proves the PIN twice, and is let in.
	c = newCafe(t)
	first := c.device
	c.come(c.mina, minasPIN)
	again, err := c.SwitchPerson(t.Context(), first.Principal, members.SwitchPerson{Member: c.mina, PIN: minasPIN, RefreshToken: first.RefreshToken})
	if err != nil || again.RefreshToken != c.device.RefreshToken {
		t.Errorf("a double tap: %v", err)
	}
}

// A copy that was used a moment before somebody comes holds the token that the device would have next. Whoever proves
// their PIN gets another one, time after time: the copy never has what the person has, and its later use ends the device.
func TestACopyThatRefreshedFirstDoesNotBecomeThePerson(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	var copied members.Session
	for _, come := range []struct {
		name   string
		member ids.MemberID
		pin    string
	}{{"staff", c.mina, minasPIN}, {"then the owner", c.ownerID, ownersPIN}, {"the owner again", c.ownerID, ownersPIN}} {
		name, stolen := come.name, c.device
		if err := c.LockDevice(t.Context(), c.device.Principal); err != nil {
			t.Fatal(err)
		}
		c.wait(time.Second)
		var err error
		if copied, err = c.Refresh(t.Context(), stolen.RefreshToken); err != nil || copied.RefreshToken == "" || copied.Principal.SignedIn() {
			t.Fatalf("%s: the copy of the locked device: %+v, %v", name, copied, err)
		}
		c.wait(time.Second)
		c.come(come.member, come.pin)
		if c.device.RefreshToken == copied.RefreshToken || c.device.AccessToken == copied.AccessToken {
			t.Fatalf("%s: the person has got a token of the copy", name)
		}
		if got, err := c.Refresh(t.Context(), copied.RefreshToken); err != nil || got.AccessToken != "" || got.RefreshToken != "" || got.Principal.SignedIn() {
			t.Errorf("%s: the copy's token gives %+v, %v", name, got, err)
		}
		if p, err := c.Authenticate(t.Context(), copied.AccessToken); err == nil {
			t.Errorf("%s: the copy is %+v", name, p)
		}
		if p, err := c.Authenticate(t.Context(), c.device.AccessToken); err != nil || p.Member != come.member {
			t.Errorf("%s: the person: %+v, %v", name, p, err)
		}
	}
	c.wait(21 * time.Second)
	if _, err := c.Refresh(t.Context(), copied.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("the copy later: %v", err)
	}
	if list, err := c.SharedDevices(t.Context(), c.owner.Principal, c.id); err != nil || len(list.Devices) != 0 || len(list.Copied) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// A token of somebody's earlier hours on the device is not good for their next.
func TestATokenEndsWithTheHoursItIsOf(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	c.come(c.mina, minasPIN)
	morning := c.device.AccessToken
	c.wait(time.Minute)
	c.come(c.jinho, jinhosPIN)
	c.come(c.mina, minasPIN)
	if _, err := c.Authenticate(t.Context(), morning); !errors.Is(err, auth.ErrToken) {
		t.Errorf("the morning's token: %v", err)
	}
	if p, err := c.Authenticate(t.Context(), c.device.AccessToken); err != nil || p.Member != c.mina {
		t.Errorf("%+v, %v", p, err)
	}
}

// PINs are tried with the device's own newest token: with an old one, or another device's, nothing is looked at.
func TestPINsAreTriedOnTheDeviceItself(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	second := c.setUp("뒷방")
	for name, token := range map[string]string{"none": "", "another device's": second.RefreshToken, "a person's": c.owner.RefreshToken} {
		_, err := c.SwitchPerson(t.Context(), c.device.Principal, members.SwitchPerson{Member: c.mina, PIN: minasPIN, RefreshToken: token})
		if !errors.Is(err, members.ErrSessionEnded) {
			t.Errorf("with %s token: %v", name, err)
		}
	}
	if _, err := c.SwitchPerson(t.Context(), c.owner.Principal, members.SwitchPerson{Member: c.mina, PIN: minasPIN, RefreshToken: c.owner.RefreshToken}); !errors.Is(err, members.ErrNoSharedDevice) {
		t.Errorf("from a person's own session: %v", err)
	}
}

// A token that somebody made up, or one of long ago, tells nothing about a PIN: right and wrong get the same answer, and no
// attempt is counted. One that the device really had ends it.
func TestNoPINIsLookedAtWithATokenThatIsNotTheDevicesNewest(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	session := c.device.Principal.Session.UUID
	forged := append(append([]byte{}, session[:]...), make([]byte, 4+32)...)
	by := c.device.Principal
	for range 3 {
		for _, pin := range []string{minasPIN, "4081", "9032"} {
			_, err := c.SwitchPerson(t.Context(), by, members.SwitchPerson{Member: c.mina, PIN: pin, RefreshToken: base64.RawURLEncoding.EncodeToString(forged)})
			if !errors.Is(err, members.ErrSessionEnded) || errors.Is(err, members.ErrWrongPIN) {
				t.Errorf("forged, %s: %v", pin, err)
			}
		}
	}
	var counted int
	if err := c.dbs.Context("members").QueryRow(t.Context(), "SELECT count(*) FROM members.attempt_limit WHERE kind LIKE 'pin%'").Scan(&counted); err != nil || counted != 0 {
		t.Errorf("%d limits, %v", counted, err)
	}
	first := c.device
	c.come(c.mina, minasPIN) // and the device goes on
	c.wait(21 * time.Second)
	for _, pin := range []string{"4081", minasPIN} {
		if _, err := c.SwitchPerson(t.Context(), by, members.SwitchPerson{Member: c.mina, PIN: pin, RefreshToken: first.RefreshToken}); !errors.Is(err, members.ErrSessionEnded) || errors.Is(err, members.ErrWrongPIN) {
			t.Errorf("of before, %s: %v", pin, err)
		}
	}
	if e := c.audited("device_copied"); len(e) != 1 {
		t.Errorf("on record: %+v", e)
	}
}

// Two tabs of the device that refresh and switch at the same moment do not end it.
func TestTabsOfADeviceThatActAtOnceStaySignedIn(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	var together sync.WaitGroup
	sessions := make([]members.Session, 4)
	for i := range sessions {
		together.Go(func() {
			var err error
			if i == 0 {
				sessions[i], err = c.SwitchPerson(t.Context(), c.device.Principal, members.SwitchPerson{Member: c.mina, PIN: minasPIN, RefreshToken: c.device.RefreshToken})
			} else {
				sessions[i], err = c.Refresh(t.Context(), c.device.RefreshToken)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	for i, s := range sessions[1:] { // the device's, of before the PIN; after it, none at all
		if s.Principal.SignedIn() || s.RefreshToken == sessions[0].RefreshToken {
			t.Errorf("tab %d has what the person has: %+v", i+1, s)
		}
	}
	c.wait(time.Second)
	if after, err := c.Refresh(t.Context(), sessions[0].RefreshToken); err != nil || after.Principal.Member != c.mina {
		t.Errorf("%+v, %v", after.Principal, err)
	}
}

// The same in the order that is worst: one tab refreshes, somebody comes in another, and a third refreshes with what it had at first.
func TestATabThatComesLateDoesNotEndTheDevice(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	if _, err := c.Refresh(t.Context(), c.device.RefreshToken); err != nil {
		t.Fatal(err)
	}
	came, err := c.SwitchPerson(t.Context(), c.device.Principal, members.SwitchPerson{Member: c.mina, PIN: minasPIN, RefreshToken: c.device.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	c.wait(time.Second)
	if late, err := c.Refresh(t.Context(), c.device.RefreshToken); err != nil || late.RefreshToken != "" || late.Principal.SignedIn() {
		t.Errorf("the late tab has %+v, %v", late, err)
	}
	if after, err := c.Refresh(t.Context(), came.RefreshToken); err != nil || after.Principal.Member != c.mina {
		t.Errorf("who came: %+v, %v", after.Principal, err)
	}
	c.wait(time.Minute)
	if _, err := c.Refresh(t.Context(), c.device.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("a minute later it is a copy: %v", err)
	}
	if e := c.audited("device_copied"); len(e) != 1 {
		t.Errorf("on record: %+v", e)
	}
}

// What an owner withholds from a person holds by PIN too, and what they are granted in another store does not come along.
func TestExceptionsOfThePersonHoldOnTheDevice(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	if err := c.SetPermission(t.Context(), c.owner.Principal, members.SetPermission{Store: c.id, Member: c.mina, Permission: auth.ViewSales, Choice: members.Granted}); err != nil {
		t.Fatal(err)
	}
	p := c.come(c.mina, minasPIN)
	if !p.MayAt(auth.ViewSales, c.id) || p.MayAt(auth.CancelPrepared, c.id) {
		t.Errorf("%+v", p.Exceptions)
	}
	if err := c.SetPermission(t.Context(), c.owner.Principal, members.SetPermission{Store: c.id, Member: c.mina, Permission: auth.ViewSales, Choice: members.AsRole}); err != nil {
		t.Fatal(err)
	}
	if p, err := c.Authenticate(t.Context(), c.device.AccessToken); err != nil || p.MayAt(auth.ViewSales, c.id) {
		t.Errorf("after it was taken back: %+v, %v", p, err)
	}
	if !slices.Equal(p.Stores, []ids.StoreID{c.id}) {
		t.Errorf("stores %v", p.Stores)
	}
}

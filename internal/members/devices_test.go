package members_test

import (
	"errors"
	"testing"
	"time"

	"maru/internal/members"
	"maru/internal/platform/auth"
)

func TestAPersonSeesWhereTheyAreSignedInAndEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("mine", auth.HQAdmin)
	w.member("other", auth.HQAdmin)
	phone := w.signIn("mine")
	w.wait(time.Minute)
	laptop, foreign := w.signIn("mine"), w.signIn("other")
	list, err := w.Devices(t.Context(), laptop.Principal)
	if err != nil || len(list.Devices) != 2 || !list.Devices[0].This || list.Devices[1].Session != phone.Principal.Session || len(list.Copied) != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := w.EndDevice(t.Context(), laptop.Principal, foreign.Principal.Session, password); !errors.Is(err, members.ErrNoDevice) {
		t.Errorf("another person's device: %v", err)
	}
	if err := w.EndDevice(t.Context(), laptop.Principal, phone.Principal.Session, "not mine"); !errors.Is(err, members.ErrWrongPassword) {
		t.Errorf("with a wrong password: %v", err)
	}
	if _, err := w.EndOtherDevices(t.Context(), laptop.Principal, ""); !errors.Is(err, members.ErrWrongPassword) {
		t.Errorf("all others without a password: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), phone.AccessToken); err != nil {
		t.Errorf("the phone after both: %v", err)
	}
	if err := w.EndDevice(t.Context(), laptop.Principal, phone.Principal.Session, password); err != nil {
		t.Fatal(err)
	}
	if err := w.EndDevice(t.Context(), laptop.Principal, phone.Principal.Session, password); !errors.Is(err, members.ErrNoDevice) {
		t.Errorf("twice: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), phone.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("the phone: %v", err)
	}
	if n, err := w.EndOtherDevices(t.Context(), w.signIn("mine").Principal, password); err != nil || n != 1 {
		t.Errorf("all others: %d, %v", n, err)
	}
	for name, token := range map[string]string{"laptop": laptop.AccessToken, "the other person": foreign.AccessToken} {
		if _, err := w.Authenticate(t.Context(), token); (err == nil) != (name == "the other person") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPersonIsToldThatSomebodyUsedACopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("mine", auth.HQAdmin)
	first := w.signIn("mine")
	w.wait(11 * time.Minute)
	if _, err := w.Refresh(t.Context(), first.RefreshToken); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Minute)
	if _, err := w.Refresh(t.Context(), first.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Fatal(err)
	}
	again := w.signIn("mine")
	if !again.Copied {
		t.Error("the next sign-in does not tell")
	}
	list, err := w.Devices(t.Context(), again.Principal)
	if err != nil || len(list.Copied) != 1 || list.Copied[0].Address != "203.0.113.9" {
		t.Fatalf("%+v, %v", list, err)
	}
	for range 2 { // the second time there is nothing to say
		if err := w.NoteCopies(t.Context(), again.Principal); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.count(`SELECT count(*) FROM members.outbox WHERE payload->>'action' = 'copies_noted'`); n != 1 {
		t.Errorf("%d records of the warning that was taken away", n)
	}
	if s := w.signIn("mine"); s.Copied {
		t.Error("it is told again after it was read")
	}
}

func TestChangingThePasswordAsksForTheOldOneAndEndsOtherSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	w.member("owner", auth.Owner, store.ID)
	thief, mine := w.signIn("owner"), w.signIn("owner")
	const next = "자전거 우산 복숭아 열두 시"
	change := func(was, is string) error {
		s, err := w.ChangePassword(t.Context(), mine.Principal, members.ChangePassword{Old: was, New: is})
		if err == nil {
			mine = s
		}
		return err
	}
	if err := change("wrong", next); !errors.Is(err, members.ErrWrongPassword) {
		t.Errorf("a wrong one: %v", err)
	}
	if err := change(password, "강남점 강남점1"); !errors.Is(err, members.ErrWeakPassword) {
		t.Errorf("a password of the store's name: %v", err)
	}
	if err := change(password, password); !errors.Is(err, members.ErrSamePassword) {
		t.Errorf("the same: %v", err)
	}
	before := mine
	if err := change(password, next); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(t.Context(), thief.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("the other session: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), mine.AccessToken); err != nil {
		t.Errorf("this session: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), before.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("a copy of this session's token from before: %v", err)
	}
	if _, err := w.Refresh(t.Context(), before.RefreshToken); !errors.Is(err, members.ErrSessionRenewed) {
		t.Errorf("a copy of this session's refresh token from before: %v", err)
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "203.0.113.1"}); !errors.Is(err, members.ErrWrongCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: next, Address: "203.0.113.1"}); err != nil {
		t.Errorf("the new password: %v", err)
	}
	for range 5 {
		_ = change("wrong", "느린 거북이가 달을 샀다")
	}
	if err := change(next, "느린 거북이가 달을 샀다"); !errors.Is(err, members.ErrLocked) {
		t.Errorf("somebody at an open device guesses the old one: %v", err)
	}
}

func TestAHashWithOldParametersIsMadeAnewAtTheNextSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("owner", auth.HQAdmin)
	old, err := auth.NewPasswords(auth.Argon{MemoryKiB: 32, Passes: 2, Threads: 1}, 1).Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	db := w.dbs.Context("members")
	if _, err := db.Exec(t.Context(), "UPDATE members.member SET password_hash = $1 WHERE member_id = $2", old, id); err != nil {
		t.Fatal(err)
	}
	w.signIn("owner")
	var now string
	if err := db.QueryRow(t.Context(), "SELECT password_hash FROM members.member WHERE member_id = $1", id).Scan(&now); err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=64,t=1,p=1$"; len(now) < len(want) || now[:len(want)] != want {
		t.Errorf("the hash is %.40s…, want %s…", now, want)
	}
	w.signIn("owner")
}

// Links for new passwords go to the address, so whoever borrows a session must not be able to change it.
func TestANewAddressTakesThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("mine", auth.HQAdmin)
	by := w.as("mine")
	change := func(cmd members.ChangeProfile) error { return w.ChangeProfile(t.Context(), by, cmd) }
	for what, cmd := range map[string]members.ChangeProfile{
		"an address": {Name: "김마루", Email: "thief@example.com"}, "a number": {Name: "김마루", Phone: "010-9999-8888"},
	} {
		if err := change(cmd); !errors.Is(err, members.ErrPasswordForContact) {
			t.Errorf("%s: %v", what, err)
		}
		cmd.Password = "not mine"
		if err := change(cmd); !errors.Is(err, members.ErrWrongPassword) {
			t.Errorf("%s with a wrong password: %v", what, err)
		}
	}
	mine := members.ChangeProfile{Name: "김마루", Email: "mine@example.com", Phone: "010-1234-5678", Password: password}
	if err := change(mine); err != nil {
		t.Fatal(err)
	}
	mine.Name, mine.Phone, mine.Password = "새 이름", "01012345678", "" // the same number, written otherwise
	if err := change(mine); err != nil {
		t.Errorf("a name: %v", err)
	}
	mine.Email = ""
	if err := change(mine); !errors.Is(err, members.ErrPasswordForContact) {
		t.Errorf("no address any more: %v", err)
	}
}

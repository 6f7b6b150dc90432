package members_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

const otherPassword = "느티나무 아래 둥근 탁자"

// Checking a password takes a moment. Who keeps a sign-in with the old one under way is not in when it was changed meanwhile.
func TestASignInUnderWayDoesNotOutliveAChangeOfPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("owner", auth.HQAdmin)
	tx, err := w.dbs.Context("members").Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(t.Context()) })
	if _, err := tx.Exec(t.Context(), "SELECT FROM members.member WHERE member_id = $1 FOR UPDATE", id); err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9"})
		answer <- err
	}()
	var xid string
	if err := tx.QueryRow(t.Context(), "SELECT pg_current_xact_id()::xid::text").Scan(&xid); err != nil {
		t.Fatal(err)
	}
	waits := func() bool {
		return w.count("SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = $1::text::xid", xid) > 0
	}
	for end := time.Now().Add(10 * time.Second); !waits() && len(answer) == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if _, err := tx.Exec(t.Context(), "UPDATE members.member SET password_changed_at = $2 WHERE member_id = $1", id, w.clock()); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; !errors.Is(err, members.ErrWrongCredentials) {
		t.Errorf("the sign-in answers %v", err)
	}
	if n := w.count("SELECT count(*) FROM members.session"); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

// Half a sign-in that was proved with the old password is not finished after a change, whenever it was sealed.
func TestHalfASignInEndsWithThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	s := w.signIn("owner")
	secret, _ := w.enrol(s)
	from := members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9"}
	half, err := w.SignIn(t.Context(), from)
	if !errors.Is(err, members.ErrCodeNeeded) {
		t.Fatal(err)
	}
	if _, err := w.ChangePassword(t.Context(), s.Principal, members.ChangePassword{Old: password, New: otherPassword}); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Minute)
	if _, err := w.FinishSignIn(t.Context(), half.Challenge, w.codeOf(secret), from); !errors.Is(err, members.ErrChallengeOver) {
		t.Errorf("it is finished: %v", err)
	}
}

func (w *world) passkey(member ids.MemberID) {
	w.t.Helper()
	_, err := w.dbs.Context("members").Exec(w.t.Context(),
		`INSERT INTO members.passkey (credential_id, member_id, name, credential, added_at) VALUES ('\x01', $1, '열쇠', '{}', $2)`, member, w.clock())
	if err != nil {
		w.t.Fatal(err)
	}
}

// Where a second factor is required and a passkey is the only one, a stolen password opens nothing and adds no factor.
func TestAPasskeyIsAskedForWhereItIsTheOnlySecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("owner", auth.HQAdmin)
	w.passkey(id)
	before := w.signIn("owner")
	if err := w.RequireSecondFactor(t.Context(), hq, auth.HQAdmin, true); err != nil {
		t.Fatal(err)
	}
	from := members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9"}
	if _, err := w.SignIn(t.Context(), from); !errors.Is(err, members.ErrPasskeyNeeded) {
		t.Errorf("the password alone: %v", err)
	}
	from.Password = "wrong"
	if _, err := w.SignIn(t.Context(), from); !errors.Is(err, members.ErrWrongCredentials) {
		t.Errorf("a wrong password tells of the passkey: %v", err)
	}
	w.wait(time.Minute)
	by, err := w.Authenticate(t.Context(), before.AccessToken)
	if err != nil || !by.NeedsFactor {
		t.Fatalf("%+v, %v", by, err)
	}
	if _, err := w.BeginTOTP(t.Context(), by, password); !errors.Is(err, members.ErrPasskeyNeeded) {
		t.Errorf("an app beside it, with no more than the password: %v", err)
	}
	if _, err := w.BeginPasskey(t.Context(), by, members.Site{Host: "maru.example.com", Origin: "https://maru.example.com"}, password); !errors.Is(err, members.ErrPasskeyNeeded) {
		t.Errorf("another passkey, with no more than the password: %v", err)
	}
	if err := w.ResetSecondFactor(t.Context(), hq, id); err != nil {
		t.Fatal(err)
	}
	if s := w.signIn("owner"); !s.Principal.NeedsFactor {
		t.Error("after headquarters reset it a new one is set up")
	}
}

// Support lets owners in, but puts none in the place of another: not when it approves, and not when the applicant comes
// after somebody else got the store.
func TestSupportTakesNoStoreFromItsOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owned, free := w.store("owned"), w.store("free")
	w.member("old", auth.Owner, owned.ID)
	w.member("support", auth.HQSupport)
	support, since := w.as("support"), businessday.NewDate(2026, 11, 22)
	w.apply("김점주")
	approve := members.ApproveApplication{ID: w.waiting()[0].ID, Stores: []ids.StoreID{free.ID, owned.ID}, Since: since}
	if _, err := w.ApproveApplication(t.Context(), support, approve); !errors.Is(err, members.ErrStoreOwned) {
		t.Fatalf("a store with an owner: %v", err)
	}
	approve.Stores = []ids.StoreID{free.ID}
	link, err := w.ApproveApplication(t.Context(), support, approve)
	if err != nil {
		t.Fatal(err)
	}
	w.member("quicker", auth.Owner, w.store("elsewhere").ID)
	if err := w.ChangeOwner(t.Context(), hq, members.ChangeOwner{Store: free.ID, Login: "quicker", Since: since}); err != nil {
		t.Fatal(err)
	}
	id, err := w.AcceptInvitation(t.Context(), members.AcceptInvitation{Token: link.Token, Login: "kim", Password: password, Name: "김점주", Phone: "010-1234-5678"})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.count("SELECT count(*) FROM members.workplace WHERE member_id = $1", id); n != 0 {
		t.Error("the store was taken from the owner it got meanwhile")
	}
}

// Who invited an owner is on the trail, with who it is and not a name alone.
func TestAnAcceptedInvitationSaysWhoGaveTheStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	admin := w.member("admin", auth.HQAdmin)
	link, err := w.Invite(t.Context(), w.as("admin"), members.Invite{Name: "김점주", Role: auth.Owner, Stores: []ids.StoreID{store.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AcceptInvitation(t.Context(), members.AcceptInvitation{Token: link.Token, Login: "kim", Password: password, Name: "김점주", Phone: "010-1234-5678"}); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"store_taken_over", "owner_changed"} {
		if n := w.count(`SELECT count(*) FROM members.outbox WHERE payload->>'action' = $1 AND payload->'by'->>'member_id' = $2`, action, admin.String()); n != 1 {
			t.Errorf("%d records of %s by the administrator", n, action)
		}
	}
}

// A link for a new password that somebody else may hold is good no more once the person has changed the password, or
// where their mail goes.
func TestLinksForANewPasswordEndWithWhatTheyCameFrom(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, by auth.Principal) error{
		"password": func(w *world, by auth.Principal) error {
			_, err := w.ChangePassword(w.t.Context(), by, members.ChangePassword{Old: password, New: otherPassword})
			return err
		},
		"e-mail": func(w *world, by auth.Principal) error {
			return w.ChangeProfile(w.t.Context(), by, members.ChangeProfile{Name: "김마루", Email: "new@example.com", Password: password})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.member("owner", auth.Owner, w.store("seongsu").ID)
			link, err := w.IssueReset(t.Context(), hq, id)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(w, w.as("owner")); err != nil {
				t.Fatal(err)
			}
			if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: link.Token, Password: "세 번째로 정한 비밀번호"}); !errors.Is(err, members.ErrLink) {
				t.Errorf("the link is good: %v", err)
			}
		})
	}
}

// What somebody has handed out ends with their account: they may have kept it for themselves.
func TestLinksEndWithTheAccountOfTheirMaker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	leaving := w.member("leaving", auth.HQAdmin)
	owner := w.member("owner", auth.Owner, w.store("seongsu").ID)
	by := w.as("leaving")
	invited, err := w.Invite(t.Context(), by, members.Invite{Name: "뒷문", Role: auth.HQAdmin})
	if err != nil {
		t.Fatal(err)
	}
	reset, err := w.IssueReset(t.Context(), by, owner)
	if err != nil {
		t.Fatal(err)
	}
	others, err := w.Invite(t.Context(), hq, members.Invite{Name: "새 사람", Role: auth.HQMenu})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetMemberState(t.Context(), hq, members.SetMemberState{Member: leaving, State: membersapi.Suspended}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Invited(t.Context(), invited.Token); !errors.Is(err, members.ErrLink) {
		t.Errorf("the invitation is good: %v", err)
	}
	if _, _, err := w.ResetOf(t.Context(), reset.Token); !errors.Is(err, members.ErrLink) {
		t.Errorf("the link for a password is good: %v", err)
	}
	if _, err := w.Invited(t.Context(), others.Token); err != nil {
		t.Errorf("somebody else's invitation: %v", err)
	}
	if n := w.count(`SELECT count(*) FROM members.outbox WHERE payload->>'action' IN ('invitation_withdrawn', 'reset_withdrawn')`); n != 2 {
		t.Errorf("%d records", n)
	}
}

// A wrong secret first does not keep the use of the right one off the list of keys.
func TestAWrongSecretDoesNotHideTheUseOfAKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	w.member("mina", auth.Owner, store.ID)
	_, secret, err := w.CreateKey(t.Context(), w.signIn("mina").Principal, members.CreateKey{
		Store: &store.ID, Name: "회계", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	wrong := secret[:strings.LastIndexByte(secret, '_')+1] + strings.Repeat("A", 26)
	if _, err := w.AuthenticateKey(t.Context(), wrong, "203.0.113.9"); !errors.Is(err, auth.ErrToken) {
		t.Fatal(err)
	}
	if _, err := w.AuthenticateKey(t.Context(), secret, "203.0.113.9"); err != nil {
		t.Fatal(err)
	}
	keys, err := w.Keys(t.Context(), hq, &store.ID)
	if err != nil || len(keys) != 1 || keys[0].LastUsed == nil {
		t.Errorf("%+v, %v", keys, err)
	}
}

// A secret that was begun and not confirmed waits for nobody: not for who copies the session later, and not past a change
// of the password that it was begun with.
func TestAnEnrolmentThatWasBegunEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	s := w.signIn("owner")
	begin := func() members.Enrolment {
		t.Helper()
		e, err := w.BeginTOTP(t.Context(), s.Principal, password)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	gone := func(e members.Enrolment) {
		t.Helper()
		if _, err := w.TOTPInProgress(t.Context(), s.Principal); !errors.Is(err, members.ErrNoTOTP) {
			t.Errorf("the secret is shown: %v", err)
		}
		if _, err := w.ConfirmTOTP(t.Context(), s.Principal, w.codeOf(e.Secret)); !errors.Is(err, members.ErrNoTOTP) {
			t.Errorf("it can be confirmed: %v", err)
		}
	}
	e := begin()
	w.wait(11 * time.Minute)
	gone(e)
	e = begin()
	fresh, err := w.ChangePassword(t.Context(), s.Principal, members.ChangePassword{Old: password, New: otherPassword})
	if err != nil {
		t.Fatal(err)
	}
	s = fresh
	gone(e)
}

func TestSupportUnlocksNobodyAtHeadquarters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, owner := w.member("admin", auth.HQAdmin), w.member("owner", auth.Owner, w.store("seongsu").ID)
	w.member("support", auth.HQSupport)
	if err := w.Unlock(t.Context(), w.as("support"), admin); !errors.Is(err, members.ErrNoMember) {
		t.Errorf("an administrator: %v", err)
	}
	if err := w.Unlock(t.Context(), w.as("support"), owner); err != nil {
		t.Error(err)
	}
}

// Browsers in which the old password was used are strangers after a change, but for those that are signed in with the new one.
func TestAChangeOfPasswordDisownsBrowsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	browser := func(key string) members.SignIn {
		return members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9", DeviceKey: strings.Repeat(key, 40)}
	}
	if _, err := w.SignIn(t.Context(), browser("t")); err != nil { // the thief's
		t.Fatal(err)
	}
	w.wait(time.Minute)
	own, err := w.SignIn(t.Context(), browser("o"))
	if err != nil {
		t.Fatal(err)
	}
	w.wait(time.Minute)
	if _, err := w.ChangePassword(t.Context(), own.Principal, members.ChangePassword{Old: password, New: otherPassword}); err != nil {
		t.Fatal(err)
	}
	counted := func(key string) int {
		t.Helper()
		if _, err := w.dbs.Context("members").Exec(t.Context(), "DELETE FROM members.attempt_limit"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignIn(t.Context(), browser(key)); !errors.Is(err, members.ErrWrongCredentials) {
			t.Fatalf("with the old password: %v", err)
		}
		return w.count("SELECT count(*) FROM members.attempt_limit WHERE kind = 'device'")
	}
	if counted("o") != 1 {
		t.Error("the person's own browser is a stranger")
	}
	if counted("t") != 0 {
		t.Error("the other browser has a lock of its own still")
	}
}

// A passkey of somebody who is suspended leaves no session and no record of one.
func TestNoSessionBeginsForASuspendedAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("owner", auth.HQAdmin)
	err := w.dbs.Context("members").InTx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "UPDATE members.member SET state = 'suspended' WHERE member_id = $1", id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.BeginSessionOf(t.Context(), id); !errors.Is(err, members.ErrWrongCredentials) {
		t.Errorf("it begins: %v", err)
	}
}

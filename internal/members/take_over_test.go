package members_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// What a former owner handed out opens nothing after the change: keys of the store and links that nobody has used yet. Planned or
// at once, everything is on the trail, and both owners are told.
func TestAFormerOwnersKeysAndLinksGoWithThem(t *testing.T) {
	t.Parallel()
	for name, planned := range map[string]bool{"on the day that was planned": true, "at once": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t) // the store's date is 2026-11-22
			post := &postOffice{}
			w.SendMailBy(post, "https://maru.example.com")
			store, other := w.store("seongsu"), w.store("other")
			w.member("old", auth.Owner, store.ID, other.ID)
			w.member("new", auth.Owner, w.store("third").ID)
			clerk := w.member("clerk", auth.Staff, store.ID)
			for _, login := range []string{"old", "new"} {
				if err := w.ChangeProfile(t.Context(), w.as(login), members.ChangeProfile{Name: "김" + login, Email: login + "@example.com", Password: password}); err != nil {
					t.Fatal(err)
				}
			}
			old := w.as("old")
			key := func(by auth.Principal, at *ids.StoreID) string {
				_, secret, err := w.CreateKey(t.Context(), by, members.CreateKey{
					Store: at, Name: "회계 프로그램", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 30,
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.AuthenticateKey(t.Context(), secret, "192.0.2.1"); err != nil {
					t.Fatal(err)
				}
				return secret
			}
			mine, byHQ, elsewhere, ofHQ := key(old, &store.ID), key(hq, &store.ID), key(old, &other.ID), key(hq, nil)
			invite := func(stores ...ids.StoreID) string {
				link, err := w.Invite(t.Context(), old, members.Invite{Name: "이직원", Role: auth.Manager, Stores: stores})
				if err != nil {
					t.Fatal(err)
				}
				return link.Token
			}
			invited, invitedBoth, invitedElsewhere := invite(store.ID), invite(store.ID, other.ID), invite(other.ID)
			reset, err := w.IssueReset(t.Context(), old, clerk)
			if err != nil {
				t.Fatal(err)
			}

			tomorrow := businessday.NewDate(2026, 11, 23)
			change := func() {
				if err := w.ChangeOwner(t.Context(), hq, members.ChangeOwner{Store: store.ID, Login: "new", Since: tomorrow}); err != nil {
					t.Fatal(err)
				}
			}
			if planned {
				change()
				if _, err := w.AuthenticateKey(t.Context(), mine, "192.0.2.1"); err != nil {
					t.Errorf("before the day: %v", err)
				}
			}
			w.wait(22 * time.Hour)
			if !planned {
				change()
			}
			for range 2 { // the second changes nothing
				if err := w.Housekeep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}

			for what, secret := range map[string]string{"the former owner's": mine, "headquarters' key of the store": byHQ} {
				if _, err := w.AuthenticateKey(t.Context(), secret, "192.0.2.1"); !errors.Is(err, auth.ErrToken) {
					t.Errorf("%s: %v", what, err)
				}
			}
			for what, secret := range map[string]string{"another store's": elsewhere, "headquarters'": ofHQ} {
				if _, err := w.AuthenticateKey(t.Context(), secret, "192.0.2.1"); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			for what, token := range map[string]string{"to the store": invited, "to the store and another": invitedBoth} {
				if _, err := w.Invited(t.Context(), token); !errors.Is(err, members.ErrLink) {
					t.Errorf("an invitation %s: %v", what, err)
				}
			}
			if _, err := w.Invited(t.Context(), invitedElsewhere); err != nil {
				t.Errorf("an invitation elsewhere: %v", err)
			}
			if _, _, err := w.ResetOf(t.Context(), reset.Token); !errors.Is(err, members.ErrLink) {
				t.Errorf("a link for the password of staff: %v", err)
			}

			keys, err := w.Keys(t.Context(), w.as("new"), &store.ID)
			if err != nil || len(keys) != 2 || slices.ContainsFunc(keys, func(k members.APIKey) bool { return !k.OwnerGone || k.RevokedAt == nil }) {
				t.Errorf("the new owner sees %+v, %v", keys, err)
			}
			for action, want := range map[string]int{
				"api_key_revoked": 2, "invitation_withdrawn": 2, "reset_withdrawn": 1, "store_taken_over": 4, // three of them first owners
			} {
				if e := w.audited(action); len(e) != want {
					t.Errorf("%d records of %s, want %d: %+v", len(e), action, want, e)
				}
			}
			if e := w.audited("owner_changed"); len(e) != 1 || !strings.Contains(string(e[0].Before), "김old") || !strings.Contains(string(e[0].After), "김new") {
				t.Errorf("the record of the change: %+v", e)
			}
			for range 10 {
				if err := w.SendQueued(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
					t.Fatal(err)
				}
			}
			told := map[string]bool{}
			for _, m := range post.mails() {
				if strings.Contains(m.Subject, "seongsu점") && strings.Contains(m.Body, "회계 프로그램") && !strings.Contains(m.Body, "{") {
					told[m.To] = true
				}
			}
			if !told["old@example.com"] || !told["new@example.com"] || len(told) != 2 {
				t.Errorf("told are %v of %+v", told, post.mails())
			}
		})
	}
}

package members_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// alive asks for one.
func alive(ctx context.Context, s *members.Service, p auth.Principal) (bool, error) {
	all, err := s.Alive(ctx, []auth.Principal{p})
	return err == nil && all[0], err
}

// An open page asks for its session together with all others of the replica: each gets its own answer.
func TestSessionsAskedForTogetherAreAnsweredEach(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	c.member("office", auth.HQAdmin)
	two := c.store("two").ID
	mover := c.member("mover", auth.Staff, c.id, two)
	names := []string{"stays", "leaves", "suspended"}
	for _, name := range names {
		c.member(name, auth.Staff, c.id)
	}
	stays, leaves, suspended := c.as("stays"), c.as("leaves"), c.as("suspended")
	moved, office := c.as("mover"), c.as("office")
	onDevice := c.come(c.mina, minasPIN)
	nobody := onDevice
	nobody.Member = ids.MemberID{}
	stranger := stays
	stranger.Session = ids.NewSessionID()
	all := []auth.Principal{stays, leaves, suspended, moved, office, onDevice, stays, stranger, nobody}
	ask := func(when string, want ...bool) {
		t.Helper()
		other, _ := c.replica()
		for _, s := range []*members.Service{c.Service, other} {
			got, err := s.Alive(t.Context(), all)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %v; want %v", when, got, err, want)
			}
		}
	}
	ask("at first", true, true, true, true, true, true, true, false, false)
	if err := c.SignOut(t.Context(), leaves); err != nil {
		t.Fatal(err)
	}
	if err := c.SetMemberState(t.Context(), office, members.SetMemberState{Member: suspended.Member, State: membersapi.Suspended}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetWorkplaces(t.Context(), office, members.SetWorkplaces{Member: mover, Stores: []ids.StoreID{two}}); err != nil {
		t.Fatal(err)
	}
	c.wait(members.DefaultLock) // nobody touched the device
	ask("afterwards", true, false, false, false, true, false, true, false, true)
	if got, err := c.Service.Alive(t.Context(), nil); len(got) != 0 || err != nil {
		t.Errorf("of nobody: %v, %v", got, err)
	}
}

// Whoever has a page open was just looked up: their requests are not looked up again.
func TestSessionsOfOpenPagesAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	w.member("owner", auth.Owner, store.ID)
	s := w.signIn("owner")
	other, _ := w.replica()
	if ok, err := alive(t.Context(), other, s.Principal); !ok || err != nil {
		t.Fatal(ok, err)
	}
	_, err := w.dbs.Context("members").Exec(t.Context(), "UPDATE members.session SET ended_at = $1, end_reason = 'signed_out'", w.clock())
	if err != nil {
		t.Fatal(err)
	}
	got, err := other.Authenticate(t.Context(), s.AccessToken)
	if err != nil || !slices.Equal(got.Stores, s.Principal.Stores) || got.Name != s.Principal.Name || got.Role != auth.Owner {
		t.Errorf("from memory: %+v, %v", got, err)
	}
	w.wait(5 * time.Second)
	if _, err := other.Authenticate(t.Context(), s.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("after five seconds: %v", err)
	}
}

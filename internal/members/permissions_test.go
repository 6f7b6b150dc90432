package members_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

func TestAnOwnerGrantsAndWithholdsForSinglePeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.store("a"), w.store("b")
	w.member("owner.a", auth.Owner, a.ID)
	w.member("owner.b", auth.Owner, b.ID)
	barista := w.member("barista", auth.Staff, a.ID, b.ID)
	owner, stranger := w.signIn("owner.a").Principal, w.signIn("owner.b").Principal
	session := w.signIn("barista")
	other, _ := w.replica()
	may := func(s *members.Service, perm auth.Permission, store ids.StoreID) bool {
		t.Helper()
		p, err := s.Authenticate(t.Context(), session.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		return p.MayAt(perm, store)
	}
	set := func(by auth.Principal, store ids.StoreID, perm auth.Permission, choice members.Choice) error {
		return w.SetPermission(t.Context(), by, members.SetPermission{Store: store, Member: barista, Permission: perm, Choice: choice})
	}
	if may(w.Service, auth.ViewSales, a.ID) || may(other, auth.ViewSales, a.ID) {
		t.Fatal("staff see sales before anybody granted it")
	}
	if err := set(owner, a.ID, auth.ViewSales, members.Granted); err != nil {
		t.Fatal(err)
	}
	if !may(w.Service, auth.ViewSales, a.ID) || may(w.Service, auth.ViewSales, b.ID) {
		t.Error("the grant does not hold at once, or holds in another store")
	}
	w.wait(5 * time.Second)
	if !may(other, auth.ViewSales, a.ID) {
		t.Error("another replica does not know it after five seconds")
	}
	if err := set(owner, a.ID, auth.ViewSales, members.AsRole); err != nil || may(w.Service, auth.ViewSales, a.ID) {
		t.Errorf("back to the role: %v", err)
	}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"another owner's store":       {set(owner, b.ID, auth.ViewSales, members.Granted), members.ErrNoWorker},
		"another owner":               {set(stranger, a.ID, auth.ViewSales, members.Granted), members.ErrNoWorker},
		"the person alone":            {set(session.Principal, a.ID, auth.ViewSales, members.Granted), members.ErrNotAllowed},
		"what is not marked":          {set(owner, a.ID, auth.ManageStaff, members.Granted), members.ErrNotMarked},
		"what is of headquarters":     {set(owner, a.ID, auth.ViewChain, members.Granted), members.ErrNotMarked},
		"what is no permission":       {set(owner, a.ID, "everything", members.Granted), members.ErrNotMarked},
		"what is no choice":           {set(owner, a.ID, auth.ViewSales, "perhaps"), members.ErrBadChoice},
		"themselves, who have it all": {w.SetPermission(t.Context(), owner, members.SetPermission{Store: a.ID, Member: owner.Member, Permission: auth.ViewSales, Choice: members.Withheld}), members.ErrOwnersHaveAll},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	if err := set(owner, a.ID, auth.CancelPrepared, members.Granted); err != nil {
		t.Fatal(err)
	}
	list, err := w.PermissionsOf(t.Context(), owner, a.ID, barista)
	if err != nil || len(list.Marked) < 2 {
		t.Fatalf("%d marked permissions, %v", len(list.Marked), err)
	}
	for _, m := range list.Marked {
		if m.May() != (m.Permission == auth.CancelPrepared) {
			t.Errorf("%s: may %v", m.Permission, m.May())
		}
	}
}

func TestAnAPIKeyOpensWhatItIsForAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.store("a"), w.store("b")
	w.member("owner", auth.Owner, a.ID)
	w.member("barista", auth.Staff, a.ID)
	owner, barista := w.signIn("owner").Principal, w.signIn("barista").Principal
	key, secret, err := w.CreateKey(t.Context(), owner, members.CreateKey{
		Store: &a.ID, Name: "회계", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.AuthenticateKey(t.Context(), secret, "203.0.113.7")
	if err != nil || !p.IsKey() || p.AtHQ() || !p.MayAt(auth.ViewSales, a.ID) || p.MayAt(auth.ViewSales, b.ID) || p.MayAt(auth.TakeOrders, a.ID) || p.May(auth.ViewChain) {
		t.Fatalf("the key is %+v, %v", p, err)
	}
	for name, bad := range map[string]string{
		"prefix only": key.Prefix, "another secret": key.Prefix + "_" + strings.Repeat("A", 26), "shorter": secret[:len(secret)-1],
		"longer": secret + "A", "lower case": strings.ToLower(secret), "nothing": "maru_", "no text": "maru_\xff\xff_abc", "zero": key.Prefix + "_" + strings.Repeat("A", 25) + "\x00", "much": "maru_" + strings.Repeat("a_", 5000),
	} {
		if _, err := w.AuthenticateKey(t.Context(), bad, ""); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var stored string
	if err := w.dbs.Context("members").QueryRow(t.Context(), "SELECT row_to_json(k)::text FROM members.api_key AS k").Scan(&stored); err != nil || strings.Contains(stored, secret[len(key.Prefix)+1:]) {
		t.Errorf("the secret is in the database, or %v", err)
	}
	keys, err := w.Keys(t.Context(), owner, &a.ID)
	if err != nil || len(keys) != 1 || keys[0].LastUsed == nil || keys[0].LastFrom == "" {
		t.Errorf("the list is %+v, %v", keys, err)
	}
	create := func(by auth.Principal, change func(*members.CreateKey)) error {
		cmd := members.CreateKey{Store: &a.ID, Name: "x", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 1, Days: 1}
		change(&cmd)
		_, _, err := w.CreateKey(t.Context(), by, cmd)
		return err
	}
	for name, c := range map[string]struct{ err, want error }{
		"of headquarters, by an owner": {create(owner, func(c *members.CreateKey) { c.Store = nil }), members.ErrNotAllowed},
		"of another store":             {create(owner, func(c *members.CreateKey) { c.Store = &b.ID }), members.ErrNoStore},
		"by staff":                     {create(barista, func(*members.CreateKey) {}), members.ErrNotAllowed},
		"by a key":                     {create(p, func(*members.CreateKey) {}), members.ErrNotAllowed},
		"with headquarters' right":     {create(owner, func(c *members.CreateKey) { c.Permissions = []auth.Permission{auth.EditMenu} }), members.ErrKeyPermissions},
		"with what no key can":         {create(owner, func(c *members.CreateKey) { c.Permissions = []auth.Permission{auth.ManageStaff} }), members.ErrKeyPermissions},
		"with nothing":                 {create(owner, func(c *members.CreateKey) { c.Permissions = nil }), members.ErrKeyPermissions},
		"for ever":                     {create(owner, func(c *members.CreateKey) { c.Days = 366 }), members.ErrKeyDays},
		"without a limit":              {create(owner, func(c *members.CreateKey) { c.PerMinute = 0 }), members.ErrKeyLimit},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	other, _ := w.replica()
	if _, err := other.AuthenticateKey(t.Context(), secret, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.RevokeKey(t.Context(), owner, &a.ID, key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AuthenticateKey(t.Context(), secret, ""); !errors.Is(err, auth.ErrToken) {
		t.Errorf("a revoked key: %v", err)
	}
	w.wait(5 * time.Second)
	if _, err := other.AuthenticateKey(t.Context(), secret, ""); !errors.Is(err, auth.ErrToken) {
		t.Errorf("a revoked key on another replica after five seconds: %v", err)
	}
	if err := w.RevokeKey(t.Context(), owner, &a.ID, key.ID); !errors.Is(err, members.ErrNoKey) {
		t.Errorf("revoked twice: %v", err)
	}
	_, short, err := w.CreateKey(t.Context(), owner, members.CreateKey{Store: &a.ID, Name: "하루", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 1, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.wait(24*time.Hour + time.Second)
	if _, err := w.AuthenticateKey(t.Context(), short, ""); !errors.Is(err, auth.ErrToken) {
		t.Errorf("an expired key: %v", err)
	}
}

package members_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

func TestAFranchiseIsFoundedOnceAndKeepsItsCurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Franchise(t.Context()); !errors.Is(err, members.ErrNotFounded) {
		t.Fatalf("before: %v", err)
	}
	name := lang.Text{Ko: "원두마을", En: "Bean Village"}
	for range 2 { // the second time changes nothing
		f, err := w.FoundFranchise(t.Context(), hq, members.FoundFranchise{Name: name, Currency: "KRW"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(membersapi.Franchise{Name: name, Currency: money.KRW}, f); diff != "" {
			t.Fatal(diff)
		}
	}
	_, err := w.FoundFranchise(t.Context(), hq, members.FoundFranchise{Name: name, Currency: "USD"})
	if !errors.Is(err, members.ErrOtherCurrency) || errs.KindOf(err) != errs.Conflict {
		t.Fatalf("another currency: %v", err)
	}
	_, err = w.FoundFranchise(t.Context(), hq, members.FoundFranchise{Name: name, Currency: "XXX"})
	if !errors.Is(err, members.ErrUnknownCurrency) {
		t.Fatalf("no currency: %v", err)
	}
	if n := w.events("members.franchise_founded"); n != 1 {
		t.Fatalf("%d events", n)
	}
}

func (w *world) events(kind string) (n int) {
	w.t.Helper()
	err := w.dbs.Context("members").QueryRow(w.t.Context(), `SELECT count(*) FROM members.outbox WHERE kind = $1`, kind).Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestAStoreIsOpenedChangedAndFoundByItsCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opened := w.store("gangnam")
	found, err := w.StoreByCode(t.Context(), "gangnam")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(opened, found); diff != "" {
		t.Fatal(diff)
	}
	changed := card("강남 대로점")
	changed.Cutoff = 360
	for range 2 { // the second time is no change
		if _, err := w.ChangeStore(t.Context(), hq, members.ChangeStore{ID: opened.ID, StoreCard: changed}); err != nil {
			t.Fatal(err)
		}
	}
	found, err = w.StoreByCode(t.Context(), "gangnam")
	if err != nil || found.Name.Ko != "강남 대로점" || found.Cutoff != 360 {
		t.Fatalf("%+v, %v", found, err)
	}
	if _, err := w.StoreByCode(t.Context(), "Gangnam"); !errors.Is(err, members.ErrNoStore) {
		t.Fatalf("another spelling: %v", err)
	}
	if _, err := w.ChangeStore(t.Context(), hq, members.ChangeStore{ID: ids.NewStoreID(), StoreCard: changed}); !errors.Is(err, members.ErrNoStore) {
		t.Fatalf("unknown store: %v", err)
	}
	if opened, changed := w.events("members.store_opened"), w.events("members.store_changed"); opened != 1 || changed != 1 {
		t.Fatalf("%d opened, %d changed", opened, changed)
	}
}

func TestWhatIsWrongWithAStoreIsSaidAllAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store("taken")
	cases := map[string]struct {
		change func(*members.AddStore)
		want   error
		field  string
	}{
		"capital letter":  {func(c *members.AddStore) { c.Code = "Gangnam" }, members.ErrBadCode, "code"},
		"no code":         {func(c *members.AddStore) { c.Code = "" }, members.ErrBadCode, "code"},
		"33 letters":      {func(c *members.AddStore) { c.Code = strings.Repeat("a", 33) }, members.ErrBadCode, "code"},
		"path in a code":  {func(c *members.AddStore) { c.Code = "a/b" }, members.ErrBadCode, "code"},
		"code in use":     {func(c *members.AddStore) { c.Code = "taken" }, members.ErrCodeTaken, "code"},
		"no Korean name":  {func(c *members.AddStore) { c.Name = lang.Text{En: "Only"} }, members.ErrNameMissing, "name"},
		"name of 2 lines": {func(c *members.AddStore) { c.Name.Ko = "강남\n점" }, members.ErrBadText, "name"},
		"no time zone":    {func(c *members.AddStore) { c.TimeZone = "" }, members.ErrBadTimeZone, "time_zone"},
		"local time zone": {func(c *members.AddStore) { c.TimeZone = "Local" }, members.ErrBadTimeZone, "time_zone"},
		"late cutoff":     {func(c *members.AddStore) { c.Cutoff = 720 }, members.ErrBadCutoff, "cutoff_minutes"},
		"negative cutoff": {func(c *members.AddStore) { c.Cutoff = -1 }, members.ErrBadCutoff, "cutoff_minutes"},
		"endless address": {func(c *members.AddStore) { c.Address = strings.Repeat("가", 201) }, members.ErrBadText, "address"},
		"broken text":     {func(c *members.AddStore) { c.Phone = "\xff" }, members.ErrBadText, "phone"},
		"zero byte":       {func(c *members.AddStore) { c.Region = "a\x00b" }, members.ErrBadText, "region"},
	}
	for name, tc := range cases {
		cmd := members.AddStore{Code: "new", StoreCard: card("새 지점")}
		tc.change(&cmd)
		_, err := w.AddStore(t.Context(), hq, cmd)
		if e := errs.As(err); !errors.Is(err, tc.want) || e.Field != tc.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.AddStore(t.Context(), hq, members.AddStore{Code: "!", StoreCard: members.StoreCard{TimeZone: "Mars/Olympus"}})
	for _, want := range []error{members.ErrBadCode, members.ErrNameMissing, members.ErrBadTimeZone} {
		if !errors.Is(err, want) {
			t.Errorf("%v is not in %v", want, err)
		}
	}
	stores, err := w.Stores(t.Context())
	if err != nil || len(stores) != 1 {
		t.Errorf("nothing may be stored: %v, %v", stores, err)
	}
}

func TestOnlyHeadquartersManagesStoresAndMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	owner := auth.Principal{Role: auth.Owner, Stores: []ids.StoreID{store.ID}}
	_, found := w.FoundFranchise(t.Context(), owner, members.FoundFranchise{Name: lang.Text{Ko: "이름"}, Currency: "KRW"})
	_, add := w.AddStore(t.Context(), owner, members.AddStore{Code: "mine", StoreCard: card("내 지점")})
	_, change := w.ChangeStore(t.Context(), owner, members.ChangeStore{ID: store.ID, StoreCard: card("내 지점")})
	_, create := w.CreateMember(t.Context(), owner, members.CreateMember{Login: "boss", Name: "나", Password: password, Role: auth.HQAdmin})
	for what, err := range map[string]error{"found": found, "add": add, "change": change, "create": create} {
		if !errors.Is(err, members.ErrNotAllowed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestEveryReplicaHearsOfStoresAndTheFranchise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store("first")
	other, dispatcher := w.replica()
	if stores, err := other.Stores(t.Context()); err != nil || len(stores) != 1 {
		t.Fatalf("at the start: %v, %v", stores, err)
	}
	if err := dispatcher.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := w.store("second")
	if _, err := w.ChangeStore(t.Context(), hq, members.ChangeStore{ID: second.ID, StoreCard: card("둘째 지점")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.FoundFranchise(t.Context(), hq, members.FoundFranchise{Name: lang.Text{Ko: "마을"}, Currency: "USD"}); err != nil {
		t.Fatal(err)
	}
	if err := dispatcher.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stores, err := other.Stores(t.Context())
	if err != nil || len(stores) != 2 || stores[0].Code != "first" || stores[1].Name.Ko != "둘째 지점" {
		t.Errorf("%+v, %v", stores, err)
	}
	if f, err := other.Franchise(t.Context()); err != nil || f.Currency != money.USD {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestPeopleSeeTheStoresTheyWorkIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.store("a"), w.store("b")
	w.store("c")
	for name, tc := range map[string]struct {
		who  auth.Principal
		want []string
	}{
		"HQ":     {hq, []string{"a", "b", "c"}},
		"owner":  {auth.Principal{Role: auth.Owner, Stores: []ids.StoreID{b.ID, a.ID}}, []string{"a", "b"}},
		"nobody": {auth.Principal{}, nil},
	} {
		entries, err := w.StoresOf(t.Context(), tc.who)
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, e := range entries {
			codes = append(codes, e.Code)
		}
		if diff := cmp.Diff(tc.want, codes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

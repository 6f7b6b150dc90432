package members_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/trail"
)

// codesOf reads a list to its end, forwards, and then back to its beginning.
func (w *world) codesOf(find members.FindStores) []string {
	w.t.Helper()
	var forward, back []string
	for {
		page, err := w.StoreMasters(w.t.Context(), hq, find)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, s := range page.List {
			forward = append(forward, s.Code)
		}
		if page.Next == nil {
			if page.All != len(forward) {
				w.t.Errorf("%d are counted, %d listed", page.All, len(forward))
			}
			back = append(back, codesIn(page)...)
			for page.Prev != nil {
				find.After, find.Before = nil, page.Prev
				if page, err = w.StoreMasters(w.t.Context(), hq, find); err != nil {
					w.t.Fatal(err)
				}
				back = append(codesIn(page), back...)
			}
			if diff := cmp.Diff(forward, back); diff != "" {
				w.t.Errorf("forwards and back differ: %s", diff)
			}
			return forward
		}
		find.After = page.Next
	}
}

func codesIn(page members.StorePage) []string {
	var codes []string
	for _, s := range page.List {
		codes = append(codes, s.Code)
	}
	return codes
}

func TestTheStoreListIsSearchedFilteredAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all []string
	for n := range 120 {
		code := fmt.Sprintf("s%03d", n)
		c := card(fmt.Sprintf("지점 %03d", n))
		c.Region = []string{"서울", "부산"}[n%2]
		if n%40 == 0 {
			c.Status = membersapi.Closed
		}
		if _, err := w.AddStore(t.Context(), hq, members.AddStore{Code: code, StoreCard: c}); err != nil {
			t.Fatal(err)
		}
		all = append(all, code)
	}
	second, err := w.StoreByCode(t.Context(), "s001")
	if err != nil {
		t.Fatal(err)
	}
	w.member("hana-kim", auth.Owner, second.ID)
	for name, tc := range map[string]struct {
		find members.FindStores
		want func(n int) bool
	}{
		"everything":    {members.FindStores{}, func(int) bool { return true }},
		"region":        {members.FindStores{Region: "부산"}, func(n int) bool { return n%2 == 1 }},
		"closed":        {members.FindStores{Statuses: []membersapi.StoreStatus{membersapi.Closed}}, func(n int) bool { return n%40 == 0 }},
		"with owner":    {members.FindStores{Owner: members.WithOwner}, func(n int) bool { return n == 1 }},
		"without owner": {members.FindStores{Owner: members.WithoutOwner}, func(n int) bool { return n != 1 }},
		"a name":        {members.FindStores{Search: "지점 11"}, func(n int) bool { return n >= 110 && n < 120 }},
		"a code":        {members.FindStores{Search: "S05"}, func(n int) bool { return n >= 50 && n < 60 }},
		"a phone":       {members.FindStores{Search: "02-1234"}, func(int) bool { return true }},
		"an owner":      {members.FindStores{Search: "HANA-kim"}, func(n int) bool { return n == 1 }},
		"wildcards":     {members.FindStores{Search: "%_"}, func(int) bool { return false }},
		"other region":  {members.FindStores{Region: "광주\x00"}, func(int) bool { return false }},
	} {
		var want []string
		for n, code := range all {
			if tc.want(n) {
				want = append(want, code)
			}
		}
		if diff := cmp.Diff(want, w.codesOf(tc.find)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	owner := auth.Principal{Role: auth.Owner, Stores: []ids.StoreID{second.ID}}
	if _, err := w.StoreMasters(t.Context(), owner, members.FindStores{}); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("an owner: %v", err)
	}
}

func TestTwoWhoChangeAStoreAtOnceNoticeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store("gangnam")
	seen, err := w.StoreMaster(t.Context(), hq, "gangnam")
	if err != nil {
		t.Fatal(err)
	}
	first, second := card("먼저 고친 이름"), card("나중에 고친 이름")
	if _, err := w.ChangeStore(t.Context(), hq, members.ChangeStore{ID: seen.ID, Seen: seen.Revision, StoreCard: first}); err != nil {
		t.Fatal(err)
	}
	_, err = w.ChangeStore(t.Context(), hq, members.ChangeStore{ID: seen.ID, Seen: seen.Revision, StoreCard: second})
	if !errors.Is(err, members.ErrStoreStale) {
		t.Errorf("the second: %v", err)
	}
	_, err = w.SetStoreStatus(t.Context(), hq, members.SetStoreStatus{ID: seen.ID, Seen: seen.Revision, Status: membersapi.Closed, Reason: "폐점"})
	if !errors.Is(err, members.ErrStoreStale) {
		t.Errorf("a status: %v", err)
	}
	now, err := w.StoreMaster(t.Context(), hq, "gangnam")
	if err != nil || now.Name != first.Name || now.Status != membersapi.Open || now.Revision != seen.Revision+1 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestAStatusHasAReasonAndStaysWhenTheCardChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	for _, status := range []membersapi.StoreStatus{membersapi.Paused, membersapi.Closed} {
		if _, err := w.SetStoreStatus(t.Context(), hq, members.SetStoreStatus{ID: store.ID, Status: status, Reason: " "}); !errors.Is(err, members.ErrStoreReason) {
			t.Errorf("%s without a reason: %v", status, err)
		}
	}
	if _, err := w.SetStoreStatus(t.Context(), hq, members.SetStoreStatus{ID: store.ID, Status: "burnt", Reason: "불"}); !errors.Is(err, members.ErrBadStatus) {
		t.Errorf("no status: %v", err)
	}
	if _, err := w.SetStoreStatus(t.Context(), hq, members.SetStoreStatus{ID: store.ID, Status: membersapi.Paused, Reason: "내부 공사"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ChangeStore(t.Context(), hq, members.ChangeStore{ID: store.ID, StoreCard: card("새 이름")}); err != nil {
		t.Fatal(err)
	}
	now, err := w.StoreMaster(t.Context(), hq, "gangnam")
	if err != nil || now.Status != membersapi.Paused || now.StatusNote != "내부 공사" || now.StatusSince == nil || !now.StatusSince.Equal(w.clock()) {
		t.Errorf("%+v, %v", now, err)
	}
	if found, err := w.StoreByCode(t.Context(), "gangnam"); err != nil || found.Status != membersapi.Paused {
		t.Errorf("the directory says %+v, %v", found, err)
	}
	if e := w.audited("store_status_changed"); len(e) != 1 || e[0].Note != "내부 공사" || string(e[0].After) != `{"status":"paused"}` {
		t.Errorf("%+v", e)
	}
}

// audited returns what is said in the outbox of one kind of action, oldest first.
func (w *world) audited(action string) []trail.Entry {
	w.t.Helper()
	rows, err := w.dbs.Context("members").Query(w.t.Context(),
		`SELECT payload FROM members.outbox WHERE kind = 'members.audited' AND payload ->> 'action' = $1 ORDER BY at`, action)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var entries []trail.Entry
	for rows.Next() {
		var raw []byte
		var e trail.Entry
		if err := errors.Join(rows.Scan(&raw), json.Unmarshal(raw, &e)); err != nil {
			w.t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

func TestAnExportOfStoresIsTheWholeListAndLeavesItsReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 60 {
		w.store(fmt.Sprintf("s%02d", n))
	}
	if _, err := w.ExportStores(t.Context(), hq, members.FindStores{}, "그냥"); !errors.Is(err, members.ErrExportReason) {
		t.Errorf("without a reason: %v", err)
	}
	support := auth.Principal{Role: auth.HQSupport, Member: ids.NewMemberID()}
	if _, err := w.ExportStores(t.Context(), support, members.FindStores{}, "점주 연락망을 다시 만들어요"); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("without the permission: %v", err)
	}
	list, err := w.ExportStores(t.Context(), hq, members.FindStores{Search: "s", Owner: members.WithoutOwner}, "점주 연락망을 다시 만들어요")
	if err != nil || len(list) != 60 {
		t.Fatalf("%d stores, %v", len(list), err)
	}
	e := w.audited("stores_exported")
	if len(e) != 1 || e[0].Note != "점주 연락망을 다시 만들어요" || e[0].Object.ID != "search=s owner=without" || string(e[0].After) != `{"stores":60}` {
		t.Errorf("%+v", e)
	}
}

func TestAStoreIsNotPassedOnByWhoSawAnotherOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	for _, login := range []string{"kim-owner", "lee-owner"} {
		w.member(login, auth.Owner, w.store(login).ID)
	}
	var nobody ids.MemberID
	today, err := businessday.ParseDate("2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ChangeOwner(t.Context(), hq, members.ChangeOwner{Store: store.ID, Login: "kim-owner", Since: today.AddDays(-9), Seen: &nobody}); err != nil {
		t.Fatal(err)
	}
	err = w.ChangeOwner(t.Context(), hq, members.ChangeOwner{Store: store.ID, Login: "lee-owner", Since: today, Seen: &nobody})
	if !errors.Is(err, members.ErrOwnerStale) {
		t.Errorf("who saw no owner: %v", err)
	}
	owners, err := w.OwnersLike(t.Context(), hq, "-owner")
	if err != nil || !slices.EqualFunc(owners, []string{"kim-owner", "lee-owner"}, func(o members.OwnerChoice, login string) bool { return o.Login == login }) {
		t.Errorf("%+v, %v", owners, err)
	}
}

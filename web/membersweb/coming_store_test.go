package membersweb_test

import (
	"net/http"
	"strings"
	"testing"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// An owner who joins before the store is theirs reads when it will be, and headquarters reads whose it is until then.
func TestAnOwnerWhoseStoreIsStillAnothersReadsWhenItComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	store := w.store("seongsu")
	w.member("boss", auth.HQAdmin)
	w.member("former", auth.Owner, store)
	boss := w.signedIn("boss")
	if text := boss.Get("/hq/store-choice?q=seongsu").Want(http.StatusOK).Text("#choice-seongsu"); !strings.Contains(text, "지금 점주: 김마루") {
		t.Errorf("the choice says %s", text)
	}
	number, err := w.Apply(t.Context(), members.Apply{BusinessNo: "124-81-00998", Name: "이다음", Phone: "010-1234-5678", StoreWish: "성수", Address: "203.0.113.7"})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := w.Applications(t.Context(), auth.System("test"), membersapi.Waiting, nil)
	if err != nil {
		t.Fatal(err)
	}
	status := w.Client(t).With("HX-Request", "true").Get("/signup/status/" + string(number)).Want(http.StatusOK)
	if !status.Has(`#application[hx-get="/signup/status/`+string(number)+`"]`) || status.Has("h1") {
		t.Error("a waiting application does not ask for its own part of the page")
	}
	link, err := w.ApproveApplication(t.Context(), auth.System("test"), members.ApproveApplication{
		ID: waiting.List[0].ID, Stores: []ids.StoreID{store}, Since: date(t, "2026-12-01"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.Client(t).Get("/signup/status/" + string(number)).Has("#application[hx-get]") {
		t.Error("an answered application goes on asking")
	}
	w.Client(t).Post("/join/"+link.Token, "login", "next", "password", password, "name", "이다음").WantRedirect("/login")
	page := w.signedIn("next").Get("/").Want(http.StatusOK)
	if text := page.Text("main"); !strings.Contains(text, "12. 1. (화)부터 맡아요") || !strings.Contains(text, "seongsu 지점") || page.Has(`a[href="/s/seongsu"]`) {
		t.Errorf("the first page says %s", text)
	}
}

// Who has a store already reads of the next one too, and is led to the first without a choice where none comes.
func TestAnOwnerOfOneStoreReadsWhenTheNextComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	mine, next := w.store("mine"), w.store("seongsu")
	w.member("owner", auth.Owner, mine)
	w.member("former", auth.Owner, next)
	owner := w.signedIn("owner")
	owner.Get("/").WantRedirect("/s/mine")
	if err := w.ChangeOwner(t.Context(), auth.System("test"), members.ChangeOwner{Store: next, Login: "owner", Since: date(t, "2026-12-01")}); err != nil {
		t.Fatal(err)
	}
	page := owner.Get("/").Want(http.StatusOK)
	if text := page.Text("main"); !strings.Contains(text, "seongsu 지점") || !strings.Contains(text, "12. 1. (화)부터 맡아요") || !page.Has(`a[href="/s/mine"]`) {
		t.Errorf("the first page says %s", text)
	}
}

func date(t *testing.T, s string) businessday.Date {
	t.Helper()
	d, err := businessday.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

package membersweb_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"maru/internal/platform/auth"
)

// The open invitations of a chain are a list with pages and a search, and stay what they were after one was taken back.
func TestOpenInvitationsAreSearchedAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	store := w.store("seongsu")
	w.member("boss", auth.HQAdmin)
	w.member("desk", auth.HQSupport)
	w.member("mina", auth.Owner, store)
	boss, desk, mina := w.signedIn("boss"), w.signedIn("desk"), w.signedIn("mina")
	for n := range 51 {
		mina.Post("/s/seongsu/staff/invite", "name", fmt.Sprintf("직원 %02d", n), "role", string(auth.Staff)).Want(http.StatusOK)
	}
	boss.Post("/hq/members/invite", "name", "한본사", "role", string(auth.HQMenu)).Want(http.StatusOK)

	page := boss.Get("/hq/invitations").Want(http.StatusOK)
	if n := page.Doc.Find("tbody tr").Length(); n != 50 || !strings.Contains(page.Text("#content"), "52명이 아직") {
		t.Errorf("%d rows: %s", n, page.Text("#content header"))
	}
	next := page.Attr(`a[rel="next"]`, "href")
	if page = boss.Get(next).Want(http.StatusOK); page.Doc.Find("tbody tr").Length() != 2 || !page.Has(`a[rel="prev"]`) {
		t.Errorf("the second page, %s, has %d rows", next, page.Doc.Find("tbody tr").Length())
	}
	page = boss.Get("/hq/invitations?q=%ED%95%9C%EB%B3%B8&role=hq").Want(http.StatusOK)
	form := page.Attr("tbody form", "action")
	if page.Doc.Find("tbody tr").Length() != 1 || !strings.HasSuffix(form, "?q=%ED%95%9C%EB%B3%B8&role=hq") {
		t.Errorf("found %d, %s", page.Doc.Find("tbody tr").Length(), form)
	}
	boss.Post(form).WantRedirect("/hq/invitations?q=%ED%95%9C%EB%B3%B8&role=hq")
	if page = boss.Get("/hq/invitations?q=%ED%95%9C%EB%B3%B8&role=hq"); page.Has("tbody tr") || !strings.Contains(page.Text("main"), "그런 초대가 없어요") {
		t.Error("it is still there")
	}
	if page = boss.Get("/hq/members"); page.Attr(`nav a[href="/hq/invitations"]`, "href") == "" {
		t.Error("the list of members does not lead there")
	}
	desk.Get("/hq/invitations").Want(http.StatusForbidden)
	if page = desk.Get("/hq/members"); page.Has(`a[href="/hq/invitations"]`) {
		t.Error("who may not manage members is led there")
	}
}

package membersweb_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// Whoever asks can choose the host of the request; a link that is handed on leads where the settings say.
func TestALinkToCopyLeadsWhereTheSettingsSay(t *testing.T) {
	t.Parallel()
	public := &url.URL{Scheme: "https", Host: "maru.example.com"}
	for want, site := range map[string]*url.URL{"https://maru.example.com/join/": public, "http://127.0.0.1": nil} {
		w := newWorldAt(t, site, false)
		w.member("boss", auth.HQAdmin)
		page := w.signedIn("boss").Post("/hq/members/invite", "name", "이본사", "role", string(auth.HQSupport)).Want(http.StatusOK)
		if link := page.Text("#one-time-link"); !strings.HasPrefix(link, want) {
			t.Errorf("the link is %s, want %s…", link, want)
		}
	}
}

// Of twenty browsers that send the form of one link at the same moment one gets in; the others are told that the link
// is spent, on a page and not as a fault.
func TestALinkIsUsedOnceByTwentyBrowsersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	store := w.store("gangnam")
	w.member("owner", auth.Owner, store)
	boss := auth.System("test")
	joins, err := w.Invite(t.Context(), boss, members.Invite{Name: "이직원", Role: auth.Staff, Stores: []ids.StoreID{store}})
	if err != nil {
		t.Fatal(err)
	}
	owner, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	resets, err := w.IssueReset(t.Context(), boss, owner.Principal.Member)
	if err != nil {
		t.Fatal(err)
	}
	for path, form := range map[string]func(i int) []string{
		"/join/" + joins.Token: func(i int) []string {
			return []string{"login", fmt.Sprint("lee", i), "password", password, "name", "이직원"}
		},
		"/reset/" + resets.Token: func(i int) []string { return []string{"password", fmt.Sprintf("golmok-anjja-%d", 100+i)} },
	} {
		const n = 20
		var all sync.WaitGroup
		begin, answers := make(chan struct{}), make(chan int, n)
		for i := range n {
			browser := w.Client(t)
			all.Go(func() {
				<-begin
				answers <- browser.Post(path, form(i)...).Status
			})
		}
		close(begin)
		all.Wait()
		close(answers)
		got := map[int]int{}
		for status := range answers {
			got[status]++
		}
		if got[http.StatusSeeOther] != 1 || got[http.StatusGone] != n-1 {
			t.Errorf("%.7s…: answers %v, want one that leads on and %d that find no link", path, got, n-1)
		}
	}
}

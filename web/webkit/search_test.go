package webkit_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/webtest"
)

// together is a page of headquarters with the tabs of its entry.
func together(label lang.Text, search string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return webkit.HQPage(webkit.PageInfo{Title: label}).Render(templ.WithChildren(ctx, webkit.NavTabs(label, "q", search)), w)
	})
}

func TestAURLSaysWhatIsAskedForAndNothingElse(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"/list":                 webkit.URL("/list", "q", "", "sort", ""),
		"/list?page=2&q=a+b%26": webkit.URL("/list", "q", "a b&", "page", "1", "page", "2"),
		"/list?sort=code":       webkit.URL("/list", "q", "was", "q", "", "sort", "code"),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Two pages that belong together share an entry of the navigation and lead to each other with what was looked for, for
// whoever may see both; who may see one has that one.
func TestPagesThatBelongTogetherShareAnEntry(t *testing.T) {
	t.Parallel()
	stores := lang.Text{Ko: "지점", En: "Stores"}
	srv := webtest.Start(t, webkit.Options{}, func(site *webkit.Site) {
		page := func(c echo.Context) error {
			return webkit.Render(c, http.StatusOK, together(stores, c.QueryParam("q")))
		}
		r := site.Router()
		r.GET("/hq/sales", webkit.AtHQ(auth.ViewChain), page)
		r.GET("/hq/records", webkit.AtHQ(auth.ManageStores), page)
		r.GET("/hq/records/:code", webkit.AtHQ(auth.ManageStores), page)
		site.Nav(
			webkit.NavItem{Path: "/hq/records", Label: lang.Text{Ko: "지점 관리", En: "Records"}, Icon: "file-text", Needs: auth.ManageStores, Order: 32, Under: "/hq/sales"},
			webkit.NavItem{Path: "/hq/sales", Label: stores, Tab: lang.Text{Ko: "오늘 매출", En: "Today"}, Icon: "store", Needs: auth.ViewChain, Order: 30},
		)
	})
	const side, tabs = ".side a", ".tab-row a"
	hq := srv.As(t, webtest.HQ("박본사"))
	page := hq.Get("/hq/records?q=성수").Want(http.StatusOK)
	if got := page.Texts(side); !slices.Equal(got, []string{"지점"}) || page.Attr(side, "aria-current") != "page" {
		t.Errorf("navigation: %q", got)
	}
	if got := page.Texts(tabs); !slices.Equal(got, []string{"오늘 매출", "지점 관리"}) {
		t.Errorf("tabs: %q", got)
	}
	if href := page.Attr(tabs+":not([aria-current=page])", "href"); href != "/hq/sales?q=%EC%84%B1%EC%88%98" {
		t.Errorf("the other leads to %s", href)
	}
	if page := hq.Get("/hq/records/seongsu").Want(http.StatusOK); page.Has(tabs) || page.Attr(side, "aria-current") != "page" {
		t.Error("a page below has the tabs, or no place in the navigation")
	}
	analyst := webtest.HQ("이분석")
	analyst.Role = auth.HQAnalyst
	if page := srv.As(t, analyst).Get("/hq/sales").Want(http.StatusOK); page.Has(tabs) || !slices.Equal(page.Texts(side), []string{"지점"}) {
		t.Errorf("who sees one of them has tabs, or another navigation: %q", page.Texts(side))
	}
}

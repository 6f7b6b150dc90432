package statsweb_test

import (
	"net/http"
	"strings"
	"testing"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/web/webkit/webtest"
)

func TestAStoreSeesWhatItMustDo(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남점")
	c := newChain(t, gangnam)
	latte := newThing("latte", "카페 라떼", 5000)
	c.menu(latte)
	c.sell(order(gangnam, "2026-11-22", 9, latte, 3))
	c.shop.open = orderingapi.OpenOrders{Accepted: 2, Preparing: 1}
	c.shop.low = []inventoryapi.LowMaterial{
		{Code: "milk", Name: lang.Text{Ko: "우유"}, Unit: quantity.Millilitre, OnHand: 1_200_000, Low: 5_000_000},
		{Code: "oat", Name: lang.Text{Ko: "오트 밀크"}, Unit: quantity.Millilitre, OnHand: -200_000, Low: 1_000_000},
	}
	page := c.As(t, webtest.Owner("점주", gangnam)).Get("/s/gangnam").Want(http.StatusOK)
	if got := page.Text("h1"); got != "진행 중인 주문 3건, 부족한 재료 2가지" {
		t.Errorf("heading = %q", got)
	}
	if got := page.Text("#low-milk"); got != "우유 1.2 L 부족" {
		t.Errorf("milk = %q", got)
	}
	if got := page.Text("#low-oat"); !strings.Contains(got, "소진") {
		t.Errorf("oat = %q", got)
	}
	if got := page.Text("#today"); !strings.Contains(got, "15,000원") || !strings.Contains(got, "카페 라떼") {
		t.Errorf("today = %q", got)
	}
	staff := c.As(t, webtest.Staff("직원", gangnam)).Get("/s/gangnam").Want(http.StatusOK)
	if staff.Has("#today") || !staff.Has("#open-orders") {
		t.Error("staff see the orders of their store and not its sales")
	}
}

func TestANewStoreIsShownHowToBegin(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남점")
	c := newChain(t, gangnam)
	owner := c.As(t, webtest.Owner("점주", gangnam))
	page := owner.Get("/s/gangnam").Want(http.StatusOK)
	for _, path := range []string{"/s/gangnam/stock", "/s/gangnam/register", "/s/gangnam/board"} {
		if !page.Has(`ol a[href="` + path + `"]`) {
			t.Errorf("no step leads to %s", path)
		}
	}
	c.sell(order(gangnam, "2026-11-22", 9, newThing("latte", "라떼", 5000), 1))
	if owner.Get("/s/gangnam").Want(http.StatusOK).Has(`ol a[href="/s/gangnam/board"]`) {
		t.Error("a store that has sold something is still shown how to begin")
	}
}

func TestTheStoresListCanBeSearchedAndSorted(t *testing.T) {
	t.Parallel()
	gangnam, mapo := webtest.Store("gangnam", "강남점"), webtest.Store("mapo", "마포점")
	c := newChain(t, gangnam, mapo)
	c.sell(order(mapo, "2026-11-22", 9, newThing("latte", "라떼", 5000), 3))
	hq := c.As(t, webtest.HQ("본사"))
	if got := hq.Get("/hq/stores").Want(http.StatusOK).Texts("tbody th"); strings.Join(got, " ") != "강남점 마포점" {
		t.Errorf("by name: %v", got)
	}
	if got := hq.Get("/hq/stores?sort=sales").Want(http.StatusOK).Texts("tbody th"); strings.Join(got, " ") != "마포점 강남점" {
		t.Errorf("by sales: %v", got)
	}
	if got := hq.Get("/hq/stores?q=마포").Want(http.StatusOK).Texts("tbody th"); strings.Join(got, " ") != "마포점" {
		t.Errorf("searched: %v", got)
	}
	page := hq.Get("/hq/stores?q=마포&sort=sales")
	if href := page.Attr("tbody tr td a", "href"); href != "/hq/store-master/stores/mapo" || page.Text(".page-note") != "지점 2곳 중 1곳" {
		t.Errorf("a row leads to the record at %q; %q", href, page.Text(".page-note"))
	}
	analyst := webtest.HQ("이분석")
	analyst.Role = auth.HQAnalyst
	if page := c.As(t, analyst).Get("/hq/stores").Want(http.StatusOK); page.Has("tbody tr td a") {
		t.Error("who may not look after stores is led to their records")
	}
	if got := hq.Get("/hq/stores?q=부산").Want(http.StatusOK).Text("#stores"); !strings.Contains(got, "맞는 지점이 없어요") {
		t.Errorf("nothing found: %q", got)
	}
}

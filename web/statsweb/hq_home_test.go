package statsweb_test

import (
	"net/http"
	"strings"
	"testing"

	"maru/internal/kernel/money"
	"maru/web/webkit/webtest"
)

func TestHeadquartersSeeTodayAgainstTheSameHoursLastWeek(t *testing.T) {
	t.Parallel()
	gangnam, mapo := webtest.Store("gangnam", "강남점"), webtest.Store("mapo", "마포점")
	c := newChain(t, gangnam, mapo)
	latte := newThing("latte", "카페 라떼", 5000)
	c.menu(latte)
	c.sell(
		order(gangnam, "2026-11-22", 9, latte, 12),  // 60,000
		order(gangnam, "2026-11-22", 14, latte, 2),  // this hour has begun: not compared
		order(gangnam, "2026-11-15", 9, latte, 10),  // 50,000
		order(gangnam, "2026-11-15", 20, latte, 40), // later last week: not compared either
		order(mapo, "2026-11-15", 9, latte, 10))

	page := c.As(t, webtest.HQ("본사")).Get("/hq").Want(http.StatusOK)
	tile := page.Text("#today .stat-box:nth-of-type(1)")
	if !strings.Contains(tile, "70,000원") || !strings.Contains(tile, "−40%") {
		t.Errorf("tile = %q; want 70,000원 so far, and 60,000 against 100,000", tile)
	}
	look := page.Text("#today")
	if !strings.Contains(look, "마포점") || !strings.Contains(look, "아직 매출이 없어요. 지난주에는 50,000원이었어요.") {
		t.Errorf("the store without sales is not named: %q", look)
	}
	if strings.Contains(page.Text("#look-mapo"), "강남점") {
		t.Error("a store that does well is among those to look at")
	}
}

func TestTheRangeIsInTheURL(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남점")
	c := newChain(t, gangnam)
	latte := newThing("latte", "카페 라떼", 5000)
	c.menu(latte)
	c.sell(order(gangnam, "2026-11-22", 9, latte, 1), order(gangnam, "2026-11-20", 9, latte, 2),
		order(gangnam, "2026-11-01", 9, latte, 4), order(gangnam, "2026-10-30", 9, latte, 8))
	hq := c.As(t, webtest.HQ("본사"))
	for query, want := range map[string]string{
		"?range=today": "5,000원", "": "15,000원", "?range=7d": "15,000원", "?range=month": "35,000원", "?range=30d": "75,000원",
		"?range=all": "75,000원", "?from=2026-10-30&to=2026-11-01": "60,000원", "?range=custom&from=2026-11-01&to=2026-11-01": "20,000원",
	} {
		page := hq.Get("/hq" + query).Want(http.StatusOK)
		if got := page.Text("#figures > p:first-child"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %s", query, got, want)
		}
		if got := page.Attr("#figures", "hx-get"); query != "" && !strings.Contains(got, "range=") {
			t.Errorf("%s: the part refetches %s", query, got)
		}
	}
}

func TestARangeThatMakesNoSenseIsExplainedBesideItsInput(t *testing.T) {
	t.Parallel()
	c := newChain(t, webtest.Store("gangnam", "강남점"))
	hq := c.As(t, webtest.HQ("본사"))
	page := hq.Get("/hq?range=custom&from=2026-11-20&to=2026-11-10").Want(http.StatusUnprocessableEntity)
	if got := page.Text("#period-to-problem"); got != "끝나는 날이 시작하는 날보다 빨라요." {
		t.Errorf("problem = %q", got)
	}
	if got := page.Attr("input[name=to]", "value"); got != "2026-11-10" {
		t.Errorf("what was typed became %q", got)
	}
	hq.Get("/hq?range=custom&from=gestern&to=2026-11-10").Want(http.StatusUnprocessableEntity)
	hq.Get("/hq?range=sometime").Want(http.StatusOK)
}

func TestAnEmptyPeriodLeadsToDaysWithSales(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남점")
	c := newChain(t, gangnam)
	hq := c.As(t, webtest.HQ("본사"))
	if got := hq.Get("/hq").Want(http.StatusOK).Text("#figures"); !strings.Contains(got, "아직 매출이 없어요") {
		t.Errorf("before any sale: %q", got)
	}
	c.sell(order(gangnam, "2023-06-30", 9, newThing("latte", "라떼", 5000), 1))
	page := hq.Get("/hq").Want(http.StatusOK)
	if got := page.Attr("#figures a.btn", "href"); got != "/hq?range=all" {
		t.Errorf("the way out leads to %s", got)
	}
	hq.Get("/hq?range=all").Want(http.StatusOK).Text("#figures table")
}

func TestOnlyHeadquartersSeeTheChain(t *testing.T) {
	t.Parallel()
	gangnam, mapo := webtest.Store("gangnam", "강남점"), webtest.Store("mapo", "마포점")
	c := newChain(t, gangnam, mapo)
	owner, staff := c.As(t, webtest.Owner("점주", gangnam)), c.As(t, webtest.Staff("직원", gangnam))
	for _, path := range []string{"/hq", "/hq/today", "/hq/figures", "/hq/sales", "/hq/sales.csv", "/hq/stores"} {
		owner.Get(path).Want(http.StatusForbidden)
		staff.Get(path).Want(http.StatusForbidden)
	}
	owner.Get("/s/gangnam/sales").Want(http.StatusOK)
	owner.Get("/s/mapo/sales").Want(http.StatusNotFound)
	owner.Get("/s/mapo").Want(http.StatusNotFound)
	staff.Get("/s/gangnam").Want(http.StatusOK)
	staff.Get("/s/gangnam/sales").Want(http.StatusForbidden)
	staff.Get("/s/gangnam/home/today").Want(http.StatusForbidden)
}

func TestHugeFiguresFitAndStayExact(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", strings.Repeat("아주긴이름의지점", 5))
	c := newChain(t, gangnam)
	dear := newThing("dear", strings.Repeat("스페셜티 원두 선물 세트 ", 3), money.Max/1000)
	c.menu(dear)
	c.sell(order(gangnam, "2026-11-22", 9, dear, 999))
	page := c.As(t, webtest.HQ("HQ")).In("en").Get("/hq").Want(http.StatusOK)
	if got := page.Text("#today .stat-box:nth-of-type(1) .stat-number"); got != "₩999B" {
		t.Errorf("tile = %q", got)
	}
	if got := page.Attr("#today .stat-box:nth-of-type(1) .stat-number", "title"); got != "₩999,000,000,000" {
		t.Errorf("exact value of the tile = %q", got)
	}
	if got := page.Text("#figures > p:first-child"); !strings.Contains(got, "₩999,000,000,000") {
		t.Errorf("sum of the period = %q", got)
	}
}

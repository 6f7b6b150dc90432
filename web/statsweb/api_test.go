package statsweb_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"maru/web/webkit/webtest"
)

type report struct {
	Currency string
	Store    string
	Total    figures
	Groups   []struct {
		Key string
		figures
	}
}

type figures struct {
	Orders            *int64
	Units             int64
	Revenue           int64
	NetRevenue        int64  `json:"net_revenue"`
	NetRevenueDecimal string `json:"net_revenue_decimal"`
	CancelledRevenue  int64  `json:"cancelled_revenue"`
}

func TestTheAPIAnswersExactFigures(t *testing.T) {
	t.Parallel()
	gangnam, mapo := webtest.Store("gangnam", "강남점"), webtest.Store("mapo", "마포점")
	c := newChain(t, gangnam, mapo)
	latte := newThing("latte", "라떼", 5000)
	c.menu(latte)
	bought := order(gangnam, "2026-11-20", 9, latte, 2)
	c.sell(bought, cancel(bought, "2026-11-21", 10), order(mapo, "2026-11-21", 11, latte, 1))

	hq := c.As(t, webtest.HQ("본사"))
	r := ask(t, hq, "/api/v1/statistics/sales?from=2026-11-20&to=2026-11-21&group_by=store")
	if r.Currency != "KRW" || r.Total.NetRevenue != 5000 || r.Total.NetRevenueDecimal != "5000" || *r.Total.Orders != 2 || r.Total.Revenue != 15000 {
		t.Errorf("chain = %+v", r)
	}
	if len(r.Groups) != 2 || r.Groups[0].Key != "mapo" || r.Groups[1].CancelledRevenue != 10000 {
		t.Errorf("stores = %+v", r.Groups)
	}
	if r := ask(t, hq, "/api/v1/statistics/sales?from=2026-11-20&to=2026-11-21&group_by=item&store=gangnam"); r.Store != "gangnam" ||
		len(r.Groups) != 1 || r.Groups[0].Key != "latte" || r.Groups[0].Orders != nil || r.Groups[0].Units != 2 {
		t.Errorf("one store by item = %+v", r)
	}
	owner := c.As(t, webtest.Owner("점주", gangnam))
	if r := ask(t, owner, "/api/v1/stores/gangnam/statistics/sales?from=2026-11-20&to=2026-11-20"); r.Total.Revenue != 10000 {
		t.Errorf("own store = %+v", r)
	}
	owner.Get("/api/v1/statistics/sales?from=2026-11-20&to=2026-11-21").Want(http.StatusForbidden)
	owner.Get("/api/v1/stores/mapo/statistics/sales?from=2026-11-20&to=2026-11-21").Want(http.StatusNotFound)
	hq.Get("/api/v1/statistics/sales?from=2026-11-21&to=2026-11-20").Want(http.StatusUnprocessableEntity)
	hq.Get("/api/v1/statistics/sales?from=2026-11-21").Want(http.StatusUnprocessableEntity)
	hq.Get("/api/v1/statistics/sales?from=2026-11-21&to=2026-11-21&group_by=weather").Want(http.StatusUnprocessableEntity)
	c.Client(t).Get("/api/v1/statistics/sales?from=2026-11-20&to=2026-11-21").Want(http.StatusUnauthorized)
}

func ask(t *testing.T, c *webtest.Client, path string) report {
	t.Helper()
	var r report
	if err := json.Unmarshal([]byte(c.Get(path).Want(http.StatusOK).Body), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

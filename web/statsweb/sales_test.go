package statsweb_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/web/webkit/webtest"
)

func TestSalesAreGroupedAndTotalled(t *testing.T) {
	t.Parallel()
	gangnam, mapo := webtest.Store("gangnam", "강남점"), webtest.Store("mapo", "마포점")
	c := newChain(t, gangnam, mapo)
	latte, tea := newThing("latte", "라떼", 5000), newThing("tea", "홍차", 4000)
	c.menu(latte, tea)
	bought := order(gangnam, "2026-11-20", 9, latte, 2)
	c.sell(bought, cancel(bought, "2026-11-21", 10), order(gangnam, "2026-11-21", 10, tea, 3), order(mapo, "2026-11-21", 11, latte, 1))
	hq := c.As(t, webtest.HQ("본사"))

	for by, want := range map[string][]string{
		"day":      {"합계", "2026. 11. 21. (토)", "2026. 11. 20. (금)"},
		"month":    {"합계", "2026년 11월"},
		"hour":     {"합계", "09:00~09:59", "10:00~10:59", "11:00~11:59"},
		"store":    {"합계", "강남점", "마포점"},
		"category": {"합계", "홍차류", "라떼류"},
		"item":     {"합계", "홍차", "라떼"},
	} {
		page := hq.Get("/hq/sales?by=" + by).Want(http.StatusOK)
		if diff := cmp.Diff(want, page.Texts("#sales-figures tr[id] th")); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", by, diff)
		}
		if got := page.Text("#row-total td:nth-of-type(1)"); got != "17,000원" {
			t.Errorf("by %s: total %s", by, got)
		}
	}
	one := hq.Get("/hq/sales?by=store&store=mapo").Want(http.StatusOK)
	if got := one.Text("#row-total td:nth-of-type(1)"); got != "5,000원" {
		t.Errorf("one store: total %s", got)
	}
	hq.Get("/hq/sales?store=nowhere").Want(http.StatusNotFound)
	own := c.As(t, webtest.Owner("점주", mapo)).Get("/s/mapo/sales?by=item").Want(http.StatusOK)
	if got := own.Text("#row-total td:nth-of-type(1)"); got != "5,000원" {
		t.Errorf("the store's own page: total %s", got)
	}
}

func TestTheExportHasEverythingAndNoFormulas(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", `=HYPERLINK("http://evil")`)
	c := newChain(t, gangnam)
	trick := newThing("trick", "@SUM(A1)", 5000)
	c.menu(trick)
	bought := order(gangnam, "2026-11-20", 9, trick, 2)
	c.sell(bought, cancel(bought, "2026-11-21", 10))
	hq := c.As(t, webtest.HQ("본사"))

	page := hq.Get("/hq/sales.csv?by=store&range=7d").Want(http.StatusOK)
	if got := page.Header.Get("Content-Disposition"); got != `attachment; filename="sales-store-2026-11-16-2026-11-22.csv"` {
		t.Errorf("Content-Disposition: %s", got)
	}
	rows := readCSV(t, page.Body)
	want := [][]string{
		{"지점", "코드", "순매출", "취소 전 매출", "취소", "판매 수량", "취소 수량", "주문", "취소 주문", "부가세", "통화"},
		{`'=HYPERLINK("http://evil")`, "gangnam", "0", "10000", "10000", "2", "2", "1", "1", "0", "KRW"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("by store (-want +got):\n%s", diff)
	}
	days := readCSV(t, hq.Get("/hq/sales.csv?by=day&range=7d").Want(http.StatusOK).Body)
	if len(days) != 3 || days[1][0] != "2026-11-20" || days[2][2] != "-10000" {
		t.Errorf("by day = %v", days)
	}
	items := readCSV(t, hq.In("en").Get("/hq/sales.csv?by=item&range=7d").Want(http.StatusOK).Body)
	if len(items) != 2 || items[0][0] != "Item" || items[1][0] != "'@SUM(A1)" {
		t.Errorf("by item = %v", items)
	}
	hq.Get("/hq/sales.csv?from=2026-11-20&to=never").Want(http.StatusUnprocessableEntity)
}

func readCSV(t *testing.T, body string) [][]string {
	t.Helper()
	body, marked := strings.CutPrefix(body, "\ufeff")
	if !marked {
		t.Error("without its mark a spreadsheet reads Korean wrongly")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

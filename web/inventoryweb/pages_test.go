package inventoryweb_test

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/web/webkit/webtest"
)

func TestStockShowsWhatRunsOutFirst(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	s.open(s.beans, 5_000_000)
	s.open(s.milk, 500_000)
	s.open(s.cup, 1_000)
	s.sell(2) // milk 100 ml: low and sold out, cups −1
	page := s.As(t, s.owner).Get("/s/gangnam/stock").Want(http.StatusOK)
	if got := page.Texts("tbody tr th a"); !slices.Equal(got, []string{"종이컵", "우유", "원두"}) {
		t.Errorf("rows %q", got)
	}
	if got := page.Texts("tbody tr th .tag"); !slices.Equal(got, []string{"실사 필요", "부족", "품절 1"}) {
		t.Errorf("badges %q", got)
	}
	if got := page.Text("#material-milk td:nth-child(2)"); got != "100 ml" {
		t.Errorf("milk is shown as %q", got)
	}
	if got := page.Text("#material-beans td:nth-child(2)"); got != "4.96 kg" {
		t.Errorf("beans are shown as %q", got)
	}
	only := s.As(t, s.owner).In("en").Get("/s/gangnam/stock?only=low").Want(http.StatusOK)
	if got := only.Texts("tbody tr th a, tbody tr th .tag"); !slices.Equal(got, []string{"Paper cup", "Count it", "Milk", "Low", "1 sold out"}) {
		t.Errorf("running out: %q", got)
	}
	if got := s.As(t, s.owner).Get("/s/gangnam/stock-count").Want(http.StatusOK).Body; got != "2" {
		t.Errorf("the navigation counts %q", got)
	}
	found := s.As(t, s.owner).Get("/s/gangnam/stock?q=MIL").Want(http.StatusOK)
	if got := found.Texts("tbody tr th a"); !slices.Equal(got, []string{"우유"}) {
		t.Errorf("found %q", got)
	}
	if got := s.As(t, s.owner).Get("/s/gangnam/stock?q=zzz").Want(http.StatusOK); len(got.Texts("tbody tr")) != 0 || !strings.Contains(got.Body, "찾는 재료가 없어요") {
		t.Error("a search without a match says nothing")
	}
}

func TestAStoreWithoutMaterialsOrStockIsToldHowToBegin(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if got := s.As(t, s.owner).Get("/s/gangnam/stock").Want(http.StatusOK); !strings.Contains(got.Body, "아직 재료가 없어요") {
		t.Error("a franchise without materials is shown nothing")
	}
	s.withMenu()
	if got := s.As(t, s.owner).Get("/s/gangnam/stock").Want(http.StatusOK); !strings.Contains(got.Body, "아직 재고를 세지 않았어요") {
		t.Error("a store without stock is not told how to begin")
	}
}

func TestMovementsSayWhyAndWhatWasLeft(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	s.open(s.milk, 1_000_000)
	s.sell(1)
	page := s.As(t, s.owner).Get("/s/gangnam/stock/milk").Want(http.StatusOK)
	first := page.Text("tbody tr:nth-child(1)")
	for _, want := range []string{"판매", "주문 12번", "−200 ml", "800 ml"} {
		if !strings.Contains(first, want) {
			t.Errorf("the sale reads %q, without %q", first, want)
		}
	}
	second := page.Text("tbody tr:nth-child(2)")
	for _, want := range []string{"기초 재고", "김점주", "+1 L", "1,000 mL 입력"} {
		if !strings.Contains(second, want) {
			t.Errorf("the opening reads %q, without %q", second, want)
		}
	}
	s.As(t, s.owner).Get("/s/gangnam/stock/unknown").Want(http.StatusNotFound)
	s.As(t, s.owner).Get("/s/gangnam/stock/milk?before=nonsense").Want(http.StatusOK)
}

func TestMovementsArePagedWithoutALostRow(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	for range 60 {
		s.sell(1)
	}
	page := s.As(t, s.owner).Get("/s/gangnam/stock/beans").Want(http.StatusOK)
	n := len(page.Texts("tbody tr"))
	next := s.As(t, s.owner).Get(page.Attr("a[rel=next]", "href")).Want(http.StatusOK)
	if got := n + len(next.Texts("tbody tr")); n != 50 || got != 60 || next.Has("a[rel=next]") {
		t.Errorf("%d rows on the first page, %d on both", n, got)
	}
}

func TestGoodsAreReceivedOnceHoweverOftenTheButtonIsPressed(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	who := s.As(t, s.owner)
	page := who.Get("/s/gangnam/stock/receive?m=milk&m=beans&m=milk&m=unknown").Want(http.StatusOK)
	if got := page.Texts("#lines li p:first-child"); !slices.Equal(got, []string{"우유", "원두"}) {
		t.Fatalf("lines %q", got)
	}
	form := page.Form("#receive")
	form.Set("quantity.milk", "1,2")
	form.Set("unit.milk", "carton")
	form.Set("quantity.beans", "0.5")
	form.Set("unit.beans", "kg")
	form.Set("note", "매일 우유 대리점")
	to := "/s/gangnam/stock?received=" + form.Get("id")
	who.Send(http.MethodPost, "/s/gangnam/stock/receive", form).WantRedirect(to)
	who.Send(http.MethodPost, "/s/gangnam/stock/receive", form).WantRedirect(to)
	after := who.Get(to).Want(http.StatusOK)
	if got := after.Text("#material-milk td:nth-child(2)"); got != "12 L" {
		t.Errorf("milk is %q after twelve cartons", got)
	}
	if got := after.Text(".notice-good"); !strings.Contains(got, "우유 +12 carton") || !strings.Contains(got, "원두 +0.5 kg") {
		t.Errorf("the page says %q", got)
	}
	form.Set("quantity.milk", "13")
	again := who.Send(http.MethodPost, "/s/gangnam/stock/receive", form).Want(http.StatusUnprocessableEntity)
	if !strings.Contains(again.Text(".notice-bad"), "이미 저장된 입고와 내용이 달라요") {
		t.Errorf("another content under the same form says %q", again.Text(".notice-bad"))
	}
}

func TestWhatIsWrongStandsBesideItsInputAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	who := s.As(t, s.owner)
	form := who.Get("/s/gangnam/stock/receive?m=milk&m=beans&m=cup").Want(http.StatusOK).Form("#receive")
	form.Set("quantity.milk", "많이")
	form.Set("quantity.beans", "3")
	form.Set("unit.beans", "bag")
	form.Set("note", "전표 7")
	page := who.Send(http.MethodPost, "/s/gangnam/stock/receive", form).Want(http.StatusUnprocessableEntity)
	if got := page.Text("#line-milk .field-problem"); got != "숫자로 적어 주세요." {
		t.Errorf("beside milk: %q", got)
	}
	if got := page.Text("#line-cup .field-problem"); got != "비워 둘 수 없어요." {
		t.Errorf("beside cups: %q", got)
	}
	if page.Has("#line-beans .field-problem") {
		t.Error("beans were right")
	}
	kept := page.Form("#receive")
	for _, name := range []string{"id", "quantity.milk", "quantity.beans", "unit.beans", "note"} {
		if kept.Get(name) != form.Get(name) {
			t.Errorf("%s was %q and is %q", name, form.Get(name), kept.Get(name))
		}
	}
	form.Set("quantity.milk", "0")
	form.Set("quantity.cup", "10")
	form.Set("unit.beans", "carton")
	page = who.Send(http.MethodPost, "/s/gangnam/stock/receive", form).Want(http.StatusUnprocessableEntity)
	if got := page.Text("#line-milk .field-problem"); got != "수량은 0보다 커야 해요." {
		t.Errorf("beside milk: %q", got)
	}
	if got := page.Text("#line-beans .field-problem"); !strings.Contains(got, "bag, kg, g") {
		t.Errorf("beside beans: %q", got)
	}
	empty := who.Send(http.MethodPost, "/s/gangnam/stock/receive", map[string][]string{"id": {ids.NewV7().String()}}).Want(http.StatusUnprocessableEntity)
	if got := empty.Text(".notice-bad"); got != "재료를 하나 이상 적어 주세요." {
		t.Errorf("an empty form says %q", got)
	}
	who.Get("/s/gangnam/stock-receive-line?m=milk").Want(http.StatusOK)
	who.Get("/s/gangnam/stock-receive-line?m=unknown").Want(http.StatusNotFound)
}

func TestStockIsTheBusinessOfItsStoreOnly(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	elsewhere := webtest.Owner("다른 점주", webtest.Store("busan", "부산점"))
	for _, path := range []string{"/s/gangnam/stock", "/s/gangnam/stock/milk", "/s/gangnam/stock/receive", "/s/gangnam/stock-list"} {
		s.As(t, elsewhere).Get(path).Want(http.StatusNotFound)
		s.As(t, webtest.HQ("본사")).Get(path).Want(http.StatusOK)
		s.As(t, webtest.Staff("바리스타", s.store)).Get(path).Want(http.StatusOK)
		s.Client(t).Get(path).Want(http.StatusSeeOther)
	}
	s.As(t, elsewhere).Post("/s/gangnam/stock/receive").Want(http.StatusNotFound)
	s.As(t, auth.Principal{}).Post("/s/gangnam/stock/receive").Want(http.StatusSeeOther)
}

func TestAnOpenPageHearsThatStockMoved(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/s/gangnam/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(s.Cookie(s.owner))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	heard := bufio.NewScanner(res.Body)
	next := func() string {
		for heard.Scan() {
			if name, ok := strings.CutPrefix(heard.Text(), "event: "); ok {
				return name
			}
		}
		t.Fatalf("the stream ended: %v", heard.Err())
		return ""
	}
	if got := next(); got != "sync" {
		t.Fatalf("the stream begins with %q", got)
	}
	if got := next(); got != "stock" { // of an order that was taken before, what it used may be deducted only now
		t.Fatalf("a moment after it opened the page hears %q", got)
	}
	s.open(s.milk, 1_000_000)
	if got := next(); got != "stock" {
		t.Errorf("after stock was entered the page hears %q", got)
	}
}

func TestWhoMayCountsAndThrowsAway(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	s.open(s.milk, 2_000_000)
	who := s.As(t, s.owner)
	const path = "/s/gangnam/stock/milk/adjust"
	if got := who.Get("/s/gangnam/stock/milk").Want(http.StatusOK).Attr(`a[href$="/adjust"]`, "href"); got != path {
		t.Errorf("the material leads to %q", got)
	}
	form := who.Get(path).Want(http.StatusOK).Form("#adjust")
	s.sell(1) // while somebody counts
	form.Set("quantity.milk", "1.5")
	form.Set("unit.milk", "l")
	who.Send(http.MethodPost, path, form).WantRedirect("/s/gangnam/stock/milk")
	who.Send(http.MethodPost, path, form).WantRedirect("/s/gangnam/stock/milk")
	if got := who.Get("/s/gangnam/stock/milk").Text("tbody tr:nth-child(1)"); !strings.Contains(got, "실사") || !strings.Contains(got, "−500 ml") || !strings.Contains(got, "1.3 L") {
		t.Errorf("the count reads %q", got)
	}
	form = who.Get(path).Form("#adjust")
	form.Set("kind", "waste")
	form.Set("quantity.milk", "0")
	form.Set("unit.milk", "ml")
	page := who.Send(http.MethodPost, path, form).Want(http.StatusUnprocessableEntity)
	if got := page.Text("#adjust .field-problem"); got != "수량은 0보다 커야 해요." {
		t.Errorf("throwing nothing away says %q", got)
	}
	if kept := page.Form("#adjust"); kept.Get("kind") != "waste" || kept.Get("ledger") != form.Get("ledger") || kept.Get("id") != form.Get("id") {
		t.Errorf("the form was %v and is %v", form, kept)
	}
	barista := s.As(t, webtest.Staff("바리스타", s.store))
	barista.Get(path).Want(http.StatusForbidden)
	barista.Send(http.MethodPost, path, form).Want(http.StatusForbidden)
	if barista.Get("/s/gangnam/stock/milk").Want(http.StatusOK).Has(`a[href$="/adjust"]`) {
		t.Error("who may not adjust is led there")
	}
}

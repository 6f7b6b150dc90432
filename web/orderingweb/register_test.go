package orderingweb_test

import (
	"net/http"
	"strings"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/web/webkit/webtest"
)

const registerPath = "/s/gangnam/register"

// lattePairs is a large oat latte with two shots, as the sheet sends it.
func (w *world) lattePairs(more ...string) []string {
	i := w.item("latte")
	return append([]string{
		"item", i.ID.String(), "size", i.Sizes[1].ID.String(), "quantity", "2",
		"g-" + w.group("temperature").ID.String(), w.group("temperature").Options[1].ID.String(),
		"g-" + w.group("milk").ID.String(), w.group("milk").Options[1].ID.String(),
		"q-" + w.group("extras").Options[0].ID.String(), "2",
	}, more...)
}

func (w *world) cookiePairs(more ...string) []string {
	return append([]string{"item", w.item("cookie").ID.String(), "usual", "1"}, more...)
}

func TestTheRegisterShowsTheMenuByCategoryAndWhatIsSoldOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.soldOut(w.item("coldbrew").ID, ids.SizeID{}, ids.OptionID{}, true)
	page := w.As(t, w.barista).Get(registerPath).Want(http.StatusOK)
	if got := len(page.Texts("[data-item]")); got != len(w.menu.Items) {
		t.Errorf("%d items on the register, want %d", got, len(w.menu.Items))
	}
	card := page.Text("#item-" + w.item("coldbrew").ID.String())
	if !strings.Contains(card, "품절") || !strings.Contains(card, "재료 소진") {
		t.Errorf("sold-out card says %q", card)
	}
	if got := page.Text("#item-" + w.item("latte").ID.String()); !strings.Contains(got, "5,000원~") {
		t.Errorf("card says %q", got)
	}
}

func TestTheRegisterOfAPausedStoreSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista)
	if c.Get(registerPath).Want(http.StatusOK).Has(".notice") {
		t.Error("an open store has a notice")
	}
	paused := w.gangnam
	paused.Status = membersapi.Paused
	w.publish("members", membersapi.StoreChanged{Store: paused})
	if got := c.Get(registerPath + "/menu").Want(http.StatusOK).Text(".notice"); !strings.Contains(got, "주문을 받을 수 없어요") {
		t.Errorf("the notice says %q", got)
	}
}

func TestAChoiceGoesIntoTheCartPricedByTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	// 5,000 + 600 (large) + 700 (oat) + 2 × 500 (shots), twice; the price that is sent is not read.
	page := c.Post(registerPath+"/cart/lines", w.lattePairs("price", "1", "unit_price", "1", "total", "1")...).Want(http.StatusOK)
	if got := page.Text(".cart-total"); got != "14,600원" {
		t.Errorf("total %s", got)
	}
	if got := page.Text(".cart-line-options"); got != "라지 · 아이스 · 오트 우유 · 샷 추가 ×2" {
		t.Errorf("options %q", got)
	}
	page = c.Post(registerPath+"/cart/lines", w.lattePairs()...).Want(http.StatusOK)
	if got := page.Texts(".cart-line"); len(got) != 1 {
		t.Errorf("equal choices are one line, got %q", got)
	}
	if got := page.Text(".stepper-value"); got != "4" {
		t.Errorf("quantity %s", got)
	}
}

func TestATapCountsOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	tap := ids.NewV7().String()
	c.Post(registerPath+"/cart/lines", w.cookiePairs("tap", tap)...).Want(http.StatusOK)
	page := c.Post(registerPath+"/cart/lines", w.cookiePairs("tap", tap)...).Want(http.StatusOK)
	if got := page.Text(".stepper-value"); got != "1" {
		t.Errorf("one tap sent twice counted %s times", got)
	}
	page = c.Post(registerPath+"/cart/lines", w.cookiePairs("tap", ids.NewV7().String())...).Want(http.StatusOK)
	if got := page.Text(".stepper-value"); got != "2" {
		t.Errorf("two taps counted %s times", got)
	}
}

func TestWhatIsWrongWithAChoiceIsSaidOnTheSheetAndTheChoiceStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX().With("HX-Source", "form#choice")
	latte := w.item("latte")
	w.soldOut(w.item("coldbrew").ID, ids.SizeID{}, ids.OptionID{}, true)
	w.soldOut(latte.ID, ids.SizeID{}, w.group("milk").Options[2].ID, true)
	milk, shot := "g-"+w.group("milk").ID.String(), "q-"+w.group("extras").Options[0].ID.String()
	for name, bad := range map[string]struct {
		pairs  []string
		status int
		says   string
	}{
		"no temperature":    {[]string{"item", latte.ID.String(), "size", latte.Sizes[0].ID.String(), milk, w.group("milk").Options[0].ID.String()}, 422, "온도"},
		"two milks":         {w.lattePairs(milk, w.group("milk").Options[0].ID.String()), 422, "우유에서는 1개까지만"},
		"too many shots":    {append(w.lattePairs()[:10:10], shot, "9"), 422, "샷 추가의 수량은 1부터 4까지"},
		"quantity 0":        {append(w.lattePairs()[:4:4], append([]string{"quantity", "0"}, w.lattePairs()[6:]...)...), 422, "수량은 1부터 999까지"},
		"negative quantity": {append(w.lattePairs()[:4:4], append([]string{"quantity", "-3"}, w.lattePairs()[6:]...)...), 422, "수량은 1부터 999까지"},
		"huge quantity":     {append(w.lattePairs()[:4:4], append([]string{"quantity", "1000000"}, w.lattePairs()[6:]...)...), 422, "수량은 1부터 999까지"},
		"not a quantity":    {append(w.lattePairs()[:4:4], append([]string{"quantity", "두 개"}, w.lattePairs()[6:]...)...), 422, "정수로"},
		"sold-out milk":     {append(w.lattePairs()[:8:8], milk, w.group("milk").Options[2].ID.String()), 409, "저지방 우유 옵션이 품절"},
		"strange option":    {w.lattePairs(milk, ids.NewOptionID().String()), 422, "카페라떼에는 고를 수 없는 옵션"},
		"sold-out item":     {[]string{"item", w.item("coldbrew").ID.String(), "size", w.item("coldbrew").Sizes[0].ID.String()}, 409, "콜드브루 품절이에요"},
	} {
		page := c.Post(registerPath+"/cart/lines", bad.pairs...)
		if page.Status != bad.status {
			t.Errorf("%s: status %d, want %d", name, page.Status, bad.status)
			continue
		}
		if got := page.Text(".notice-bad"); !strings.Contains(got, bad.says) {
			t.Errorf("%s: the sheet says %q, want %q", name, got, bad.says)
		}
		if page.Header.Get("HX-Retarget") != "#choice" {
			t.Errorf("%s: the answer is not for the sheet", name)
		}
	}
	if got := c.Get(registerPath + "/cart").Want(http.StatusOK).Texts(".cart-line"); len(got) != 0 {
		t.Errorf("the cart has %q", got)
	}
}

func TestAnUnknownItemIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	for _, item := range []string{ids.NewItemID().String(), "latte", ""} {
		page := c.Post(registerPath+"/cart/lines", "item", item, "usual", "1").Want(http.StatusUnprocessableEntity)
		if !strings.Contains(page.Body, "지금 메뉴에 없는 상품이에요") {
			t.Errorf("item %q: %s", item, page.Body)
		}
	}
	english := w.As(t, w.barista).In("en").HX().Post(registerPath+"/cart/lines", "item", "latte")
	if !strings.Contains(english.Body, "This item is not on the current menu") {
		t.Error(english.Body)
	}
}

func TestRemovingCanBeUndoneLineByLineAndAsAWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...)
	page := c.Post(registerPath+"/cart/lines", w.lattePairs()...).Want(http.StatusOK)
	line := strings.TrimPrefix(page.Attr(".cart-line", "id"), "line-")
	page = c.Post(registerPath + "/cart/lines/" + line + "/remove").Want(http.StatusOK)
	if got := len(page.Texts(".cart-line")); got != 1 {
		t.Fatalf("%d lines after a removal", got)
	}
	page = c.Post(page.Attr("[data-toast] [hx-post]", "hx-post")).Want(http.StatusOK)
	if got := len(page.Texts(".cart-line")); got != 2 {
		t.Fatalf("%d lines after undo", got)
	}
	page = c.Post(registerPath + "/cart/clear").Want(http.StatusOK)
	undo := page.Attr("[data-toast] [hx-post]", "hx-post")
	if page.Has(".cart-line") {
		t.Fatal("lines after clearing")
	}
	if page = c.Post(undo).Want(http.StatusOK); len(page.Texts(".cart-line")) != 2 {
		t.Fatal("clearing was not undone")
	}
	c.Post(undo).Want(http.StatusNotFound)
}

func TestAHeldCartIsTakenUpByAColleagueAndNotByAnotherStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/hold", "label", "").Want(http.StatusUnprocessableEntity) // there is nothing to hold
	c.Post(registerPath+"/cart/lines", w.lattePairs()...).Want(http.StatusOK)
	long := c.Post(registerPath+"/hold", "label", strings.Repeat("가", 41)).Want(http.StatusUnprocessableEntity)
	if got := long.Attr("#f-label", "value"); got != strings.Repeat("가", 41) {
		t.Errorf("what was typed became %q", got)
	}
	if page := c.Post(registerPath+"/hold", "label", "검은 코트").Want(http.StatusOK); page.Has(".cart-line") {
		t.Error("the cart is not empty after holding it")
	}
	colleague := w.As(t, webtest.Staff("박민호", w.gangnam)).HX()
	held := colleague.Get(registerPath + "/held").Want(http.StatusOK)
	if got := held.Text(".held-cart"); !strings.Contains(got, "검은 코트") || !strings.Contains(got, "14,600원") || !strings.Contains(got, "카페라떼 × 2") {
		t.Errorf("held: %q", got)
	}
	id := strings.TrimPrefix(held.Attr(".held-cart", "id"), "held-")

	other := w.As(t, webtest.Staff("이서준", w.mapo)).HX()
	for _, action := range []string{"recall", "discard", "undiscard"} {
		other.Post("/s/mapo/register/held/" + id + "/" + action).Want(http.StatusNotFound)
		other.Post(registerPath + "/held/" + id + "/" + action).Want(http.StatusNotFound)
	}
	colleague.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	page := colleague.Post(registerPath + "/held/" + id + "/recall").Want(http.StatusOK)
	if got := page.Text(".cart-line"); !strings.Contains(got, "카페라떼") {
		t.Errorf("recalled: %q", got)
	}
	if got := colleague.Get(registerPath + "/held").Text(".held-cart"); !strings.Contains(got, "초코칩 쿠키") {
		t.Errorf("what was open is not held: %q", got)
	}
	c.Post(registerPath + "/held/" + id + "/recall").Want(http.StatusNotFound)
}

func TestADiscardedCartComesBackByUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	c.Post(registerPath + "/hold").Want(http.StatusOK)
	id := strings.TrimPrefix(c.Get(registerPath+"/held").Attr(".held-cart", "id"), "held-")
	page := c.Post(registerPath + "/held/" + id + "/discard").Want(http.StatusOK)
	if page.Has(".held-cart") {
		t.Fatal("still held")
	}
	c.Post(page.Attr("[data-toast] [hx-post]", "hx-post")).Want(http.StatusOK)
	if !c.Get(registerPath + "/held").Has(".held-cart") {
		t.Fatal("undo did not bring it back")
	}
}

func TestTheCartSaysWhichPricesMovedAndWhatIsSoldOutSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	c.Post(registerPath+"/cart/lines", w.lattePairs()...).Want(http.StatusOK)
	w.publishMenu(func(code string) int64 {
		if code == "cookie" {
			return 300
		}
		return 0
	})
	w.soldOut(w.item("latte").ID, ids.SizeID{}, w.group("milk").Options[1].ID, true)
	page := c.Get(registerPath + "/cart").Want(http.StatusOK)
	if got := page.Text(".cart-line-moved"); got != "가격이 바뀌었어요: 3,200원 → 3,500원" {
		t.Errorf("moved: %q", got)
	}
	if got := page.Text(".cart-line-problem"); !strings.Contains(got, "오트 우유 옵션이 품절") {
		t.Errorf("problem: %q", got)
	}
	if got := page.Text(".cart-total"); got != "3,500원" {
		t.Errorf("total %s", got)
	}
	if !page.Has(".cart-pay[disabled]") {
		t.Error("a cart with something sold out can be paid")
	}
	w.soldOut(w.item("latte").ID, ids.SizeID{}, w.group("milk").Options[1].ID, false)
	if page = c.Get(registerPath + "/cart"); page.Has(".cart-pay[disabled]") || page.Text(".cart-total") != "18,100원" {
		t.Errorf("back in stock: total %s", page.Text(".cart-total"))
	}
}

func TestALimitForTodayIsSetCountedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	cookie := w.item("cookie")
	path := registerPath + "/items/" + cookie.ID.String() + "/limit"
	c.Post(path, "quantity", "many").Want(http.StatusUnprocessableEntity)
	c.Post(path, "quantity", "2").Want(http.StatusOK)
	w.drain()
	if got := c.Get(registerPath + "/menu").Text("#item-" + cookie.ID.String()); !strings.Contains(got, "2개 남음") {
		t.Errorf("limited: %q", got)
	}
	w.place("cookie", 2)
	w.drain()
	if got := c.Get(registerPath + "/menu").Text("#item-" + cookie.ID.String()); !strings.Contains(got, "한정 마감") {
		t.Errorf("sold: %q", got)
	}
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusConflict)
	c.Post(path, "off", "1").Want(http.StatusOK)
	w.drain()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
}

func TestARegisterBeforeTheFirstMenuSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, sampleMenuWithout(), nil)
	page := w.As(t, w.barista).Get(registerPath).Want(http.StatusOK)
	if got := page.Text(".empty"); !strings.Contains(got, "아직 메뉴가 없어요") {
		t.Error(got)
	}
	w.As(t, w.barista).Get("/s/gangnam/board").Want(http.StatusOK)
}

func TestPagesOfAStoreAreItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, webtest.Staff("이서준", w.mapo))
	placed := w.place("cookie", 1)
	for _, path := range []string{registerPath, registerPath + "/cart", registerPath + "/held", "/s/gangnam/board", "/s/gangnam/orders", "/s/gangnam/orders/" + placed.OrderID.String()} {
		c.Get(path).Want(http.StatusNotFound)
	}
	c.Get("/s/mapo/orders/" + placed.OrderID.String()).Want(http.StatusNotFound)
}

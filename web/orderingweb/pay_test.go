package orderingweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"maru/web/webkit/webtest"
)

// paying is the form of the sheet for paying, filled in.
func (w *world) paying(c *webtest.Client, pairs ...string) url.Values {
	w.t.Helper()
	form := c.Get(registerPath + "/pay").Want(http.StatusOK).Form("#pay")
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestACashOrderShowsPickupNumberAndChangeAndTheNextCanBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.lattePairs()...).Want(http.StatusOK)
	sheet := c.Get(registerPath + "/pay").Want(http.StatusOK)
	if got := sheet.Texts("[data-receive]"); strings.Join(got, " ") != "딱 맞게 15,000원 20,000원 50,000원" {
		t.Errorf("quick amounts %q", got)
	}
	page := c.Send(http.MethodPost, registerPath+"/pay", w.paying(c, "kind", "cash", "received", "20,000")).Want(http.StatusOK)
	if got := page.Text(".placed-number"); got != "1" {
		t.Errorf("pickup number %s", got)
	}
	if got := page.Text(".placed-change"); got != "거스름돈 5,400원" {
		t.Errorf("change %q", got)
	}
	if page.Has(".cart-line") {
		t.Error("the cart is not empty")
	}
	if got := c.Get("/s/gangnam/board").Text(".order-card"); !strings.Contains(got, "카페라떼") || !strings.Contains(got, "포장") {
		t.Errorf("board: %q", got)
	}
}

func TestADoubleClickIsOneOrderAndOneReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	form := w.paying(c, "approval", "30012345")
	var together sync.WaitGroup
	answers := make([]*webtest.Page, 5)
	for i := range answers[:4] {
		together.Go(func() { answers[i] = c.Send(http.MethodPost, registerPath+"/pay", form) })
	}
	together.Wait()
	answers[4] = c.Send(http.MethodPost, registerPath+"/pay", form) // and once more, much later
	for i, a := range answers {
		if a.Status != http.StatusOK || a.Text(".placed-number") != "1" {
			t.Errorf("answer %d: status %d %s", i, a.Status, a.Body)
		}
	}
	if got := w.orders(); got != 1 {
		t.Errorf("%d orders", got)
	}
}

func TestACartIsNotPaidTwiceInTwoWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	card, cash := w.paying(c, "approval", "30012345"), w.paying(c, "kind", "cash", "received", "5000")
	c.Send(http.MethodPost, registerPath+"/pay", card).Want(http.StatusOK)
	page := c.Send(http.MethodPost, registerPath+"/pay", cash).Want(http.StatusConflict)
	if !strings.Contains(page.Body, "이미 결제가 끝난 주문이에요") {
		t.Error(page.Body)
	}
	if got := w.orders(); got != 1 {
		t.Errorf("%d orders", got)
	}
}

func TestWhatIsWrongWithAPaymentIsSaidBesideItAndWhatWasTypedStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Get(registerPath + "/pay").Want(http.StatusUnprocessableEntity) // nothing in the cart
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	for name, bad := range map[string]struct {
		pairs []string
		field string
		says  string
	}{
		"no approval number": {[]string{"kind", "card", "approval", ""}, "#f-approval-problem", "비워 둘 수 없어요"},
		"too little cash":    {[]string{"kind", "cash", "received", "3,000"}, "#f-received-problem", "적어요"},
		"cash in words":      {[]string{"kind", "cash", "received", "만원"}, "#f-received-problem", "금액을 숫자로"},
		"negative cash":      {[]string{"kind", "cash", "received", "-5000"}, "#f-received-problem", "0 이상"},
	} {
		page := c.Send(http.MethodPost, registerPath+"/pay", w.paying(c, bad.pairs...))
		if page.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, page.Status)
			continue
		}
		if got := page.Text(bad.field); !strings.Contains(got, bad.says) {
			t.Errorf("%s: %q", name, got)
		}
		if bad.pairs[1] == "cash" && page.Attr("#f-received", "value") != bad.pairs[3] {
			t.Errorf("%s: what was typed became %q", name, page.Attr("#f-received", "value"))
		}
	}
	if got := w.orders(); got != 0 {
		t.Errorf("%d orders", got)
	}
}

func TestAPriceThatMovedIsShownBeforeItIsPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	form := w.paying(c, "approval", "30012345")
	w.publishMenu(func(string) int64 { return 100 })
	page := c.Send(http.MethodPost, registerPath+"/pay", form).Want(http.StatusConflict)
	if got := page.Text("#pay .notice-bad"); !strings.Contains(got, "가격이 바뀌었어요") {
		t.Error(got)
	}
	if got := page.Text(".pay-total"); got != "결제할 금액 3,300원" {
		t.Error(got)
	}
	if got := page.Attr("#f-approval", "value"); got != "30012345" {
		t.Errorf("the approval number became %q", got)
	}
	if w.orders() != 0 {
		t.Error("an order was placed at a price nobody saw")
	}
	c.Send(http.MethodPost, registerPath+"/pay", page.Form("#pay")).Want(http.StatusOK)
}

func TestAnotherStoresCartCannotBePaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	form := w.paying(c, "approval", "30012345")
	other := w.As(t, webtest.Staff("이서준", w.mapo)).HX()
	other.Send(http.MethodPost, "/s/mapo/register/pay", form).Want(http.StatusNotFound)
	other.Send(http.MethodPost, registerPath+"/pay", form).Want(http.StatusNotFound)
	if w.orders() != 0 {
		t.Error("an order was placed")
	}
	if !c.Get(registerPath + "/cart").Has(".cart-line") {
		t.Error("the cart was lost")
	}
}

func TestABodyOfTenMegabytesIsRefusedInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.As(t, w.barista).HX().Post(registerPath+"/hold", "label", strings.Repeat("x", 10<<20)).Want(http.StatusRequestEntityTooLarge)
	if !strings.Contains(page.Body, "보낸 내용이 너무 커요") {
		t.Error(page.Body)
	}
}

package orderingweb_test

import (
	"net/http"
	"strings"
	"testing"

	"maru/internal/kernel/ids"
	"maru/web/webkit/webtest"
)

const discountPath = registerPath + "/discount"

func TestADiscountStandsOnTheCartTheReceiptAndTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	if c.Get(registerPath + "/cart").Want(http.StatusOK).Has(".cart-discount") {
		t.Error("an empty cart offers a discount")
	}
	c.Get(discountPath).Want(http.StatusUnprocessableEntity)
	c.Post(registerPath+"/cart/lines", w.lattePairs()...).Want(http.StatusOK)
	form := c.Get(discountPath).Want(http.StatusOK).Form("#discount")
	form.Set("percent", "10")
	if got := c.Send(http.MethodPost, discountPath, form).Want(http.StatusUnprocessableEntity).Text("#discount"); !strings.Contains(got, "할인 이유") {
		t.Errorf("without a reason: %q", got)
	}
	form.Set("reason", "직원 할인")
	page := c.Send(http.MethodPost, discountPath, form).Want(http.StatusOK)
	if total, name := page.Text(".cart-total"), page.Text(".cart-discount"); total != "13,140원" || name != "할인 10% · 직원 할인" {
		t.Errorf("total %s, %q", total, name)
	}
	if got := page.Text(".cart-discount-off"); got != "−1,460원" {
		t.Errorf("taken off %q", got)
	}
	again := c.Get(discountPath).Want(http.StatusOK).Form("#discount")
	if again.Get("percent") != "10" || again.Get("reason") != "직원 할인" {
		t.Errorf("the sheet forgot: %v", again)
	}
	page = c.Send(http.MethodPost, registerPath+"/pay", w.paying(c, "kind", "cash", "received", "13,140")).Want(http.StatusOK)
	order := c.Get(page.Attr(".placed a[href]", "href")).Want(http.StatusOK)
	if got := order.Text(".receipt"); !strings.Contains(got, "14,600원") || !strings.Contains(got, "할인 10% · 직원 할인") || !strings.Contains(got, "−1,460원") || !strings.Contains(got, "13,140원") {
		t.Errorf("the receipt says %q", got)
	}
}

func TestAnAmountMoreThanTheOrderCostsIsRefusedAtItsInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	page := c.Post(discountPath, "by", "amount", "amount", "3,201", "reason", "쿠폰").Want(http.StatusUnprocessableEntity)
	if got := page.Text(".discount-amount"); !strings.Contains(got, "주문 금액보다") {
		t.Errorf("the input says %q", got)
	}
}

func TestAnOrderThatCostsNothingIsCompletedWithoutATender(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	c.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	c.Post(discountPath, "by", "amount", "amount", "3,200", "reason", "쿠폰").Want(http.StatusOK)
	sheet := c.Get(registerPath + "/pay").Want(http.StatusOK)
	if sheet.Has("[name=kind]") || sheet.Has("[name=approval]") {
		t.Error("the sheet asks how nothing is paid")
	}
	page := c.Send(http.MethodPost, registerPath+"/pay", sheet.Form("#pay")).Want(http.StatusOK)
	if page.Text(".placed-number") != "1" || page.Has(".placed-change") {
		t.Errorf("placed: %q", page.Text(".placed"))
	}
}

func TestWhoMayNotDiscountSeesNoButtonAndCannotForgeOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.As(t, webtest.Staff("이민호", w.gangnam)).HX()
	if staff.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK).Has(".cart-discount") {
		t.Error("staff see the discount")
	}
	staff.Get(discountPath).Want(http.StatusForbidden)
	staff.Post(discountPath, "by", "percent", "percent", "10", "reason", "x").Want(http.StatusForbidden)
	// One that a manager gave on an order that was held can be seen and taken away.
	manager := w.As(t, w.barista).HX()
	manager.Post(registerPath+"/cart/lines", w.cookiePairs()...).Want(http.StatusOK)
	manager.Post(discountPath, "by", "percent", "percent", "50", "reason", "쿠폰").Want(http.StatusOK)
	manager.Post(registerPath+"/hold", "label", "창가").Want(http.StatusOK)
	recall := staff.Get(registerPath+"/held").Want(http.StatusOK).Attr("#held .btn-primary", "hx-post")
	page := staff.Post(recall).Want(http.StatusOK)
	if page.Text(".cart-total") != "1,600원" || page.Has(".cart-discount-button") {
		t.Errorf("taken up: %s", page.Text(".cart-sums"))
	}
	staff.Send(http.MethodPost, registerPath+"/pay", w.paying(staff, "approval", "30012345")).Want(http.StatusForbidden)
	if got := staff.Post(discountPath + "/remove").Want(http.StatusOK).Text(".cart-total"); got != "3,200원" {
		t.Errorf("taken away: %s", got)
	}
}

func TestTheAPIGivesADiscountAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, id := w.As(t, w.barista), ids.NewOrderID()
	body := func(total, discount string) string {
		return w.body(id, `"dining"`, `"discount":`+discount+`,"dining"`, "6400", total)
	}
	order := decode(t, post(c, apiOrders, body("5760", `{"percent":10,"reason":"staff"}`)).Want(http.StatusCreated))
	if order["total"] != 5760.0 {
		t.Errorf("placed %v", order)
	}
	got := decode(t, c.Get(apiOrders+"/"+id.String()).Want(http.StatusOK))
	d, _ := got["discount"].(map[string]any)
	line := got["lines"].([]any)[0].(map[string]any)
	if d["amount"] != 640.0 || d["percent"] != 10.0 || d["reason"] != "staff" || line["discount"] != 640.0 || line["total"] != 5760.0 {
		t.Errorf("order %v", got)
	}
	post(c, apiOrders, body("5760", `{"percent":10,"reason":"staff"}`)).Want(http.StatusOK)
	post(c, apiOrders, body("5760", `{"amount":640,"reason":"staff"}`)).Want(http.StatusConflict)
	staff := w.As(t, webtest.Staff("이민호", w.gangnam))
	id = ids.NewOrderID()
	if got := decode(t, post(staff, apiOrders, body("5760", `{"percent":10,"reason":"staff"}`)).Want(http.StatusForbidden))["code"]; got != "ordering.discount_forbidden" {
		t.Errorf("by staff: %v", got)
	}
	post(c, apiOrders, body("0", `{"percent":10}`)).Want(http.StatusUnprocessableEntity)
}

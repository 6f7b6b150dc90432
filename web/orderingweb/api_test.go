package orderingweb_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"maru/internal/kernel/ids"
	"maru/web/webkit/webtest"
)

const apiOrders = "/api/v1/stores/gangnam/orders"

// body is an order of two cookies, 6,400 won in cash, as JSON; changed replaces what is between.
func (w *world) body(id ids.OrderID, changes ...string) string {
	cookie := w.item("cookie")
	s := `{"id":"` + id.String() + `","dining":"takeaway","lines":[{"item_id":"` + cookie.ID.String() + `","size_id":"` + cookie.Sizes[0].ID.String() +
		`","quantity":2}],"tenders":[{"kind":"cash","amount":6400,"received":10000}]}`
	return strings.NewReplacer(changes...).Replace(s)
}

func post(c *webtest.Client, path, body string) *webtest.Page {
	return c.SendBody(http.MethodPost, path, "application/json", body)
}

func decode(t *testing.T, p *webtest.Page) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(p.Body), &v); err != nil {
		t.Fatalf("%v: %s", err, p.Body)
	}
	return v
}

func TestAnOrderThroughTheAPIIsPlacedOnceAndAnsweredAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, id := w.As(t, w.barista), ids.NewOrderID()
	first := decode(t, post(c, apiOrders, w.body(id)).Want(http.StatusCreated))
	if first["total"] != 6400.0 || first["change"] != 3600.0 || first["currency"] != "KRW" || first["replayed"] != false {
		t.Errorf("first answer %v", first)
	}
	again := decode(t, post(c, apiOrders, w.body(id)).Want(http.StatusOK))
	if again["replayed"] != true || again["pickup_number"] != first["pickup_number"] || again["change"] != 3600.0 {
		t.Errorf("second answer %v", again)
	}
	other := post(c, apiOrders, w.body(id, `"quantity":2`, `"quantity":1`, "6400", "3200")).Want(http.StatusConflict)
	if got := decode(t, other)["code"]; got != "ordering.id_reused" {
		t.Errorf("another body: %v", got)
	}
	if got := w.orders(); got != 1 {
		t.Errorf("%d orders", got)
	}
}

func TestBadOrdersAreProblemsAndNothingIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista)
	latte := w.item("latte")
	w.soldOut(w.item("coldbrew").ID, ids.SizeID{}, ids.OptionID{}, true)
	cookie, one := w.item("cookie").ID.String(), w.item("cookie").Sizes[0].ID.String()
	for name, bad := range map[string]struct {
		body   string
		status int
		code   string
		field  string
	}{
		"empty cart":        {w.body(ids.NewOrderID(), w.body(ids.OrderID{})[strings.Index(w.body(ids.OrderID{}), `"lines"`):strings.Index(w.body(ids.OrderID{}), `,"tenders"`)], `"lines":[]`), 422, "ordering.empty", "lines"},
		"unknown item":      {w.body(ids.NewOrderID(), cookie, ids.NewItemID().String()), 422, "ordering.unknown_item", "lines[0]"},
		"sold-out item":     {w.body(ids.NewOrderID(), cookie, w.item("coldbrew").ID.String(), one, w.item("coldbrew").Sizes[0].ID.String()), 409, "ordering.sold_out", "lines[0]"},
		"no choice made":    {w.body(ids.NewOrderID(), cookie, latte.ID.String(), one, latte.Sizes[0].ID.String()), 422, "ordering.option_required", "lines[0]"},
		"foreign option":    {w.body(ids.NewOrderID(), `"quantity":2`, `"quantity":2,"options":[{"option_id":"`+w.group("milk").Options[0].ID.String()+`","quantity":1}]`), 422, "ordering.unknown_option", "lines[0]"},
		"quantity 0":        {w.body(ids.NewOrderID(), `"quantity":2`, `"quantity":0`), 422, "ordering.quantity", "lines[0]"},
		"negative quantity": {w.body(ids.NewOrderID(), `"quantity":2`, `"quantity":-2`), 422, "ordering.quantity", "lines[0]"},
		"huge quantity":     {w.body(ids.NewOrderID(), `"quantity":2`, `"quantity":1000000`), 422, "ordering.quantity", "lines[0]"},
		"absurd quantity":   {w.body(ids.NewOrderID(), `"quantity":2`, `"quantity":99999999999999999999`), 422, "", ""},
		"a price":           {w.body(ids.NewOrderID(), `"quantity":2`, `"quantity":2,"unit_price":1`), 422, "web.invalid_input", "lines[0].unit_price"},
		"a total":           {w.body(ids.NewOrderID(), `"dining"`, `"total":1,"dining"`), 422, "web.invalid_input", "total"},
		"too little money":  {w.body(ids.NewOrderID(), "6400", "6000"), 422, "ordering.tender", "tenders"},
		"cash short":        {w.body(ids.NewOrderID(), "10000", "6000"), 422, "ordering.cash_short", "received"},
		"no such dining":    {w.body(ids.NewOrderID(), "takeaway", "in_bed"), 422, "web.invalid_input", "dining"},
		"an old id":         {w.body(ids.OrderID{}, ids.OrderID{}.String(), "01890a5d-ac96-774b-bcce-b302099a8057"), 422, "ordering.order_id", "id"},
		"no id":             {w.body(ids.OrderID{}, `"id":"`+ids.OrderID{}.String()+`",`, ""), 422, "web.invalid_input", "id"},
		"another price":     {w.body(ids.NewOrderID(), `"dining"`, `"expect_total":1,"dining"`), 409, "ordering.price_moved", ""},
		"malformed":         {`{"id":`, 400, "web.malformed", ""},
		"not JSON":          {`hello`, 400, "web.malformed", ""},
		"ten megabytes":     {w.body(ids.NewOrderID(), `"dining"`, `"note":"`+strings.Repeat("x", 10<<20)+`","dining"`), 413, "web.too_large", ""},
	} {
		page := post(c, apiOrders, bad.body)
		if page.Status != bad.status {
			t.Errorf("%s: status %d, want %d: %.300s", name, page.Status, bad.status, page.Body)
			continue
		}
		if got := page.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: %s", name, got)
		}
		p := decode(t, page)
		if bad.code != "" && p["code"] != bad.code || p["detail"] == "" {
			t.Errorf("%s: %v", name, p)
		}
		if bad.field != "" && !strings.Contains(page.Body, strconv.Quote(bad.field)) {
			t.Errorf("%s: the field %s is not named: %s", name, bad.field, page.Body)
		}
	}
	if got := w.orders(); got != 0 {
		t.Errorf("%d orders", got)
	}
}

func TestAProblemSpeaksTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista)
	body := w.body(ids.NewOrderID(), `"quantity":2`, `"quantity":0`)
	if got := decode(t, post(c.With("Accept-Language", "en"), apiOrders, body))["detail"]; got != "The quantity must be from 1 to 999." {
		t.Error(got)
	}
	if got := decode(t, post(c.With("Accept-Language", "ko"), apiOrders, body))["detail"]; got != "수량은 1부터 999까지 입력할 수 있어요." {
		t.Error(got)
	}
}

func TestAnOrderIsMovedAndCancelledThroughTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, id := w.As(t, w.barista), ids.NewOrderID()
	post(c, apiOrders, w.body(id)).Want(http.StatusCreated)
	order := apiOrders + "/" + id.String()
	if got := decode(t, post(c, order+"/status", `{"to":"preparing"}`).Want(http.StatusOK))["status"]; got != "preparing" {
		t.Errorf("status %v", got)
	}
	if got := decode(t, post(c, order+"/status", `{"to":"completed"}`).Want(http.StatusConflict))["code"]; got != "ordering.illegal_transition" {
		t.Errorf("code %v", got)
	}
	post(c, order+"/status", `{"to":"cancelled"}`).Want(http.StatusUnprocessableEntity)
	if open := decode(t, c.Get(apiOrders+"?status=open").Want(http.StatusOK))["orders"].([]any); len(open) != 1 {
		t.Errorf("%d open orders", len(open))
	}
	if got := decode(t, post(c, order+"/cancel", `{"reason":" "}`).Want(http.StatusUnprocessableEntity))["code"]; got != "ordering.reason_missing" {
		t.Errorf("code %v", got)
	}
	cancelled := decode(t, post(c, order+"/cancel", `{"reason":"changed their mind"}`).Want(http.StatusOK))
	history := cancelled["history"].([]any)
	if cancelled["status"] != "cancelled" || history[len(history)-1].(map[string]any)["disposition"] != "waste" {
		t.Errorf("cancelled: %v", cancelled)
	}
	if open := decode(t, c.Get(apiOrders+"?status=open"))["orders"].([]any); len(open) != 0 {
		t.Errorf("%d open orders", len(open))
	}
	if all := decode(t, c.Get(apiOrders+"?status=all"))["orders"].([]any); len(all) != 1 {
		t.Errorf("%d orders of today", len(all))
	}
}

func TestTheAPIKnowsNoOrdersOfOtherStores(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	placed := w.place("cookie", 1)
	other := w.As(t, webtest.Staff("이서준", w.mapo))
	other.Get(apiOrders).Want(http.StatusNotFound)
	mapo := "/api/v1/stores/mapo/orders/" + placed.OrderID.String()
	other.Get(mapo).Want(http.StatusNotFound)
	post(other, mapo+"/status", `{"to":"preparing"}`).Want(http.StatusNotFound)
	post(other, mapo+"/cancel", `{"reason":"x"}`).Want(http.StatusNotFound)
	w.Client(t).Get(apiOrders).Want(http.StatusUnauthorized)
}

func TestTheMenuOfAStoreSaysWhatIsSoldOutAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	latte := w.item("latte")
	w.soldOut(latte.ID, latte.Sizes[1].ID, ids.OptionID{}, true)
	w.soldOut(latte.ID, ids.SizeID{}, w.group("milk").Options[1].ID, true)
	menu := decode(t, w.As(t, w.barista).Get("/api/v1/stores/gangnam/menu").Want(http.StatusOK))
	for _, i := range menu["items"].([]any) {
		item := i.(map[string]any)
		if item["code"] != "latte" {
			continue
		}
		small, large := item["sizes"].([]any)[0].(map[string]any), item["sizes"].([]any)[1].(map[string]any)
		if small["available"] != true || large["available"] != false || large["reason"] != "stock" {
			t.Errorf("sizes %v", item["sizes"])
		}
		if out := small["sold_out_options"].([]any); len(out) != 1 || out[0].(map[string]any)["option_id"] != w.group("milk").Options[1].ID.String() {
			t.Errorf("options %v", out)
		}
		return
	}
	t.Error("no latte")
}

package inventoryweb_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"maru/internal/kernel/ids"
	"maru/web/webkit/webtest"
)

func decode[T any](t *testing.T, p *webtest.Page) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(p.Body), &v); err != nil {
		t.Fatalf("%v in %s", err, p.Body)
	}
	return v
}

type problemBody struct {
	Code   string
	Errors []struct{ Field, Code string }
}

func TestTheAPIReceivesListsAndTells(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	who := s.As(t, s.owner)
	receipt := fmt.Sprintf(`{"id":%q,"lines":[{"material":"milk","quantity_milli":2000,"unit":"carton"},{"material":"beans","quantity_milli":500,"unit":"kg"}],"note":"전표 7"}`, ids.NewV7())
	type booked struct {
		ID    string
		Lines []struct {
			Material string
			OnHand   int64 `json:"on_hand_milli"`
		}
	}
	first := who.SendBody(http.MethodPost, "/api/v1/stores/gangnam/receipts", "application/json", receipt).Want(http.StatusCreated)
	second := who.SendBody(http.MethodPost, "/api/v1/stores/gangnam/receipts", "application/json", receipt).Want(http.StatusOK)
	if first.Body != second.Body {
		t.Errorf("answers differ:\n%s\n%s", first.Body, second.Body)
	}
	if b := decode[booked](t, first); len(b.Lines) != 2 || b.Lines[0].Material != "milk" || b.Lines[0].OnHand != 2_000_000 {
		t.Errorf("booked %+v", b)
	}
	s.sell(1)
	list := decode[struct {
		Materials []struct {
			Material, State string
			OnHand          int64 `json:"on_hand_milli"`
		}
	}](t, who.Get("/api/v1/stores/gangnam/stock?only_low=true").Want(http.StatusOK))
	if len(list.Materials) != 2 || list.Materials[0].Material != "beans" && list.Materials[1].Material != "beans" {
		t.Errorf("low stock %+v", list)
	}
	moved := decode[struct {
		Movements []struct {
			Reason   string
			Quantity int64 `json:"quantity_milli"`
			Balance  int64 `json:"balance_milli"`
		}
		Next string
	}](t, who.Get("/api/v1/stores/gangnam/stock/milk/movements?limit=1").Want(http.StatusOK))
	if len(moved.Movements) != 1 || moved.Movements[0].Reason != "sale" || moved.Movements[0].Balance != 1_800_000 || moved.Next == "" {
		t.Errorf("movements %+v", moved)
	}
	who.Get("/api/v1/stores/gangnam/stock/milk/movements?before=" + moved.Next).Want(http.StatusOK)
	s.open(s.milk, 0)
	out := decode[struct{ Unavailable []struct{ Reason string } }](t, who.Get("/api/v1/stores/gangnam/unavailable").Want(http.StatusOK))
	if len(out.Unavailable) != 1 || out.Unavailable[0].Reason != "stock:milk" {
		t.Errorf("unavailable %+v", out)
	}
}

func TestTheAPIRefusesWithProblemDocuments(t *testing.T) {
	t.Parallel()
	s := newShop(t).withMenu()
	who := s.As(t, s.owner)
	post := func(body string) *webtest.Page {
		return who.SendBody(http.MethodPost, "/api/v1/stores/gangnam/receipts", "application/json", body)
	}
	wrong := decode[problemBody](t, post(`{"lines":[{"material":"nothing","quantity_milli":1,"unit":"g"},{"material":"cup","quantity_milli":1000,"unit":"kg"}]}`).Want(http.StatusUnprocessableEntity))
	if len(wrong.Errors) != 2 || wrong.Errors[0].Field != "lines[0].material" || wrong.Errors[0].Code != "inventory.unknown_material" || wrong.Errors[1].Code != "inventory.unit" {
		t.Errorf("problem %+v", wrong)
	}
	for body, want := range map[string]int{
		`{"lines":[]}`: http.StatusUnprocessableEntity,
		`{"lines":[{"material":"milk","quantity_milli":0,"unit":"l"}]}`:                http.StatusUnprocessableEntity,
		`{"lines":[{"material":"milk","quantity_milli":-5,"unit":"l"}]}`:               http.StatusUnprocessableEntity,
		`{"lines":[{"material":"milk","quantity_milli":1000000000000000,"unit":"l"}]}`: http.StatusUnprocessableEntity,
		`{"lines":[{"material":"milk","quantity_milli":1,"unit":"l"}],"store_id":"x"}`: http.StatusUnprocessableEntity,
		`{"lines":`: http.StatusBadRequest,
		`{"id":"1b4e28ba-2fa1-41d2-883f-0016d3cca427","lines":[{"material":"milk","quantity_milli":1,"unit":"l"}]}`: http.StatusUnprocessableEntity,
	} {
		if got := post(body); got.Status != want || got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
	who.Get("/api/v1/stores/gangnam/stock/milk/movements?before=x").Want(http.StatusUnprocessableEntity)
	who.Get("/api/v1/stores/gangnam/stock/nothing/movements").Want(http.StatusNotFound)
	elsewhere := s.As(t, webtest.Owner("다른 점주", webtest.Store("busan", "부산점")))
	elsewhere.Get("/api/v1/stores/gangnam/stock").Want(http.StatusNotFound)
	s.Client(t).Get("/api/v1/stores/gangnam/stock").Want(http.StatusUnauthorized)
	list := decode[struct{ Materials []struct{ Tracked bool } }](t, who.Get("/api/v1/stores/gangnam/stock").Want(http.StatusOK))
	for _, m := range list.Materials {
		if m.Tracked {
			t.Error("a refused receipt was booked")
		}
	}
}

package webkit_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/webtest"
)

// read sends a form and returns what the handler saw.
func read(t *testing.T, body string, look func(*webkit.Form)) {
	t.Helper()
	srv := webtest.Start(t, webkit.Options{}, func(site *webkit.Site) {
		site.Router().POST("/form", webkit.Public, func(c echo.Context) error {
			look(webkit.ReadForm(c))
			return c.NoContent(http.StatusNoContent)
		})
	})
	srv.Client(t).SendBody(http.MethodPost, "/form?name=query", "application/x-www-form-urlencoded", body).Want(http.StatusNoContent)
}

func TestAFormIsReadAsPeopleType(t *testing.T) {
	t.Parallel()
	item := ids.NewItemID()
	body := "name=+%EB%9D%BC%EB%96%BC+&price=4%2C500&cents=3.2&full=%EF%BC%91%EF%BC%92&weight=1.25&day=2026-11-22&keep=1&milk=oat&tag=a&tag=b&item=" + item.String()
	read(t, body, func(f *webkit.Form) {
		got := []any{
			f.Text("name", 20), f.Money("price", money.KRW, 0, money.Max), f.Money("cents", money.USD, 0, money.Max), f.Int("full", 1, 99),
			f.Quantity("weight", 1, quantity.Max), f.Date("day"), f.Bool("keep"), f.Bool("absent"), f.Choice("milk", "milk", "oat"),
			f.Values("tag"), webkit.ID(f, "item", ids.ParseItemID), f.OptionalText("note", 10),
		}
		want := []any{
			"라떼", money.Amount(4500), money.Amount(320), 12, quantity.Milli(1250), businessday.NewDate(2026, 11, 22), true, false, "oat",
			[]string{"a", "b"},
			item, "",
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b businessday.Date) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
		if err := f.Err(); err != nil {
			t.Error(err)
		}
	})
}

func TestATextTurnsNoOther(t *testing.T) {
	t.Parallel()
	typed := "\u202E김\u202Cقهوة \u2066עברית\u2069 👩🏽\u200D🍳\u200F"
	read(t, url.Values{"name": {typed}, "password": {typed}, "broken": {"\xff\u202E"}}.Encode(), func(f *webkit.Form) {
		const want = "김قهوة עברית 👩🏽\u200D🍳\u200F"
		if f.Value("name") != want || f.Text("name", 40) != want || f.Secret("password") != typed {
			t.Errorf("%q, %q, %q", f.Value("name"), f.Text("name", 40), f.Secret("password"))
		}
		if f.Text("broken", 40) != "" || f.OK() {
			t.Error("broken text is taken")
		}
	})
}

func TestEverythingWrongIsToldAtOnceAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	read(t, "price=abc&count=0&many=1000&milk=soy&day=tomorrow&long=123456&big=99999999999999999999", func(f *webkit.Form) {
		f.Text("name", 20)
		f.Money("price", money.KRW, 0, money.Max)
		f.Int("count", 1, 999)
		f.Int("many", 1, 999)
		f.Int("big", 1, 999)
		f.Choice("milk", "oat")
		f.Date("day")
		f.Text("long", 5)
		ctx := lang.Into(context.Background(), lang.Korean)
		got := map[string]string{}
		for _, name := range []string{"name", "price", "count", "many", "big", "milk", "day", "long"} {
			got[name] = f.Problem(ctx, name)
		}
		want := map[string]string{
			"name": "비워 둘 수 없어요.", "price": "금액을 숫자로 적어 주세요.", "count": "1 이상으로 적어 주세요.", "many": "999 이하로 적어 주세요.",
			"big": "정수로 적어 주세요.", "milk": "목록에서 골라 주세요.", "day": "날짜를 2026-11-22처럼 적어 주세요.", "long": "5자 안으로 적어 주세요.",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if f.Value("price") != "abc" {
			t.Errorf("what was typed is gone: %q", f.Value("price"))
		}
		if errs.KindOf(f.Err()) != errs.Invalid {
			t.Errorf("Err: %v", f.Err())
		}
	})
}

func TestARefusalOfAUseCaseIsShownWhereItBelongs(t *testing.T) {
	t.Parallel()
	ctx := lang.Into(context.Background(), lang.English)
	taken := errs.New(errs.Conflict, "item.name_taken", "있는 이름이에요.", "That name is taken.")
	f := webkit.NewForm("name", "Latte")
	if f.Refuse(nil) || !f.OK() {
		t.Error("no error was taken for one")
	}
	f.Refuse(taken.On("name"))
	f.Refuse(errTaken)
	if got := f.Problem(ctx, "name"); got != "That name is taken." {
		t.Errorf("beside the input: %q", got)
	}
	if diff := cmp.Diff([]string{"It is there already."}, f.Summary(ctx)); diff != "" {
		t.Error(diff)
	}
	if f.Unexpected() != nil {
		t.Error("an expected error is unexpected")
	}
	broken := errors.New("connection refused")
	f.Refuse(broken)
	if f.OK() || !errors.Is(f.Unexpected(), broken) {
		t.Error("an unexpected error belongs to the error handler")
	}
}

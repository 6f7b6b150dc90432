package webkit_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"pgregory.net/rapid"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
	"maru/web/webkit"
	"maru/web/webkit/webtest"
)

func TestMoneyIsWrittenAsItsReadersWriteIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cur    money.Currency
		amount money.Amount
		ko, en string
	}{
		{money.KRW, 4500, "4,500원", "₩4,500"},
		{money.KRW, 0, "0원", "₩0"},
		{money.KRW, -12_000, "−12,000원", "−₩12,000"},
		{money.KRW, 9_999_999, "9,999,999원", "₩9,999,999"},
		{money.USD, 320, "$3.20", "$3.20"},
		{money.USD, 69_881_233, "$698,812.33", "$698,812.33"},
		{money.USD, -5, "−$0.05", "−$0.05"},
		{money.EUR, 100, "€1.00", "€1.00"},
		{money.JPY, 1500, "¥1,500", "¥1,500"},
	} {
		if got := webkit.FormatMoney(lang.Korean, c.cur, c.amount); got != c.ko {
			t.Errorf("%s %d ko: %s, want %s", c.cur.Code, c.amount, got, c.ko)
		}
		if got := webkit.FormatMoney(lang.English, c.cur, c.amount); got != c.en {
			t.Errorf("%s %d en: %s, want %s", c.cur.Code, c.amount, got, c.en)
		}
	}
}

func TestAnAmountCanBeTypedAsItIsShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cur := rapid.SampledFrom(money.Currencies).Draw(t, "currency")
		a := money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "amount"))
		shown := strings.Trim(webkit.FormatMoney(lang.Korean, cur, a), "원$€¥")
		if got, err := cur.Parse(shown); err != nil || got != a {
			t.Fatalf("%q is %d, want %d (%v)", shown, got, a, err)
		}
	})
}

func TestQuantitiesAreInTheUnitPeopleUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		q      quantity.Milli
		unit   quantity.Unit
		ko, en string
	}{
		{350_000, quantity.Gram, "350 g", "350 g"},
		{999_500, quantity.Gram, "999.5 g", "999.5 g"},
		{1_200_000, quantity.Millilitre, "1.2 L", "1.2 L"},
		{1_000_000, quantity.Gram, "1 kg", "1 kg"},
		{12_345_678, quantity.Gram, "12.35 kg", "12.35 kg"},
		{1_234_567_000, quantity.Gram, "1,234.57 kg", "1,234.57 kg"},
		{12_000, quantity.Each, "12개", "12 ea"},
		{-12_000, quantity.Each, "−12개", "−12 ea"},
		{1_234_000, quantity.Each, "1,234개", "1,234 ea"},
		{0, quantity.Millilitre, "0 ml", "0 ml"},
		{18, quantity.Gram, "0.018 g", "0.018 g"},
		{-2_500_000, quantity.Millilitre, "−2.5 L", "−2.5 L"},
	} {
		if got := webkit.FormatQuantity(lang.Korean, c.q, c.unit); got != c.ko {
			t.Errorf("%d %s ko: %s, want %s", c.q, c.unit, got, c.ko)
		}
		if got := webkit.FormatQuantity(lang.English, c.q, c.unit); got != c.en {
			t.Errorf("%d %s en: %s, want %s", c.q, c.unit, got, c.en)
		}
	}
	if got := webkit.ExactQuantity(context.Background(), 12_345_678, quantity.Gram); got != "12,345.678 g" {
		t.Errorf("exact: %s", got)
	}
}

// during runs look within a request to a store in Seoul at 10:42 on Sunday 22 November 2026.
func during(t *testing.T, l lang.Lang, look func(context.Context)) {
	t.Helper()
	seoul := webtest.Seoul(t)
	gangnam := webtest.Store("gangnam", "강남역점")
	srv := webtest.Start(t, webkit.Options{
		Stores: webtest.Stores{gangnam}, Zone: time.UTC,
		Now: func() time.Time { return time.Date(2026, 11, 22, 10, 42, 0, 0, seoul) },
	}, func(site *webkit.Site) {
		site.Router().GET("/s/:store", webkit.InStore, func(c echo.Context) error {
			look(c.Request().Context())
			return c.NoContent(http.StatusNoContent)
		})
	})
	srv.As(t, webtest.Owner("김점장", gangnam)).In(string(l)).Get("/s/gangnam").Want(http.StatusNoContent)
}

func TestDatesAreSaidAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, webtest.Seoul(t)).UTC()
	}
	moments := []time.Time{at(11, 22, 9, 5), at(11, 21, 23, 59), at(11, 23, 0, 0), at(11, 15, 18, 0), time.Date(2025, 12, 31, 14, 0, 0, 0, time.UTC)}
	for l, want := range map[lang.Lang][]string{
		lang.Korean:  {"오늘 09:05", "어제 23:59", "내일 00:00", "11. 15. (일) 18:00", "2025. 12. 31. (수) 23:00"},
		lang.English: {"today 09:05", "yesterday 23:59", "tomorrow 00:00", "Sun 15 Nov 18:00", "Wed 31 Dec 2025 23:00"},
	} {
		during(t, l, func(ctx context.Context) {
			for i, m := range moments {
				if got := webkit.When(ctx, m); got != want[i] {
					t.Errorf("%s: %s, want %s", l, got, want[i])
				}
			}
		})
	}
	during(t, lang.Korean, func(ctx context.Context) {
		for d, want := range map[businessday.Date]string{
			businessday.NewDate(2026, 11, 22): "오늘", businessday.NewDate(2026, 11, 21): "어제", businessday.NewDate(2026, 11, 1): "11. 1. (일)",
		} {
			if got := webkit.Day(ctx, d); got != want {
				t.Errorf("Day(%s) = %s, want %s", d, got, want)
			}
		}
		for _, c := range []struct {
			ago  time.Duration
			want string
		}{{20 * time.Second, "방금"}, {3 * time.Minute, "3분 전"}, {80 * time.Minute, "오늘 09:22"}} {
			if got := webkit.Ago(ctx, webkit.Now(ctx).Add(-c.ago)); got != c.want {
				t.Errorf("%s ago: %s, want %s", c.ago, got, c.want)
			}
		}
	})
}

func TestBigNumbersAreShort(t *testing.T) {
	t.Parallel()
	for l, want := range map[lang.Lang][]string{
		lang.Korean:  {"0", "950", "9,999", "1만", "132만", "1,320만", "1.3억", "−4.5만"},
		lang.English: {"₩0", "₩950", "₩10k", "₩10k", "₩1.3M", "₩13.2M", "₩130M", "−₩45k"},
	} {
		during(t, l, func(ctx context.Context) {
			for i, a := range []money.Amount{0, 950, 9_999, 10_000, 1_320_000, 13_200_000, 130_000_000, -45_000} {
				if got := webkit.ShortMoney(ctx, a); got != want[i] {
					t.Errorf("%s %d: %s, want %s", l, a, got, want[i])
				}
			}
		})
	}
}

func TestSharesAndChanges(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		webkit.Percent(1, 8): "12.5%", webkit.Percent(1, 0): "–", webkit.Percent(0, 5): "0%", webkit.Percent(5, 5): "100%",
		webkit.Change(112, 100): "+12%", webkit.Change(96, 100): "−4%", webkit.Change(5, 0): "–", webkit.Change(100, 100): "0%",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

package webkit_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/money"
	"maru/web/webkit"
)

// Whatever a body holds, the form's getters answer within their limits or refuse; none panics.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"v=1", "v=%00", "v=%ff%fe", "v=1&v=2", "%zz", "v=999999999999999999999", "v=-0", "v=1,000", "v=2026-02-30", "v=%F0%9F%87%B0&v", ";;&=&v", "v=٣", "v=1e9"} {
		f.Add(seed)
	}
	e := echo.New()
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		form := webkit.ReadForm(e.NewContext(r, httptest.NewRecorder()))
		if text := form.Text("v", 20); utf8.RuneCountInString(text) > 20 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			if form.OK() {
				t.Errorf("the text %q is accepted from %q", text, body)
			}
		}
		for _, n := range []int64{int64(form.Int("v", 1, 9)), int64(form.Money("v", money.KRW, 1, 9)), int64(form.Quantity("v", 1, 9))} {
			if form.OK() && (n < 1 || n > 9) {
				t.Errorf("the number %d is accepted from %q", n, body)
			}
		}
		form.Date("v")
		form.Bool("v")
		form.Values("v")
		_ = form.Summary(t.Context())
	})
}

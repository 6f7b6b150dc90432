package webkit

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

// A row that was refused makes the whole file fail, also where others followed it.
func TestAFileOfWhichARowWasRefusedIsNotSent(t *testing.T) {
	t.Parallel()
	f := NewCSV("a")
	comma := f.rows.Comma
	f.rows.Comma = '"' // csv refuses to write with it
	f.Row("x", "y")
	f.rows.Comma = comma
	f.Row("z")
	answer := httptest.NewRecorder()
	if err := f.Send(echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), answer), "a.csv"); err == nil || answer.Body.Len() != 0 {
		t.Errorf("sent %q, %v", answer.Body, err)
	}
}

// Where the separator is a semicolon or a tab, a text with one is several cells, each of which may be a formula.
func TestTextsHideNoFormula(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"x;=HYPERLINK(1)": "x;'=HYPERLINK(1)", "x; @SUM(1)": "x; '@SUM(1)", "a\t＝1": "a\t'＝1", " =1": " '=1", "\ufeff=1": "\ufeff'=1", "\t=1": "'\t'=1",
		"라떼; 아메리카노": "라떼; 아메리카노", "1-2": "1-2", "a=b": "a=b", "-5": "'-5", "": "", "; ": "; ",
	} {
		if got := CSVText(in); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
	}
}

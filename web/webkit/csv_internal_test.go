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

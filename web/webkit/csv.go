package webkit

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// CSVText makes text harmless in a spreadsheet: what begins like a formula gets an apostrophe in front,
// which spreadsheets take as "this is text". Numbers of our own need not pass through here.
func CSVText(s string) string {
	// Full-width signs begin a formula in East Asian versions of Excel.
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// SendCSV answers with a file to keep. name holds ASCII letters, digits, dots and dashes only.
func SendCSV(c echo.Context, name string, body []byte) error {
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", body)
}

package webkit

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
)

// CSVText makes text harmless in a spreadsheet: what begins like a formula gets an apostrophe in front,
// which spreadsheets take as "this is text". So does what comes behind a semicolon or a tab, at which spreadsheets of some
// countries begin another cell. Numbers of our own need not pass through here.
func CSVText(s string) string {
	if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		s = "'" + s
	}
	return formula.ReplaceAllString(s, "$1'$2")
}

// formula is the beginning of one, of a text or behind what separates cells. Full-width signs begin a formula in East Asian
// versions of Excel.
var formula = regexp.MustCompile(`(^[ \x{feff}]*|[;\t][ \x{feff}]*)([=+\-@＝＋－＠])`)

// CSV is a file to keep that spreadsheets open: UTF-8 with its mark.
type CSV struct {
	body bytes.Buffer
	rows *csv.Writer
	err  error // the first row that was refused: csv.Writer tells of it only once
}

// NewCSV begins a file with the names of its columns.
func NewCSV(columns ...string) *CSV {
	f := &CSV{}
	f.body.WriteString("\ufeff")
	f.rows = csv.NewWriter(&f.body)
	f.Row(columns...)
	return f
}

// Text adds a row of texts, each made harmless by CSVText.
func (f *CSV) Text(cells ...string) {
	harmless := make([]string, len(cells))
	for i, cell := range cells {
		harmless[i] = CSVText(cell)
	}
	f.Row(harmless...)
}

// Row adds a row as it is: numbers of our own, and texts that went through CSVText.
func (f *CSV) Row(cells ...string) {
	f.err = cmp.Or(f.err, f.rows.Write(cells))
}

// Send answers with the file. name holds ASCII letters, digits, dots and dashes only.
func (f *CSV) Send(c echo.Context, name string) error {
	f.rows.Flush()
	if err := cmp.Or(f.err, f.rows.Error()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", f.body.Bytes())
}

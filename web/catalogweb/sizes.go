package catalogweb

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// rows is a form with numbered rows: "sizes.0.price". Rows that are left blank are not there for the
// use case, so the problems it names are put back beside the rows they came from.
type rows struct {
	*webkit.Form
	prefix string
	Count  int   // rows that the page shows
	from   []int // row of each thing that was sent on
}

const mostRows = 100

// readRows counts the rows that were typed.
func readRows(f *webkit.Form, prefix, column string) *rows {
	r := &rows{Form: f, prefix: prefix}
	for r.Count < mostRows && f.Values(r.name(r.Count, column)) != nil {
		r.Count++
	}
	return r
}

func (r *rows) name(row int, column string) string {
	return r.prefix + "." + strconv.Itoa(row) + "." + column
}

// blank reports whether nothing was typed into the columns of a row.
func (r *rows) blank(row int, columns ...string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return strings.TrimSpace(r.Value(r.name(row, c))) != "" })
}

// take notes that the next thing comes from this row.
func (r *rows) take(row int) { r.from = append(r.from, row) }

// refuse is Form.Refuse with the problems beside the right rows.
func (r *rows) refuse(err error) bool {
	var fields errs.Fields
	if errors.As(err, &fields) {
		moved := make(errs.Fields, len(fields))
		for i, e := range fields {
			moved[i] = e.On(r.place(e.Field))
		}
		return r.Refuse(moved)
	}
	if e := errs.As(err); e != nil {
		return r.Refuse(e.On(r.place(e.Field)))
	}
	return r.Refuse(err)
}

func (r *rows) place(field string) string {
	rest, mine := strings.CutPrefix(field, r.prefix+".")
	number, column, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	if !mine || err != nil || n >= len(r.from) {
		if field == r.prefix {
			return "" // about all rows: above the form
		}
		return field
	}
	return r.name(r.from[n], column)
}

type sizesForm struct {
	*rows
	Stale bool
}

func (p *pages) saveSizes(c echo.Context) error {
	v, err := p.itemView(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	r := readRows(f, "sizes", "code")
	v.Sizes = &sizesForm{rows: r}
	if f.Value("more") != "" {
		r.Count++
		return webkit.Render(c, http.StatusOK, itemPage(v))
	}
	cmd := catalog.SaveSizes{Item: v.Item.Code, Sizes: r.sizes(v.Item, v.Draft.Currency), Seen: seen(f)}
	if f.OK() {
		r.refuse(p.menu.SaveSizes(c.Request().Context(), webkit.Principal(c), cmd))
	}
	if f.OK() {
		return webkit.Redirect(c, path("menu", "items", v.Item.Code)+"#sizes")
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	v.Sizes.Stale = stale(f)
	return webkit.Render(c, http.StatusUnprocessableEntity, itemPage(v))
}

// sizes reads the rows; a row whose code and price were cleared is gone. Nutrition stays with the code.
func (r *rows) sizes(item catalog.Item, cur money.Currency) []catalog.Size {
	var out []catalog.Size
	for i := range r.Count {
		if r.blank(i, "code", "price") {
			continue
		}
		r.take(i)
		size := catalog.Size{
			Code: strings.TrimSpace(r.Value(r.name(i, "code"))),
			Name: lang.Text{Ko: r.Value(r.name(i, "name_ko")), En: r.Value(r.name(i, "name_en"))},
		}
		size.Price = r.Money(r.name(i, "price"), cur, 0, catalog.MaxPrice)
		if was, ok := item.Size(size.Code); ok {
			size.Nutrition = was.Nutrition
		}
		out = append(out, size)
	}
	return out
}

// sizeRow is a row of the form of sizes: as typed, or as stored.
type sizeRow struct{ Code, Ko, En, Price string }

func (v itemView) sizeRows() []sizeRow {
	var out []sizeRow
	if v.Sizes != nil {
		for i := range v.Sizes.Count {
			value := func(column string) string { return v.Sizes.Value(v.Sizes.name(i, column)) }
			out = append(out, sizeRow{value("code"), value("name_ko"), value("name_en"), value("price")})
		}
		return out
	}
	for _, s := range v.Item.Sizes {
		out = append(out, sizeRow{s.Code, s.Name.Ko, s.Name.En, v.Draft.Currency.Decimal(s.Price)})
	}
	if len(out) == 0 {
		out = append(out, sizeRow{})
	}
	return out
}

// sizesChecked is the form whose problems stand in the table of sizes.
func (v itemView) sizesChecked() *webkit.Form {
	if v.Sizes == nil {
		return nil
	}
	return v.Sizes.Form
}

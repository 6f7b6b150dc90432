package webkit

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

// Form is what a person typed and what is wrong with it. The getters read one input each and note
// what is wrong instead of failing, so that a person sees all of it at once; Err returns the sum. The
// same Form then fills the page again: nothing typed is lost.
//
//	f := webkit.ReadForm(c)
//	cmd := inventory.ReceiveStock{Material: f.Choice("material", codes), Quantity: f.Quantity("quantity", 1, quantity.Max)}
//	if f.OK() { f.Refuse(p.inventory.ReceiveStock(ctx, by, cmd)) }
//	if !f.OK() { return webkit.Render(c, http.StatusUnprocessableEntity, receivePage(f)) }
type Form struct {
	values   url.Values
	problems errs.Fields
	other    error // an error that is not about input, or is not expected
}

// Problems with single inputs.
var (
	errRequired = errs.New(errs.Invalid, "form.required", "비워 둘 수 없어요.", "Please fill this in.")
	errNumber   = errs.New(errs.Invalid, "form.number", text.NoNumber.Ko, text.NoNumber.En)
	errWhole    = errs.New(errs.Invalid, "form.whole_number", text.NoWholeNumber.Ko, text.NoWholeNumber.En)
	errSmall    = errs.New(errs.Invalid, "form.too_small", text.TooSmall.Ko, text.TooSmall.En)
	errBig      = errs.New(errs.Invalid, "form.too_big", text.TooBig.Ko, text.TooBig.En)
	errLong     = errs.New(errs.Invalid, "form.too_long", text.TooLong.Ko, text.TooLong.En)
	errMoney    = errs.New(errs.Invalid, "form.amount", text.NoMoney.Ko, text.NoMoney.En)
	errDate     = errs.New(errs.Invalid, "form.date", text.NoDate.Ko, text.NoDate.En)
	errChoice   = errs.New(errs.Invalid, "form.choice", text.NoChoice.Ko, text.NoChoice.En)
)

// ReadForm reads the form of the request: of a POST its body, of a GET the query. A body that cannot
// be read makes every getter return zero and Err return what is wrong.
func ReadForm(c echo.Context) *Form {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		if tooLarge(err) {
			return &Form{values: url.Values{}, other: ErrTooLarge}
		}
		return &Form{values: url.Values{}, other: problem.ErrMalformed}
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		if err := r.ParseMultipartForm(maxBody); err != nil {
			if tooLarge(err) {
				return &Form{values: url.Values{}, other: ErrTooLarge}
			}
			return &Form{values: url.Values{}, other: problem.ErrMalformed}
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return &Form{values: r.Form}
	}
	return &Form{values: r.PostForm}
}

// NewForm returns a form that shows the given values, in pairs of name and value, as if they had
// been typed: NewForm("name", item.Name).
func NewForm(pairs ...string) *Form {
	f := &Form{values: url.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.values.Set(pairs[i], pairs[i+1])
	}
	return f
}

// Value returns what was typed into the input, without turns of direction.
func (f *Form) Value(name string) string {
	if f == nil {
		return ""
	}
	return lang.WithoutTurns(f.values.Get(name))
}

// Values returns everything chosen in an input that can be there several times.
func (f *Form) Values(name string) []string {
	if f == nil {
		return nil
	}
	return slices.Clone(f.values[name])
}

// Text returns what was typed without white space around it; it must not be empty nor longer than
// max characters.
func (f *Form) Text(name string, limit int) string {
	s := f.OptionalText(name, limit)
	if s == "" && !f.wrong(name) {
		f.Add(errRequired.On(name))
	}
	return s
}

// OptionalText is Text for an input that may stay empty.
func (f *Form) OptionalText(name string, limit int) string {
	s := strings.TrimSpace(f.Value(name))
	if utf8.RuneCountInString(s) > limit || !utf8.ValidString(s) || strings.ContainsRune(s, 0) { // PostgreSQL stores no NUL
		f.Add(errLong.With("max", strconv.Itoa(limit)).On(name))
		return ""
	}
	return s
}

// Secret returns a password exactly as typed: spaces count. It must not be empty.
func (f *Form) Secret(name string) string {
	s := f.values.Get(name)
	if s == "" {
		f.Add(errRequired.On(name))
	}
	return s
}

// Password returns a password that may be missing, as it was typed.
func (f *Form) Password(name string) string { return f.values.Get(name) }

// Int returns a whole number from low to high.
func (f *Form) Int(name string, low, high int) int {
	s := plainNumber(f.values.Get(name))
	if s == "" {
		f.Add(errRequired.On(name))
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		f.Add(errWhole.On(name))
		return 0
	}
	if !f.within(name, int64(n), int64(low), int64(high), func(v int64) string { return groups(v) }) {
		return 0
	}
	return n
}

// Money returns an amount of the currency from low to high, typed in its major unit: 4,500 or 3.20.
func (f *Form) Money(name string, cur money.Currency, low, high money.Amount) money.Amount {
	s := strings.TrimRight(plainNumber(f.values.Get(name)), "원")
	if s == "" {
		f.Add(errRequired.On(name))
		return 0
	}
	a, err := cur.Parse(s)
	if err != nil {
		f.Add(errMoney.On(name))
		return 0
	}
	show := func(v int64) string { return cur.Decimal(money.Amount(v)) }
	if !f.within(name, int64(a), int64(low), int64(high), show) {
		return 0
	}
	return a
}

// Quantity returns a number in thousandths, from low to high, in whatever unit the form says.
func (f *Form) Quantity(name string, low, high quantity.Milli) quantity.Milli {
	s := plainNumber(f.values.Get(name))
	if s == "" {
		f.Add(errRequired.On(name))
		return 0
	}
	q, err := quantity.Parse(s)
	if err != nil {
		f.Add(errNumber.On(name))
		return 0
	}
	show := func(v int64) string { return quantity.Milli(v).Decimal() }
	if !f.within(name, int64(q), int64(low), int64(high), show) {
		return 0
	}
	return q
}

// Date returns a day; it must be given.
func (f *Form) Date(name string) businessday.Date {
	s := strings.TrimSpace(f.values.Get(name))
	if s == "" {
		f.Add(errRequired.On(name))
		return businessday.Date{}
	}
	d, err := businessday.ParseDate(s)
	if err != nil {
		f.Add(errDate.On(name))
	}
	return d
}

// Bool reports whether a checkbox is ticked.
func (f *Form) Bool(name string) bool {
	switch f.values.Get(name) {
	case "", "0", "false", "off":
		return false
	}
	return true
}

// Choice returns the chosen one of the allowed values.
func (f *Form) Choice(name string, allowed ...string) string {
	s := f.values.Get(name)
	if !slices.Contains(allowed, s) {
		f.Add(errChoice.On(name))
		return ""
	}
	return s
}

// ID reads an input with one of the Parse functions of kernel/ids: webkit.ID(f, "item", ids.ParseItemID).
func ID[T any](f *Form, name string, parse func(string) (T, error)) T {
	id, err := parse(f.values.Get(name))
	if err != nil {
		f.Add(errChoice.On(name))
	}
	return id
}

// Add notes a problem with the input that e.Field names.
func (f *Form) Add(e *errs.Error) { f.problems = append(f.problems, e) }

// Refuse takes the error of a use case and reports whether there was one. Expected errors about
// inputs are shown beside them, other expected errors above the form (Summary); unexpected ones come
// back from Err and belong to the error handler.
func (f *Form) Refuse(err error) bool {
	if err == nil {
		return false
	}
	if fields := problem.FieldsOf(err); len(fields) > 0 {
		f.problems = append(f.problems, fields...)
		return true
	}
	if e := errs.As(err); e != nil && e.Kind != errs.Internal {
		f.problems = append(f.problems, e)
		return true
	}
	f.other = err
	return true
}

// OK reports whether nothing is wrong so far.
func (f *Form) OK() bool { return len(f.problems) == 0 && f.other == nil }

// Err returns everything that is wrong as one error of kind Invalid, or the unexpected error given to
// Refuse, or nil.
func (f *Form) Err() error {
	if f.other != nil {
		return f.other
	}
	if len(f.problems) == 0 {
		return nil
	}
	return f.problems
}

// Unexpected returns the error that is no business of the person at the form, or nil: handlers return
// it instead of showing the form again.
func (f *Form) Unexpected() error { return f.other }

// Problem returns what is wrong with the input, in the language of the page; "" where nothing is.
func (f *Form) Problem(ctx context.Context, name string) string {
	if f == nil {
		return ""
	}
	for _, e := range f.problems {
		if e.Field == name {
			return T(ctx, e.Text)
		}
	}
	return ""
}

// Summary returns what is wrong with the form as a whole: the problems that belong to no input.
func (f *Form) Summary(ctx context.Context) []string {
	if f == nil {
		return nil
	}
	var out []string
	for _, e := range f.problems {
		if e.Field == "" {
			out = append(out, T(ctx, e.Text))
		}
	}
	return out
}

func (f *Form) wrong(name string) bool {
	return slices.ContainsFunc(f.problems, func(e *errs.Error) bool { return e.Field == name })
}

func (f *Form) within(name string, v, low, high int64, show func(int64) string) bool {
	switch {
	case v < low:
		f.Add(errSmall.With("min", show(low)).On(name))
	case v > high:
		f.Add(errBig.With("max", show(high)).On(name))
	default:
		return true
	}
	return false
}

// plainNumber removes what people type into numbers: spaces, thousands separators, full-width digits.
func plainNumber(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == ',' || r == '\u00a0' || r == '\u3000':
			return -1
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		}
		return r
	}, strings.TrimSpace(s))
}

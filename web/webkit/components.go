package webkit

import (
	"cmp"
	"context"
	"strconv"

	"github.com/a-h/templ"

	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
)

// Tone is what a colour means. It never stands alone: a word or an icon says the same.
type Tone string

// The tones.
const (
	Neutral Tone = "neutral"
	Good    Tone = "good"   // running, available, done
	Warm    Tone = "warm"   // new, popular: worth a look
	Low     Tone = "low"    // running low, soon late
	Bad     Tone = "bad"    // sold out, refused, destroyed
	Inform  Tone = "inform" // for your information
)

// ButtonKind is how much a button wants to be pressed. One Primary on a screen.
type ButtonKind string

// The kinds of buttons.
const (
	Plain   ButtonKind = ""        // bordered
	Primary ButtonKind = "primary" // the one thing to do here
	Quiet   ButtonKind = "quiet"   // no border
	Danger  ButtonKind = "danger"  // cannot be undone
)

// Size is the size of a control. Large is at least 52 px high, for wet hands; Small is for tables.
type Size string

// The sizes.
const (
	Medium Size = ""
	Small  Size = "small"
	Large  Size = "large"
)

// Btn describes a button, or a link that looks like one where Href is set.
type Btn struct {
	Kind  ButtonKind
	Size  Size
	Icon  string
	Type  string // "submit" unless it says "button" or "reset"
	Href  string
	Name  string
	Value string
	// Key is a single-key shortcut ("n", "/", "Enter" …); it is listed in the help under KeyName, or under
	// the button's own words.
	Key     string
	KeyName lang.Text
	// Square is for a button that is only an icon; Label names it for screen readers.
	Square   bool
	Label    lang.Text
	Disabled bool
	Class    string
	// Attrs are further attributes: hx-post, data-open …
	Attrs templ.Attributes
}

func (b Btn) class() string {
	c := "btn"
	switch b.Kind {
	case Primary:
		c += " btn-primary"
	case Quiet:
		c += " btn-ghost"
	case Danger:
		c += " btn-error"
	case Plain:
	}
	switch b.Size {
	case Large:
		c += " btn-lg"
	case Small:
		c += " btn-sm"
	case Medium:
	}
	if b.Square {
		c += " btn-square"
	}
	if b.Class != "" {
		c += " " + b.Class
	}
	return c
}

func (b Btn) kind() string {
	if b.Type == "" {
		return "submit"
	}
	return b.Type
}

func (b Btn) attrs(ctx context.Context) templ.Attributes {
	a := templ.Attributes{}
	for k, v := range b.Attrs {
		a[k] = v
	}
	if b.Key != "" {
		a["data-key"] = b.Key
		if name := T(ctx, b.KeyName); name != "" {
			a["data-key-name"] = name
		}
		a["aria-keyshortcuts"] = b.Key
	}
	if l := T(ctx, b.Label); l != "" {
		a["aria-label"], a["title"] = l, l
	}
	return a
}

func (b Btn) iconSize() string {
	if b.Size == Small {
		return "size-4"
	}
	return "size-5"
}

// FieldSpec describes one input with its label, hint and problem. Form may be nil.
type FieldSpec struct {
	Form  *Form
	Name  string
	ID    string // where a page has several inputs of the same name
	Label lang.Text
	Hint  lang.Text
	// Type is the type of the input; "text" where empty. "textarea" makes one of several lines.
	Type string
	// Value is shown while the form has none of its own.
	Value    string
	Prefix   string
	Suffix   string
	Optional bool
	// Autocomplete is the HTML token: "username", "current-password", "off" …
	Autocomplete string
	Class        string
	Attrs        templ.Attributes
}

func (f FieldSpec) id() string { return "f-" + cmp.Or(f.ID, f.Name) }

// value is what the input shows. A password is never sent back.
func (f FieldSpec) value() string {
	if f.Type == "password" {
		return ""
	}
	if f.Form != nil && f.Form.values.Has(f.Name) {
		return f.Form.Value(f.Name)
	}
	return f.Value
}

// kind is the input's type. An address of mail is text with the keyboard for one: a browser that checks it
// complains in its own language, not in the page's.
func (f FieldSpec) kind() string {
	if f.Type == "" || f.Type == "email" {
		return "text"
	}
	return f.Type
}

// describedBy lists the elements that say more about the input.
func (f FieldSpec) describedBy(ctx context.Context) string {
	s := ""
	if T(ctx, f.Hint) != "" {
		s = f.id() + "-hint"
	}
	if f.Form.Problem(ctx, f.Name) != "" {
		if s != "" {
			s += " "
		}
		s += f.id() + "-problem"
	}
	return s
}

func (f FieldSpec) attrs(ctx context.Context) templ.Attributes {
	a := templ.Attributes{}
	if f.Type == "email" {
		a["inputmode"], a["autocapitalize"], a["spellcheck"] = "email", "none", "false"
	}
	for k, v := range f.Attrs {
		if k == "required" || k == "minlength" || k == "pattern" {
			continue // what is missing is said by the server, beside the field and in the page's language
		}
		a[k] = v
	}
	if d := f.describedBy(ctx); d != "" {
		a["aria-describedby"] = d
	}
	if f.Form.Problem(ctx, f.Name) != "" {
		a["aria-invalid"] = "true"
	}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if !f.Optional {
		a["aria-required"] = "true"
	}
	return a
}

// MoneyField makes of f an input for an amount in the franchise's currency.
func MoneyField(ctx context.Context, f FieldSpec) FieldSpec {
	cur, l := Currency(ctx), lang.From(ctx)
	zero := FormatMoney(l, money.Currency{Code: cur.Code}, 0)
	if cur.Code == money.KRW.Code && l == lang.Korean {
		f.Suffix = zero[1:]
	} else {
		f.Prefix = zero[:len(zero)-1]
	}
	f.Class += " field-number"
	f.Attrs = with(f.Attrs, "inputmode", inputMode(cur.Digits), "data-money", strconv.Itoa(cur.Digits))
	return f
}

// NumberField makes of f an input for a number; unit stands behind it.
func NumberField(f FieldSpec, unit string) FieldSpec {
	f.Suffix = unit
	f.Class += " field-number"
	f.Attrs = with(f.Attrs, "inputmode", "decimal")
	return f
}

func inputMode(digits int) string {
	if digits == 0 {
		return "numeric"
	}
	return "decimal"
}

func with(a templ.Attributes, pairs ...string) templ.Attributes {
	out := templ.Attributes{}
	for k, v := range a {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// Choice is one value of a select or a segmented control.
type Choice struct {
	Value    string
	Label    string
	Icon     string
	Disabled bool
}

// StatSpec describes a tile with one number.
type StatSpec struct {
	Label lang.Text
	Value string
	Title string // the exact value, where Value is rounded
	Note  string // one short line under it
	Tone  Tone   // colours the note's sign
	Icon  string
	Href  string
}

// Column is a column of a table.
type Column struct {
	Label lang.Text
	// Number right-aligns the column; its cells need class "num" as well.
	Number bool
	// Class is for widths and for hiding what matters less on phones: "hidden md:table-cell".
	Class string
	// Sort is the URL that sorts by this column, where it can; Sorted is "", "ascending" or "descending".
	Sort   string
	Sorted string
}

func (c Column) class() string {
	if c.Number {
		return "num " + c.Class
	}
	return c.Class
}

// Tab is one of several views of a page, each with its own URL.
type Tab struct {
	Label   lang.Text
	URL     string
	Current bool
	Count   string // of what is behind it; "0" is not shown
	Icon    string
	Attrs   templ.Attributes
}

func (t Tab) current() string {
	if t.Current {
		return "page"
	}
	return "false"
}

// StepperSpec describes a number between a minus and a plus.
type StepperSpec struct {
	Name     string
	Value    int
	Min, Max int
	Label    lang.Text // what is counted, for screen readers
	Size     Size
	Attrs    templ.Attributes // of the input: hx-post on change …
}

// DialogSpec describes a dialog. Any button with data-open="ID" opens it.
type DialogSpec struct {
	ID    string
	Title lang.Text
	Wide  bool
}

// LiveSpec describes a part of a page that refetches itself when something happened.
type LiveSpec struct {
	ID  string
	URL string // answers with what is inside
	// On are the names of live events: "orders", "availability". Any "sync" refetches too.
	On []string
	// Slow waits this long between two refetches ("2s"), for parts that are dear to compute.
	Slow  string
	Class string
	Label lang.Text // names the region for screen readers, where it has a role
}

func (s LiveSpec) trigger() string {
	wait := ""
	if s.Slow != "" {
		wait = " throttle:" + s.Slow
	}
	t := "live:sync from:body"
	for _, e := range s.On {
		t += ", live:" + e + " from:body" + wait
	}
	return t
}

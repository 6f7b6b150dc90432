package orderingapi

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
)

// Every order's events are read by each of their followers, and reading them by reflection was most of
// what following an order cost the program (docs/adr/0044). This reads them in the one form in which they
// are stored, member by member as they stand in the type. Any other payload, valid or not, is left to the
// general reader, so that there is one answer to what a payload means. A test compares the two.

// DecodeEvent sets e to what payload says, as json.Unmarshal does.
func (e *OrderAccepted) DecodeEvent(payload []byte) error { return decode(payload, e, readAccepted) }

// DecodeEvent sets e to what payload says, as json.Unmarshal does.
func (e *OrderStatusChanged) DecodeEvent(payload []byte) error {
	return decode(payload, e, readStatusChanged)
}

func decode[E any](payload []byte, e *E, read func(*reader) E) error {
	if stored, ok := readStored(payload, read); ok {
		*e = stored
		return nil
	}
	return json.Unmarshal(payload, e)
}

// readStored reports false for a payload that is not exactly in the stored form.
func readStored[E any](payload []byte, read func(*reader) E) (e E, ok bool) {
	if !utf8.Valid(payload) {
		return e, false
	}
	r := reader{text: string(payload)} // one copy, of which all texts of the event are parts
	e = read(&r)
	return e, !r.bad && r.at == len(r.text)
}

func readAccepted(r *reader) (e OrderAccepted) {
	r.pass(`{"order_id":`)
	e.OrderID.UUID = r.id()
	r.pass(`,"store_id":`)
	e.StoreID.UUID = r.id()
	r.pass(`,"business_date":`)
	e.BusinessDate = r.date()
	r.pass(`,"hour":`)
	e.Hour = int(r.number())
	r.pass(`,"placed_at":`)
	e.PlacedAt = r.time()
	r.pass(`,"channel":`)
	e.Channel = Channel(r.quoted())
	r.pass(`,"dining":`)
	e.Dining = dining.Option(r.quoted())
	r.pass(`,"pickup_number":`)
	e.PickupNumber = int(r.number())
	r.pass(`,"menu_version":`)
	e.MenuVersion = r.number()
	r.pass(`,"total":`)
	e.Total = r.amount()
	r.pass(`,"tax":`)
	e.Tax = r.amount()
	r.pass(`,"lines":`)
	e.Lines = r.lines()
	if r.passes(`,"by":`) {
		e.By.UUID = r.id()
	}
	if r.passes(`,"device_id":`) {
		e.Device.UUID = r.id()
	}
	if r.passes(`,"discount":{"amount":`) {
		e.Discount = r.discount()
	}
	if r.passes(`,"program":`) {
		e.Program = r.quoted()
	}
	r.pass(`}`)
	return e
}

func (r *reader) discount() (d Discount) {
	d.Amount = r.amount()
	if r.passes(`,"percent":`) {
		d.Percent = int(r.number())
	}
	r.pass(`,"reason":`)
	d.Reason = r.quoted()
	r.pass(`}`)
	return d
}

func readStatusChanged(r *reader) (e OrderStatusChanged) {
	r.pass(`{"order_id":`)
	e.OrderID.UUID = r.id()
	r.pass(`,"store_id":`)
	e.StoreID.UUID = r.id()
	r.pass(`,"from":`)
	e.From = Status(r.quoted())
	r.pass(`,"to":`)
	e.To = Status(r.quoted())
	r.pass(`,"at":`)
	e.At = r.time()
	if r.passes(`,"by":`) {
		e.By.UUID = r.id()
	}
	if r.passes(`,"device_id":`) {
		e.Device.UUID = r.id()
	}
	if r.passes(`,"program":`) {
		e.Program = r.quoted()
	}
	r.pass(`}`)
	return e
}

// reader goes over a payload of which every next byte is foreseen. Once bad, it stays bad.
type reader struct {
	text string
	at   int
	bad  bool
}

// passes goes over s when it is next.
func (r *reader) passes(s string) bool {
	if r.bad || len(r.text)-r.at < len(s) || r.text[r.at:r.at+len(s)] != s {
		return false
	}
	r.at += len(s)
	return true
}

func (r *reader) pass(s string) {
	if !r.passes(s) {
		r.bad = true
	}
}

// quoted reads a string. Texts without escapes, which is nearly all of them, are parts of the payload.
func (r *reader) quoted() string {
	r.pass(`"`)
	if r.bad {
		return ""
	}
	for i := r.at; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			s := r.text[r.at:i]
			r.at = i + 1
			return s
		case c == '\\':
			return r.escaped()
		case c < ' ':
			r.bad = true
			return ""
		}
	}
	r.bad = true
	return ""
}

func (r *reader) escaped() string {
	from := r.at - 1
	for i := r.at; i < len(r.text); i++ {
		switch r.text[i] {
		case '\\':
			i++
		case '"':
			s, err := jsontext.AppendUnquote(nil, r.text[from:i+1])
			r.at, r.bad = i+1, err != nil
			return string(s)
		}
	}
	r.bad = true
	return ""
}

// number reads an integer of at most 18 digits.
func (r *reader) number() int64 {
	negative := r.passes("-")
	n, from := int64(0), r.at
	for r.at < len(r.text) && r.text[r.at]-'0' <= 9 {
		n = 10*n + int64(r.text[r.at]-'0')
		r.at++
	}
	digits := r.at - from
	if digits == 0 || digits > 18 || r.text[from] == '0' && (digits > 1 || negative) {
		r.bad = true
	}
	if negative {
		return -n
	}
	return n
}

// id reads 36 characters between quotes. Others than hexadecimal digits give more than 15 in hexDigits.
func (r *reader) id() (id uuid.UUID) {
	if r.bad || len(r.text)-r.at < 38 {
		r.bad = true
		return id
	}
	s := r.text[r.at : r.at+38]
	if s[0] != '"' || s[9] != '-' || s[14] != '-' || s[19] != '-' || s[24] != '-' || s[37] != '"' {
		r.bad = true
		return id
	}
	wrong := byte(0)
	for i, at := range idBytes {
		high, low := hexDigits[s[at]], hexDigits[s[at+1]]
		wrong |= high | low
		id[i] = high<<4 | low
	}
	r.bad = wrong > 15
	r.at += 38
	return id
}

// idBytes are where the bytes of an id stand in its text with quotes.
var idBytes = [16]uint8{1, 3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 29, 31, 33, 35}

var hexDigits = func() (digits [256]byte) {
	for i := range digits {
		digits[i] = 255
	}
	for i := range byte(10) {
		digits['0'+i] = i
	}
	for i := range byte(6) {
		digits['a'+i], digits['A'+i] = 10+i, 10+i
	}
	return digits
}()

func (r *reader) amount() money.Amount { return money.Amount(r.number()) }

func (r *reader) date() businessday.Date {
	d, err := businessday.ParseDate(r.quoted())
	r.bad = r.bad || err != nil
	return d
}

// time reads a moment in UTC. UnmarshalText takes a comma and an hour of one digit too; the general reader does not.
func (r *reader) time() time.Time {
	var t time.Time
	s := r.quoted()
	if len(s) < len("2006-01-02T15:04:05Z") || s[13] != ':' || s[len(s)-1] != 'Z' || strings.Contains(s, ",") {
		r.bad = true
		return t
	}
	err := t.UnmarshalText([]byte(s))
	r.bad = r.bad || err != nil
	return t
}

func (r *reader) name() lang.Text {
	var t lang.Text
	r.pass(`{"ko":`)
	t.Ko = r.quoted()
	if r.passes(`,"en":`) {
		t.En = r.quoted()
	}
	r.pass(`}`)
	return t
}

// lines reads the lines of an order, with one allocation for all lines and one for all options.
func (r *reader) lines() []Line {
	if r.passes("null") {
		return nil
	}
	lines := make([]Line, 0, strings.Count(r.text[r.at:], `{"no":`))
	options := make([]LineOption, 0, 2*cap(lines))
	r.pass("[")
	for !r.passes("]") && !r.bad {
		if len(lines) > 0 {
			r.pass(",")
		}
		var l Line
		first := len(options)
		options = r.line(&l, options)
		if first < len(options) {
			l.Options = options[first:len(options):len(options)]
		}
		lines = append(lines, l)
	}
	return lines
}

func (r *reader) line(l *Line, options []LineOption) []LineOption {
	r.pass(`{"no":`)
	l.No = int(r.number())
	r.pass(`,"item_id":`)
	l.ItemID.UUID = r.id()
	r.pass(`,"size_id":`)
	l.SizeID.UUID = r.id()
	r.pass(`,"category_id":`)
	l.CategoryID.UUID = r.id()
	r.pass(`,"item_name":`)
	l.ItemName = r.name()
	r.pass(`,"size_name":`)
	l.SizeName = r.name()
	r.pass(`,"quantity":`)
	l.Quantity = int(r.number())
	r.pass(`,"unit_price":`)
	l.UnitPrice = r.amount()
	if r.passes(`,"options":[`) {
		options = r.options(options)
	}
	r.pass(`,"total":`)
	l.Total = r.amount()
	if r.passes(`,"tax_free":true`) {
		l.TaxFree = true
	}
	if r.passes(`,"discount":`) {
		l.Discount = r.amount()
	}
	r.pass(`}`)
	return options
}

func (r *reader) options(options []LineOption) []LineOption {
	for more := true; more && !r.bad; more = r.passes(",") {
		var o LineOption
		r.pass(`{"option_id":`)
		o.OptionID.UUID = r.id()
		r.pass(`,"name":`)
		o.Name = r.name()
		r.pass(`,"price":`)
		o.Price = r.amount()
		r.pass(`,"quantity":`)
		o.Quantity = int(r.number())
		r.pass(`}`)
		options = append(options, o)
	}
	r.pass(`]`)
	return options
}

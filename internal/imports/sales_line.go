package imports

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
)

// Reasons for which a line of sales is refused.
var (
	saleNoStore      = lang.Text{Ko: "지점이 비어 있어요.", En: "The store is empty."}
	saleUnknownStore = lang.Text{Ko: "모르는 지점이에요: {value} (--create로 만들 수 있어요)", En: "Unknown store: {value} (--create makes it)"}
	saleBadDate      = lang.Text{Ko: "날짜를 읽을 수 없어요: {value}", En: "Not a date: {value}"}
	saleBadTime      = lang.Text{Ko: "시각을 읽을 수 없어요: {value}", En: "Not a time of day: {value}"}
	saleFuture       = lang.Text{Ko: "아직 오지 않은 날이에요: {value}", En: "This day has not come yet: {value}"}
	saleTooOld       = lang.Text{Ko: "2000년보다 앞선 날이에요: {value}", En: "Before the year 2000: {value}"}
	saleNoOrder      = lang.Text{Ko: "주문 번호가 비어 있어요.", En: "The order is empty."}
	saleNoItem       = lang.Text{Ko: "메뉴가 비어 있어요.", En: "The item is empty."}
	saleUnknownItem  = lang.Text{Ko: "모르는 메뉴예요: {value} (--create로 만들 수 있어요)", En: "Unknown item: {value} (--create makes it)"}
	saleUnknownSize  = lang.Text{Ko: "그 메뉴에 없는 사이즈예요: {value}", En: "The item has no such size: {value}"}
	saleBadQuantity  = lang.Text{Ko: "수량이 정수가 아니에요: {value}", En: "The quantity is not a whole number: {value}"}
	saleQuantity     = lang.Text{Ko: "있을 수 없는 수량이에요: {value} (1부터 {max}까지)", En: "Impossible quantity: {value} (1 to {max})"}
	saleBadPrice     = lang.Text{Ko: "가격을 읽을 수 없어요: {value}", En: "Not a price: {value}"}
	salePrice        = lang.Text{Ko: "있을 수 없는 가격이에요: {value}", En: "Impossible price: {value}"}
	saleNeedsChoice  = lang.Text{Ko: "옵션을 꼭 골라야 하는 메뉴라 가져올 수 없어요: {value}", En: "The item cannot be sold without choosing options: {value}"}
)

// saleLine is one line that can be sold.
type saleLine struct {
	no     int64
	raw    string // as it stood in the file
	choice ordering.Choice
	price  *money.Amount
}

// saleParser turns the cells of a line into a sale.
type saleParser struct {
	o         *SalesOptions
	columns   saleColumns
	separator byte
	width     int
	order     dayOrder
	currency  money.Currency
	zone      *time.Location // nil: the store's own
	latest    time.Time      // later is the future
	catalogue *catalogue

	cells [][]byte
}

// refusal is why a line is refused.
type refusal struct {
	reason lang.Text
	value  string
}

func (r refusal) text() lang.Text { return r.reason.With("value", shorten(r.value)) }

func refuse(reason lang.Text, value []byte) *refusal {
	return &refusal{reason: reason, value: string(bytes.TrimSpace(value))}
}

// split cuts a line into cells and checks that they can be cells of this file.
func (p *saleParser) split(raw []byte) *refusal {
	if !utf8.Valid(raw) {
		return refuse(reasonEncoding, nil)
	}
	cells, ok := splitLine(raw, p.separator, p.cells)
	p.cells = cells
	switch {
	case !ok:
		return refuse(reasonQuotes, nil)
	case len(cells) != p.width:
		return refuse(reasonCells.With("got", strconv.Itoa(len(cells)), "want", strconv.Itoa(p.width)), nil)
	}
	return nil
}

// cell returns a cell without the space around it; nil for a column the file does not have.
func (p *saleParser) cell(column int) []byte {
	if column < 0 {
		return nil
	}
	return bytes.TrimSpace(p.cells[column])
}

// sale reads a line that was split: which order it belongs to, and what was sold.
func (p *saleParser) sale() (key orderKey, at time.Time, line saleLine, refused *refusal) {
	store, refused := p.store()
	if refused != nil {
		return key, at, line, refused
	}
	if at, refused = p.moment(store); refused != nil {
		return key, at, line, refused
	}
	key = orderKey{store: store.id, second: at.Unix()}
	if p.columns.order >= 0 {
		order := p.cell(p.columns.order)
		if len(order) == 0 {
			return key, at, line, refuse(saleNoOrder, nil)
		}
		key = orderKey{store: store.id, order: string(order)}
	}
	if line.choice.Quantity, refused = p.quantity(); refused != nil {
		return key, at, line, refused
	}
	if line.price, refused = p.price(); refused != nil {
		return key, at, line, refused
	}
	quantity := line.choice.Quantity
	line.choice, refused = p.item(line.price)
	line.choice.Quantity = quantity
	return key, at, line, refused
}

func (p *saleParser) store() (*knownStore, *refusal) {
	name := p.cell(p.columns.store)
	if len(name) == 0 {
		return nil, refuse(saleNoStore, nil)
	}
	if s := p.catalogue.stores[string(name)]; s != nil {
		return s, nil
	}
	return nil, refuse(saleUnknownStore, name)
}

// moment is when the line was sold: a wall clock in the file's zone, or in the store's own.
func (p *saleParser) moment(store *knownStore) (time.Time, *refusal) {
	date, clock := p.cell(p.columns.date), p.cell(p.columns.time)
	whole := date
	if p.columns.datetime >= 0 {
		whole = p.cell(p.columns.datetime)
		if t, err := time.Parse(time.RFC3339, string(whole)); err == nil {
			return p.plausible(t, whole)
		}
		date, clock = splitDateTime(whole)
	}
	year, month, day, ok := readDay(date, p.order)
	if !ok {
		return time.Time{}, refuse(saleBadDate, date)
	}
	var hour, minute, second int
	if p.columns.time >= 0 || p.columns.datetime >= 0 {
		if hour, minute, second, ok = readClock(clock); !ok {
			return time.Time{}, refuse(saleBadTime, clock)
		}
	}
	zone := p.zone
	if zone == nil {
		zone = store.zone
	}
	return p.plausible(time.Date(year, time.Month(month), day, hour, minute, second, 0, zone), whole)
}

var earliestSale = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (p *saleParser) plausible(t time.Time, said []byte) (time.Time, *refusal) {
	switch {
	case t.After(p.latest):
		return t, refuse(saleFuture, said)
	case t.Before(earliestSale):
		return t, refuse(saleTooOld, said)
	}
	return t.Truncate(time.Second), nil
}

func (p *saleParser) quantity() (int, *refusal) {
	if p.columns.quantity < 0 {
		return 1, nil
	}
	said := p.cell(p.columns.quantity)
	s := strings.ReplaceAll(string(said), ",", "")
	if whole, zeros, ok := strings.Cut(s, "."); ok && strings.Trim(zeros, "0") == "" {
		s = whole
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil && strings.ContainsAny(s, "0123456789") && strings.Trim(s, "-+0123456789") == "":
		return 0, refuse(saleQuantity.With("max", strconv.Itoa(ordering.MaxQuantity)), said) // digits, but too many
	case err != nil:
		return 0, refuse(saleBadQuantity, said)
	case n < 1 || n > ordering.MaxQuantity:
		return 0, refuse(saleQuantity.With("max", strconv.Itoa(ordering.MaxQuantity)), said)
	}
	return n, nil
}

// price is nil where the file has no prices: the menu's holds.
func (p *saleParser) price() (*money.Amount, *refusal) {
	if p.columns.price < 0 {
		return nil, nil
	}
	said := p.cell(p.columns.price)
	a, err := p.currency.Parse(strings.Trim(string(said), "₩$€¥원 "))
	switch {
	case err != nil:
		return nil, refuse(saleBadPrice, said)
	case a < 0 || a > money.Max:
		return nil, refuse(salePrice, said)
	}
	return &a, nil
}

func (p *saleParser) item(price *money.Amount) (ordering.Choice, *refusal) {
	name := p.cell(p.columns.item)
	if len(name) == 0 {
		return ordering.Choice{}, refuse(saleNoItem, nil)
	}
	item := p.catalogue.items[string(name)]
	if item == nil {
		return ordering.Choice{}, refuse(saleUnknownItem, name)
	}
	if !item.sellable {
		return ordering.Choice{}, refuse(saleNeedsChoice, name)
	}
	size, ok := item.size(p.cell(p.columns.size), price)
	if !ok {
		return ordering.Choice{}, refuse(saleUnknownSize, p.cell(p.columns.size))
	}
	return ordering.Choice{ItemID: item.id, SizeID: size, Options: item.options}, nil
}

// orderKey says which lines are one order.
type orderKey struct {
	store  ids.StoreID
	second int64
	order  string
}

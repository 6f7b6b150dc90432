package imports

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"maru/internal/platform/errs"
)

// saleColumns are positions in a line; -1 where the file has no such column.
type saleColumns struct {
	store, date, time, datetime, order, item, size, category, quantity, price int
}

// ErrNoOrders is for files whose lines cannot be put together into orders.
var ErrNoOrders = errs.New(errs.Invalid, "imports.no_orders",
	"주문을 나눌 수 없어요. --time이나 --datetime으로 시각 열을, 또는 --order로 주문 번호 열을 알려 주세요.",
	"Orders cannot be told apart. Name the column of the time (--time or --datetime) or of the order (--order).")

// header reads the first line: the separator, and where the columns are.
func (f *saleFile) header(o *SalesOptions) (columns saleColumns, separator byte, line []byte, err error) {
	raw, err := f.next()
	switch {
	case errors.Is(err, io.EOF), err == nil && len(bytes.TrimSpace(raw)) == 0:
		return columns, 0, nil, ErrEmptyFile
	case errors.Is(err, errLongLine):
		return columns, 0, nil, ErrBrokenFile
	case err != nil:
		return columns, 0, nil, err
	case !utf8.Valid(raw):
		return columns, 0, nil, ErrNotUTF8
	}
	line = bytes.Clone(raw)
	separator = ','
	for _, other := range []byte{'\t', ';'} {
		if bytes.Count(line, []byte{other}) > bytes.Count(line, []byte{separator}) {
			separator = other
		}
	}
	cells, ok := splitLine(line, separator, nil)
	if !ok {
		return columns, 0, nil, ErrBrokenFile
	}
	columns, err = findColumns(o, cells)
	return columns, separator, line, err
}

func findColumns(o *SalesOptions, header [][]byte) (saleColumns, error) {
	var missing []string
	find := func(name string, needed bool) int {
		if name == "" {
			return -1
		}
		for i, cell := range header {
			if strings.EqualFold(string(bytes.TrimSpace(cell)), name) {
				return i
			}
		}
		if needed {
			missing = append(missing, name)
		}
		return -1
	}
	// Date, time and quantity have names by default, and a file need not have a column of that name.
	c := saleColumns{
		store: find(o.Store, true), item: find(o.Item, true), datetime: find(o.DateTime, true),
		date: find(o.Date, o.DateTime == ""), time: find(o.Time, o.Time != "time"),
		order: find(o.Order, true), size: find(o.Size, true), category: find(o.Category, true),
		quantity: find(o.Quantity, o.Quantity != "quantity"), price: find(o.Price, true),
	}
	if o.DateTime != "" {
		c.date, c.time = -1, -1
	}
	if len(missing) > 0 {
		names := make([]string, 0, len(header))
		for _, cell := range header[:min(len(header), 30)] {
			names = append(names, shorten(string(bytes.TrimSpace(cell))))
		}
		return c, ErrMissingColumns.With("columns", strings.Join(missing, ", "), "found", strings.Join(names, ", "))
	}
	if c.time < 0 && c.datetime < 0 && c.order < 0 {
		return c, ErrNoOrders
	}
	return c, nil
}

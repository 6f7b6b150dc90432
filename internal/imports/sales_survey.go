package imports

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"maru/internal/kernel/money"
	"maru/internal/platform/errs"
)

// The most different stores, items and prices of an item a file can have: more than any franchise has,
// and little enough for memory. A file with more has been given the wrong columns.
const (
	mostStores = 100_000
	mostItems  = 100_000
	mostPrices = 64
)

// ErrWrongColumns is for files in which a column of names has a value of its own on nearly every line.
var ErrWrongColumns = errs.New(errs.Invalid, "imports.wrong_columns",
	"'{column}' 열에 서로 다른 값이 너무 많아요. 지점이나 메뉴 이름이 있는 열이 맞는지 확인해 주세요.",
	"Column \"{column}\" has too many different values. Is it the one with the names?")

// survey is what is known of a file after reading it once: who and what is in it, how its dates are
// written, and how long it is. Its size depends on the number of names, not on the length of the file.
type survey struct {
	columns   saleColumns
	separator byte
	header    []byte
	width     int
	lines     int64
	stores    map[string]int64
	items     map[string]*surveyedItem
	order     dayOrder
}

// surveyedItem is an item of the file, for when it has to be created.
type surveyedItem struct {
	category string
	prices   map[string]int64
}

// takeSurvey reads the file to its end.
func takeSurvey(ctx context.Context, o *SalesOptions, p *progress) (*survey, error) {
	f, err := openSaleFile(o.Path)
	if err != nil {
		return nil, err
	}
	defer f.close()
	s := &survey{stores: map[string]int64{}, items: map[string]*surveyedItem{}}
	if s.columns, s.separator, s.header, err = f.header(o); err != nil {
		return nil, err
	}
	header, _ := splitLine(s.header, s.separator, nil)
	s.width = len(header)
	if s.order, err = parseDayOrder(o.DateFormat); err != nil {
		return nil, err
	}
	var votes dayVotes
	cells := make([][]byte, 0, s.width)
	for {
		raw, err := f.next()
		switch {
		case errors.Is(err, io.EOF):
			if s.order == orderUnknown {
				s.order, err = votes.order()
				return s, err
			}
			return s, nil
		case errors.Is(err, errLongLine):
			s.lines++
			continue
		case err != nil:
			return nil, err
		case len(bytes.TrimSpace(raw)) == 0:
			continue
		}
		s.lines++
		if s.lines%4096 == 0 {
			p.surveyed(s.lines)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
		}
		var ok bool
		if cells, ok = splitLine(raw, s.separator, cells); !ok || len(cells) != s.width || !utf8.Valid(raw) {
			continue
		}
		if s.order == orderUnknown {
			votes.add(s.dateOf(cells))
		}
		if err := s.note(o, cells); err != nil {
			return nil, err
		}
	}
}

func (s *survey) dateOf(cells [][]byte) []byte {
	if s.columns.datetime >= 0 {
		date, _ := splitDateTime(cells[s.columns.datetime])
		return date
	}
	return cells[s.columns.date]
}

// note counts the names of a line.
func (s *survey) note(o *SalesOptions, cells [][]byte) error {
	store, item := bytes.TrimSpace(cells[s.columns.store]), bytes.TrimSpace(cells[s.columns.item])
	if _, known := s.stores[string(store)]; len(store) > 0 {
		if !known && len(s.stores) == mostStores {
			return ErrWrongColumns.With("column", o.Store)
		}
		s.stores[string(store)]++
	}
	if len(item) == 0 {
		return nil
	}
	known := s.items[string(item)]
	if known == nil {
		if len(s.items) == mostItems {
			return ErrWrongColumns.With("column", o.Item)
		}
		known = &surveyedItem{prices: map[string]int64{}}
		s.items[string(item)] = known
	}
	if s.columns.category >= 0 {
		if category := bytes.TrimSpace(cells[s.columns.category]); known.category != string(category) && len(category) > 0 {
			known.category = string(category) // the last one counts
		}
	}
	if s.columns.price >= 0 {
		price := bytes.TrimSpace(cells[s.columns.price])
		if _, seen := known.prices[string(price)]; seen || len(known.prices) < mostPrices {
			known.prices[string(price)]++
		}
	}
	return nil
}

// price is what the item was sold for most often; of equals the higher one.
func (i *surveyedItem) price(cur money.Currency) money.Amount {
	var best money.Amount
	var most int64
	for said, count := range i.prices {
		a, err := cur.Parse(said)
		if err != nil || a < 0 || a > money.Max {
			continue
		}
		if count > most || count == most && a > best {
			best, most = a, count
		}
	}
	return best
}

package imports

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/platform/errs"
)

var (
	stockRequired = []string{"store", "material", "quantity", "unit"}
	stockOptional = []string{"kind"}
)

var (
	reasonStore    = lang.Text{Ko: "'{value}' 지점이 없어요.", En: "There is no store \"{value}\"."}
	reasonMaterial = lang.Text{Ko: "'{value}' 원부자재가 없어요.", En: "There is no material \"{value}\"."}
	reasonKind     = lang.Text{Ko: "opening(기초 재고) 또는 receipt(입고)로 적어 주세요: {value}", En: "Write opening or receipt: {value}"}
	reasonNegative = lang.Text{Ko: "수량은 0 이상이어야 해요: {value}", En: "The quantity must be 0 or more: {value}"}
)

// Kinds of stock lines.
const (
	opening = "opening"
	receipt = "receipt"
)

// Stock imports what stores have: opening stock, which sets balances, and receipts, which add to them.
// The lines of one store and kind are booked together or not at all. Importing the same file again does
// nothing: the documents are named after their content. Errors are those of Materials.
func Stock(ctx context.Context, stock *inventory.Service, stores membersapi.Stores, r io.Reader, opts Options) (Summary, error) {
	s := Summary{DryRun: opts.DryRun}
	rows, err := load(r, &s, stockRequired, stockOptional)
	if err != nil {
		return Summary{}, err
	}
	list, err := stock.Materials(ctx)
	if err != nil {
		return Summary{}, err
	}
	materials := make(map[string]catalogapi.Material, len(list))
	for _, m := range list {
		materials[m.Code] = m
	}
	things := together(rows, func(c *cells) string { return c.needed("store") + "\x00" + c.kind() })
	for _, l := range things {
		if l.rows[0].kind() == opening {
			l.repeated("material", func(c *cells) string { return c.text("material") })
		}
		for _, r := range l.rows {
			r.checkStock(materials)
		}
	}
	err = saveEach(&s, things, func(l *lines) error {
		store, err := stores.StoreByCode(ctx, l.rows[0].text("store"))
		if errs.KindOf(err) == errs.NotFound && err != nil {
			for _, r := range l.rows {
				r.wrong("store", reasonStore)
			}
			return nil
		}
		if err != nil || opts.DryRun {
			return err
		}
		return l.bookStock(ctx, stock, store.ID, materials, opts)
	})
	if err != nil {
		return Summary{}, err
	}
	slices.SortStableFunc(s.Refused, func(a, b Refusal) int { return cmp.Compare(a.Line, b.Line) })
	return s, nil
}

func (c *cells) kind() string {
	if k := c.text("kind"); k != "" {
		return k
	}
	return opening
}

func (c *cells) checkStock(materials map[string]catalogapi.Material) {
	if k := c.kind(); k != opening && k != receipt {
		c.wrong("kind", reasonKind)
	}
	c.needed("quantity")
	q := c.thousandths("quantity")
	if q < 0 || q == 0 && c.kind() == receipt {
		c.wrong("quantity", reasonNegative)
	}
	m, ok := materials[c.text("material")]
	if !ok {
		c.wrong("material", reasonMaterial)
		return
	}
	if _, err := m.Scale.Convert(q, c.needed("unit")); err != nil {
		c.wrongUnit("unit", c.text("unit"), m.Scale, err)
	}
}

func (l *lines) bookStock(ctx context.Context, stock *inventory.Service, store ids.StoreID, materials map[string]catalogapi.Material, opts Options) error {
	var content strings.Builder
	content.WriteString(l.key)
	for part := range slices.Chunk(l.rows, inventory.MaxLines) {
		booked := make([]inventory.StockLine, len(part))
		for i, r := range part {
			booked[i] = inventory.StockLine{
				Material: materials[r.text("material")].ID, Quantity: r.thousandths("quantity"), Unit: r.text("unit"),
			}
			for _, column := range []string{"material", "quantity", "unit"} {
				content.WriteString("\x00" + r.text(column))
			}
		}
		id := ids.DerivedV7(documentsSince, content.String())
		var err error
		if l.rows[0].kind() == opening {
			_, err = stock.OpeningStock(ctx, opts.By, inventory.OpeningStock{ID: id, Store: store, Lines: booked})
		} else {
			_, err = stock.ReceiveStock(ctx, opts.By, inventory.ReceiveStock{ID: id, Store: store, Lines: booked})
		}
		if err != nil {
			return blameStock(l, part, err)
		}
	}
	return nil
}

// documentsSince is the moment in the ids of imported documents: they must not depend on when the
// file is read.
var documentsSince = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func blameStock(l *lines, part []*cells, err error) error {
	if errors.Is(err, inventory.ErrNotAllowed) {
		return err
	}
	booked := &lines{key: l.key, rows: part}
	return booked.blame(err, func(field string) (int, string) {
		number, column, _ := strings.Cut(strings.TrimPrefix(field, "lines["), "].")
		n, err := strconv.Atoi(number)
		if err != nil {
			return 0, ""
		}
		return n, column
	})
}

package app_test

import (
	"net/http"
	"slices"
	"testing"

	"maru/internal/app/apptest"
	"maru/internal/kernel/ids"
)

// menu is what GET /stores/{store}/menu answers, as far as the tests need it.
type menu struct {
	Items  []menuItem  `json:"items"`
	Groups []menuGroup `json:"option_groups"`
}

type menuItem struct {
	ID, Code string
	Sizes    []menuSize
	GroupIDs []string `json:"option_group_ids"`
}

type menuSize struct {
	ID, Code  string
	Price     int64
	Available bool
	Reason    string
	SoldOut   []struct {
		OptionID string `json:"option_id"`
	} `json:"sold_out_options"`
}

type menuGroup struct {
	ID, Code string
	Options  []struct {
		ID, Code string
		Price    int64
		Default  bool
	}
}

func menuOf(t *testing.T, p *apptest.Program, token, store string) menu {
	t.Helper()
	var m menu
	if status := p.JSON(t, token, http.MethodGet, "/api/v1/stores/"+store+"/menu", nil, &m); status != http.StatusOK {
		t.Fatalf("the menu answers %d", status)
	}
	return m
}

func (m menu) item(code string) menuItem {
	i := slices.IndexFunc(m.Items, func(i menuItem) bool { return i.Code == code })
	if i < 0 {
		panic("the menu has no " + code)
	}
	return m.Items[i]
}

// soldOut reports whether the option cannot be had on the item's first size.
func (m menu) soldOut(item, group, option string) bool {
	id := m.option(group, option)
	for _, o := range m.item(item).Sizes[0].SoldOut {
		if o.OptionID == id {
			return true
		}
	}
	return false
}

func (m menu) option(group, code string) string {
	for _, g := range m.Groups {
		for _, o := range g.Options {
			if g.Code == group && o.Code == code {
				return o.ID
			}
		}
	}
	panic("the menu has no " + group + " " + code)
}

// line is what somebody says at the counter: an item, its size, the options that are not the usual
// ones by their group, and how many.
type line struct {
	item, size string
	options    map[string]string
	quantity   int
}

type apiOrder struct {
	ID      string      `json:"id"`
	Dining  string      `json:"dining"`
	Lines   []apiLine   `json:"lines"`
	Tenders []apiTender `json:"tenders"`
}

type apiLine struct {
	ItemID   string      `json:"item_id"`
	SizeID   string      `json:"size_id"`
	Options  []apiOption `json:"options"`
	Quantity int         `json:"quantity"`
}

type apiOption struct {
	OptionID string `json:"option_id"`
	Quantity int    `json:"quantity"`
}

type apiTender struct {
	Kind   string `json:"kind"`
	Amount int64  `json:"amount"`
}

// order makes the body of an order that is paid exactly in cash.
func order(m menu, dining string, lines ...line) apiOrder {
	o := apiOrder{ID: ids.NewV7().String(), Dining: dining}
	total := int64(0)
	for _, l := range lines {
		item := m.item(l.item)
		size := slices.IndexFunc(item.Sizes, func(s menuSize) bool { return s.Code == l.size })
		unit := item.Sizes[size].Price
		asked := apiLine{ItemID: item.ID, SizeID: item.Sizes[size].ID, Quantity: l.quantity}
		for _, g := range m.Groups {
			if !slices.Contains(item.GroupIDs, g.ID) {
				continue
			}
			for _, opt := range g.Options {
				if want, said := l.options[g.Code]; said && want == opt.Code || !said && opt.Default {
					asked.Options = append(asked.Options, apiOption{opt.ID, 1})
					unit += opt.Price
				}
			}
		}
		o.Lines = append(o.Lines, asked)
		total += unit * int64(l.quantity)
	}
	o.Tenders = []apiTender{{"cash", total}}
	return o
}

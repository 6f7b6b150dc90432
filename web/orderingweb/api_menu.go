package orderingweb

import (
	"context"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/web/webkit/apikit"
)

type menuInput struct{ apikit.InStore }

type menuOutput struct{ Body apiMenu }

type apiMenu struct {
	Version    int64         `json:"version"`
	Currency   string        `json:"currency" example:"KRW"`
	Categories []apiCategory `json:"categories"`
	Items      []apiItem     `json:"items"`
	Groups     []apiGroup    `json:"option_groups"`
}

type apiCategory struct {
	ID   ids.CategoryID `json:"id"`
	Code string         `json:"code"`
	Name lang.Text      `json:"name"`
}

type apiItem struct {
	ID         ids.ItemID          `json:"id"`
	Code       string              `json:"code"`
	CategoryID ids.CategoryID      `json:"category_id"`
	Name       lang.Text           `json:"name"`
	TaxFree    bool                `json:"tax_free"`
	Sizes      []apiSize           `json:"sizes"`
	GroupIDs   []ids.OptionGroupID `json:"option_group_ids"`
	LeftToday  *int                `json:"left_today,omitempty" doc:"How many may still be sold today, where the store limits it"`
	Allergens  []apiAllergen       `json:"allergens,omitempty"`
}

type apiAllergen struct {
	Code   string `json:"code"`
	Status string `json:"status" enum:"contains,may_contain,none"`
}

type apiSize struct {
	ID          ids.SizeID   `json:"id"`
	Code        string       `json:"code"`
	Name        lang.Text    `json:"name"`
	Price       money.Amount `json:"price" doc:"VAT included, in minor units"`
	Available   bool         `json:"available"`
	Reason      string       `json:"reason,omitempty" enum:"stock,limit,store,hidden" doc:"Why it is not available"`
	SoldOutOpts []apiSoldOut `json:"sold_out_options,omitempty" doc:"Options that cannot be had on this size"`
}

type apiSoldOut struct {
	OptionID ids.OptionID `json:"option_id"`
	Reason   string       `json:"reason" enum:"stock,limit,store,hidden"`
}

type apiGroup struct {
	ID      ids.OptionGroupID `json:"id"`
	Code    string            `json:"code"`
	Name    lang.Text         `json:"name"`
	Min     int               `json:"min" doc:"At least this many choices, quantities counted"`
	Max     int               `json:"max"`
	Options []apiOption       `json:"options"`
}

type apiOption struct {
	ID          ids.OptionID `json:"id"`
	Code        string       `json:"code"`
	Name        lang.Text    `json:"name"`
	Price       money.Amount `json:"price" doc:"Added per unit"`
	Default     bool         `json:"default"`
	MaxQuantity int          `json:"max_quantity"`
}

func (p *pages) apiMenu(ctx context.Context, _ *menuInput) (*menuOutput, error) {
	sell, err := p.ordering.Sellable(apikit.Store(ctx).ID)
	if err != nil {
		return nil, err
	}
	m := apiMenu{Version: sell.Menu.Version, Currency: sell.Currency.Code, Categories: []apiCategory{}, Items: []apiItem{}, Groups: []apiGroup{}}
	for _, c := range sell.Menu.Categories {
		m.Categories = append(m.Categories, apiCategory{ID: c.ID, Code: c.Code, Name: c.Name})
	}
	for i := range sell.Menu.Items {
		m.Items = append(m.Items, itemToAPI(sell, &sell.Menu.Items[i]))
	}
	for _, g := range sell.Menu.Groups {
		group := apiGroup{ID: g.ID, Code: g.Code, Name: g.Name, Min: g.Min, Max: g.Max, Options: []apiOption{}}
		for _, o := range g.Options {
			group.Options = append(group.Options, apiOption(o))
		}
		m.Groups = append(m.Groups, group)
	}
	return &menuOutput{Body: m}, nil
}

func itemToAPI(sell *ordering.Sellable, item *catalogapi.Item) apiItem {
	out := apiItem{
		ID: item.ID, Code: item.Code, CategoryID: item.Category, Name: item.Name, TaxFree: item.TaxFree,
		GroupIDs: append([]ids.OptionGroupID{}, item.Groups...),
	}
	if left, limited := sell.Left(item.ID); limited {
		out.LeftToday = &left
	}
	for _, a := range item.Allergens {
		out.Allergens = append(out.Allergens, apiAllergen(a))
	}
	for _, s := range item.Sizes {
		size := apiSize{ID: s.ID, Code: s.Code, Name: s.Name, Price: s.Price}
		block, blocked := sell.SizeBlock(item.ID, s.ID)
		size.Available, size.Reason = !blocked, string(block)
		for _, id := range item.Groups {
			group, ok := sell.Group(id)
			if !ok {
				continue
			}
			for _, o := range group.Options {
				if why, blocked := sell.OptionBlock(item.ID, s.ID, o.ID); blocked {
					size.SoldOutOpts = append(size.SoldOutOpts, apiSoldOut{OptionID: o.ID, Reason: string(why)})
				}
			}
		}
		out.Sizes = append(out.Sizes, size)
	}
	return out
}

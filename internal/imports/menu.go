package imports

import (
	"context"
	"io"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/money"
)

var (
	menuRequired = []string{"category", "item", "name_ko", "price"}
	menuOptional = []string{
		"category_name_ko", "category_name_en", "category_icon", "name_en", "icon", "size", "size_name_ko", "size_name_en",
		"tax_free", "on_sale", "option_groups", "contains", "may_contain", "free_of",
		"kcal", "sugar_g", "protein_g", "saturated_fat_g", "sodium_mg", "caffeine_mg", "sample",
	}
)

// regular is the size of items that have only one.
const regular = "regular"

// Menu imports categories and items, one line per size of an item. An item is imported whole or not at
// all; its sizes that the file does not list go, with their recipes. Nothing is published. Errors are
// those of Materials, and catalog.ErrNoFranchise.
func Menu(ctx context.Context, menu *catalog.Service, r io.Reader, opts Options) (Summary, error) {
	var s Summary
	rows, err := load(r, &s, menuRequired, menuOptional)
	if err != nil {
		return Summary{}, err
	}
	currency, err := menu.Currency(ctx)
	if err != nil {
		return Summary{}, err
	}
	draft, err := menu.Draft(ctx)
	if err != nil {
		return Summary{}, err
	}
	categories := categoriesOf(rows, &draft)
	things := together(rows, func(c *cells) string { return c.needed("item") })
	commands := make(map[*lines]menuItem, len(things))
	for _, l := range things {
		l.same("category", "name_ko", "name_en", "icon", "tax_free", "on_sale", "option_groups", "contains", "may_contain", "free_of")
		l.repeated("size", func(c *cells) string { return c.size() })
		commands[l] = l.menuItem(currency)
	}
	return run(ctx, menu, opts, &s, func(menu *catalog.Service, s *Summary) error {
		wrong, err := saveCategories(ctx, menu, opts, categories)
		if err != nil {
			return err
		}
		return saveEach(s, things, func(l *lines) error {
			if e := wrong[commands[l].item.Category]; e != nil {
				return l.blame(e, func(field string) (int, string) {
					if field == "code" {
						return 0, "category"
					}
					return 0, "category_" + field
				})
			}
			return saveMenuItem(ctx, menu, opts, l, commands[l])
		})
	})
}

type menuItem struct {
	item  catalog.SaveItem
	sizes []catalog.Size
}

func (c *cells) size() string {
	if s := c.text("size"); s != "" {
		return s
	}
	return regular
}

func (l *lines) menuItem(currency money.Currency) menuItem {
	first := l.rows[0]
	out := menuItem{item: catalog.SaveItem{
		Code: l.key, Category: first.needed("category"), Name: first.name("name"), Icon: first.text("icon"),
		TaxFree: first.yes("tax_free", false), OnSale: first.yes("on_sale", true), Groups: first.list("option_groups"),
		Allergens: first.allergens(),
	}}
	for _, r := range l.rows {
		size := catalog.Size{Code: r.size(), Name: r.name("size_name"), Nutrition: r.nutrition()}
		if size.Name.Ko == "" {
			size.Name = defaultSizeName(size.Code)
		}
		r.needed("price")
		size.Price = r.money("price", currency)
		out.sizes = append(out.sizes, size)
	}
	return out
}

func (c *cells) allergens() []catalogapi.Allergen {
	var out []catalogapi.Allergen
	for _, mark := range []struct{ column, status string }{{"contains", "contains"}, {"may_contain", "may_contain"}, {"free_of", "none"}} {
		for _, code := range c.list(mark.column) {
			if code == "*" && mark.status == "none" {
				out = withoutTheOthers(out)
				continue
			}
			out = append(out, catalogapi.Allergen{Code: code, Status: mark.status})
		}
	}
	return out
}

// withoutTheOthers says "none" for every allergen that nothing else was said about.
func withoutTheOthers(said []catalogapi.Allergen) []catalogapi.Allergen {
	out := said
	for _, code := range catalog.AllergenCodes {
		known := false
		for _, a := range said {
			known = known || a.Code == code
		}
		if !known {
			out = append(out, catalogapi.Allergen{Code: code, Status: "none"})
		}
	}
	return out
}

func (c *cells) nutrition() *catalogapi.Nutrition {
	var n catalogapi.Nutrition
	some := false
	for _, v := range []struct {
		column string
		into   *float64
	}{
		{"kcal", &n.Kcal},
		{"sugar_g", &n.SugarG},
		{"protein_g", &n.ProteinG},
		{"saturated_fat_g", &n.SaturatedFat},
		{"sodium_mg", &n.SodiumMg},
		{"caffeine_mg", &n.CaffeineMg},
	} {
		value, given := c.number(v.column)
		*v.into, some = value, some || given
	}
	if !some {
		return nil
	}
	n.Sample = c.yes("sample", false)
	return &n
}

func saveMenuItem(ctx context.Context, menu *catalog.Service, opts Options, l *lines, m menuItem) error {
	err := menu.Together(ctx, false, func(menu *catalog.Service) error {
		if _, err := menu.SaveItem(ctx, opts.By, m.item); err != nil {
			return err
		}
		return menu.SaveSizes(ctx, opts.By, catalog.SaveSizes{Item: m.item.Code, Sizes: m.sizes})
	})
	return l.blame(err, menuColumn)
}

// menuColumn says where a field of SaveItem or SaveSizes stands in the file.
func menuColumn(field string) (row int, column string) {
	switch field {
	case "code":
		return 0, "item"
	case "groups":
		return 0, "option_groups"
	case "allergens":
		return 0, "contains"
	case "name_ko", "name_en", "category", "icon", "position", "sizes":
		return 0, field
	}
	row, column = indexed(field)
	switch column {
	case "code":
		column = "size"
	case "name_ko", "name_en":
		column = "size_" + column
	case "nutrition":
		column = "kcal"
	}
	return row, column
}

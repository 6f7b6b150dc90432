package imports

import (
	"context"
	"io"

	"maru/internal/catalog"
	"maru/internal/kernel/money"
)

var (
	optionRequired = []string{"group", "group_name_ko", "option", "name_ko"}
	optionOptional = []string{"group_name_en", "min", "max", "name_en", "price", "default", "max_quantity"}
)

// OptionGroups imports option groups, one line per option. A group is imported whole or not at all;
// options that the file does not list go. Errors are those of Materials.
func OptionGroups(ctx context.Context, menu *catalog.Service, r io.Reader, opts Options) (Summary, error) {
	var s Summary
	rows, err := load(r, &s, optionRequired, optionOptional)
	if err != nil {
		return Summary{}, err
	}
	currency, err := menu.Currency(ctx)
	if err != nil {
		return Summary{}, err
	}
	things := together(rows, func(c *cells) string { return c.needed("group") })
	commands := make(map[*lines]catalog.SaveOptionGroup, len(things))
	for _, l := range things {
		l.same("group_name_ko", "group_name_en", "min", "max")
		l.repeated("option", func(c *cells) string { return c.text("option") })
		commands[l] = l.optionGroup(currency)
	}
	return run(ctx, menu, opts, &s, func(menu *catalog.Service, s *Summary) error {
		return saveEach(s, things, func(l *lines) error {
			_, err := menu.SaveOptionGroup(ctx, opts.By, commands[l])
			return l.blame(err, func(field string) (int, string) {
				switch field {
				case "code":
					return 0, "group"
				case "name_ko", "name_en":
					return 0, "group_" + field
				case "max", "options":
					return 0, "max"
				}
				at, column := indexed(field)
				if column == "code" {
					column = "option"
				}
				return at, column
			})
		})
	})
}

func (l *lines) optionGroup(currency money.Currency) catalog.SaveOptionGroup {
	first := l.rows[0]
	cmd := catalog.SaveOptionGroup{
		Code: l.key, Name: first.name("group_name"), Min: first.whole("min", 0), Max: first.whole("max", 1),
	}
	for _, r := range l.rows {
		cmd.Options = append(cmd.Options, catalog.Option{
			Code: r.needed("option"), Name: r.name("name"), Price: r.money("price", currency), Default: r.yes("default", false),
			MaxQuantity: r.whole("max_quantity", 1),
		})
	}
	return cmd
}

// money returns an amount in the major unit, or 0 where the cell is empty.
func (c *cells) money(column string, currency money.Currency) money.Amount {
	s := c.text(column)
	if s == "" {
		return 0
	}
	a, err := currency.Parse(s)
	if err != nil {
		c.wrong(column, reasonMoney)
	}
	return a
}

package imports

import (
	"context"
	"errors"
	"io"
	"math/big"
	"strings"

	"maru/internal/catalog"
	"maru/internal/kernel/quantity"
)

var (
	materialRequired = []string{"code", "name_ko", "base_unit"}
	materialOptional = []string{"name_en", "density", "packs", "cost", "cost_unit", "low", "low_unit"}
)

// Materials imports the material master. It returns an error where nothing of the file could be read,
// or where the program failed; what is wrong with single lines is in the summary.
func Materials(ctx context.Context, menu *catalog.Service, r io.Reader, opts Options) (Summary, error) {
	var s Summary
	rows, err := load(r, &s, materialRequired, materialOptional)
	if err != nil {
		return Summary{}, err
	}
	whole := &lines{rows: rows}
	whole.repeated("code", func(c *cells) string { return c.text("code") })
	things := make([]*lines, len(rows))
	commands := make([]catalog.SaveMaterial, len(rows))
	at := make(map[*lines]int, len(rows))
	for i, r := range rows {
		things[i] = &lines{rows: []*cells{r}}
		commands[i] = r.material()
		at[things[i]] = i
	}
	return run(ctx, menu, opts, &s, func(menu *catalog.Service, s *Summary) error {
		return saveEach(s, things, func(l *lines) error {
			_, err := menu.SaveMaterial(ctx, opts.By, commands[at[l]])
			return l.blame(err, func(field string) (int, string) { return 0, field })
		})
	})
}

func (c *cells) material() catalog.SaveMaterial {
	cmd := catalog.SaveMaterial{
		Code: c.needed("code"), Name: c.name("name"),
		Scale: quantity.Scale{Base: quantity.Unit(strings.ToLower(c.needed("base_unit"))), Density: int64(c.whole("density", 0))},
	}
	cmd.Scale.Packs = c.packs(cmd.Scale)
	if low := c.thousandths("low"); low != 0 {
		cmd.Low = c.inBase("low_unit", cmd.Scale, low)
	}
	cmd.Cost = c.cost(cmd.Scale)
	return cmd
}

// packs reads "box=20 kg; bag=1000": how much each pack holds, in the base unit where none is named.
func (c *cells) packs(scale quantity.Scale) map[string]quantity.Milli {
	out := make(map[string]quantity.Milli)
	for _, part := range c.list("packs") {
		name, amount, ok := strings.Cut(part, "=")
		number, unit, _ := strings.Cut(strings.TrimSpace(amount), " ")
		n, err := quantity.Parse(number)
		if unit = strings.TrimSpace(unit); unit == "" {
			unit = string(scale.Base)
		}
		if !ok || err != nil {
			c.wrong("packs", reasonPack)
			continue
		}
		holds, err := scale.Convert(n, unit)
		if err != nil {
			c.wrongUnit("packs", unit, scale, err)
			continue
		}
		out[strings.TrimSpace(name)] = holds
	}
	return out
}

// inBase converts n of the unit in the column, or of the base unit where it is empty.
func (c *cells) inBase(column string, scale quantity.Scale, n quantity.Milli) quantity.Milli {
	unit := c.text(column)
	if unit == "" {
		return n
	}
	q, err := scale.Convert(n, unit)
	if err != nil {
		c.wrongUnit(column, unit, scale, err)
	}
	return q
}

func (c *cells) wrongUnit(column, unit string, scale quantity.Scale, err error) {
	switch {
	case errors.Is(err, quantity.ErrUnit):
		c.wrong(column, reasonUnit.With("value", shorten(unit)))
	case errors.Is(err, quantity.ErrConvert):
		c.wrong(column, reasonNoUnit.With("from", shorten(unit), "to", string(scale.Base)))
	default:
		c.wrong(column, reasonNumber)
	}
}

// cost reads what one cost_unit costs and returns what one base unit costs, rounded half up to a
// millionth.
func (c *cells) cost(scale quantity.Scale) catalog.Cost {
	if c.text("cost") == "" {
		return 0
	}
	cost, err := catalog.ParseCost(c.text("cost"))
	if err != nil {
		c.wrong("cost", reasonNumber)
		return 0
	}
	holds := c.inBase("cost_unit", scale, 1000)
	if holds <= 0 {
		return 0
	}
	exact := big.NewRat(int64(cost)*1000, int64(holds))
	exact.Add(exact, big.NewRat(1, 2))
	return catalog.Cost(new(big.Int).Div(exact.Num(), exact.Denom()).Int64())
}

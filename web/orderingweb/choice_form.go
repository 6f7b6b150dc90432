package orderingweb

import (
	"strconv"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/ordering"
	"maru/web/webkit"
)

// A choice travels in a form as: item, size, quantity, "g-<group>" with the ids of its options (once or
// several times), and "q-<option>" with how many of it. A price is not among them: one that is sent is
// not read.

// readChoice returns what the form orders. Options of which nothing is known are passed on, so that
// ordering refuses them with its own words.
func readChoice(f *webkit.Form, sell *ordering.Sellable, item *catalogapi.Item) ordering.Choice {
	if f.Bool("usual") {
		return usualChoice(sell, item)
	}
	c := ordering.Choice{ItemID: item.ID, Quantity: 1}
	if f.Value("quantity") != "" {
		c.Quantity = f.Int("quantity", -1<<31, 1<<31-1)
	}
	c.SizeID, _ = ids.ParseSizeID(f.Value("size")) // one that is missing or unreadable is unknown to the menu
	if f.Value("size") == "" && len(item.Sizes) == 1 {
		c.SizeID = item.Sizes[0].ID
	}
	for _, id := range item.Groups {
		group, ok := sell.Group(id)
		if !ok {
			continue
		}
		for _, v := range f.Values("g-" + id.String()) {
			if v == "" {
				continue // "none" of a choice that may stay open
			}
			option, _ := ids.ParseOptionID(v)
			c.Options = append(c.Options, ordering.ChosenOption{OptionID: option, Quantity: 1})
		}
		for _, o := range group.Options {
			if v := f.Value("q-" + o.ID.String()); v != "" {
				n, err := strconv.Atoi(v)
				if err != nil {
					n = -1 // refused by ordering
				}
				if n != 0 {
					c.Options = append(c.Options, ordering.ChosenOption{OptionID: o.ID, Quantity: n})
				}
			}
		}
	}
	return c
}

// usualVals are the form values that add an item as usual.
func usualVals(card menuCard) string {
	return `{"item":"` + card.Item.ID.String() + `","usual":"1"}`
}

func leftText(n int) lang.Text { return text.Left.With("n", strconv.Itoa(n)) }

// groupKind is how a group of options is chosen from.
type groupKind int

const (
	pickOne   groupKind = iota // radio buttons
	pickSome                   // checkboxes
	pickCount                  // a stepper for each option
)

func kindOf(g *catalogapi.OptionGroup) groupKind {
	if g.Max == 1 {
		return pickOne
	}
	for _, o := range g.Options {
		if o.MaxQuantity > 1 {
			return pickCount
		}
	}
	return pickSome
}

// ruleText says how many to choose: "필수", "2개까지", "1~3개".
func ruleText(g *catalogapi.OptionGroup) lang.Text {
	switch {
	case g.Min == 0 && g.Max == 1:
		return lang.Text{}
	case g.Min == 0:
		return text.UpTo.With("max", strconv.Itoa(g.Max))
	case g.Max == 1, g.Min == g.Max:
		return text.Required
	}
	return text.Between.With("min", strconv.Itoa(g.Min), "max", strconv.Itoa(g.Max))
}

package demo

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/ordering"
)

// byHour is the share of a day's orders that each hour of the store's clock has, in thousandths. It is
// the profile of a real half-year of three coffee shops (116,790 orders), with the tail of the evening
// that Korean shops have.
var byHour = [24]int{6: 30, 7: 87, 8: 116, 9: 115, 10: 118, 11: 67, 12: 61, 13: 60, 14: 62, 15: 62, 16: 62, 17: 61, 18: 53, 19: 42, 20: 24, 21: 14}

// byWeekday is how a day compares with the average one, from Sunday on.
var byWeekday = [7]float64{0.86, 1.02, 1.04, 1.05, 1.06, 1.10, 0.87}

// perDay is what an average store takes on an average day; each store has its own size around it.
const perDay = 110

// sizeOf is how large a store is compared with the average: from 0.6 to 1.6, and always the same.
func sizeOf(store ids.StoreID) float64 { return 0.6 + float64(digest(store.UUID[:])%1000)/1000 }

func digest(b []byte) uint32 {
	h := fnv.New32a()
	_, _ = h.Write(b) // a hash never fails to write
	return h.Sum32()
}

// crowd makes up what customers of one store order. It is not safe for concurrent use.
type crowd struct {
	sell  *ordering.Sellable
	rng   *rand.Rand
	items []*catalogapi.Item
	share []float64 // cumulative popularity of items
}

func newCrowd(sell *ordering.Sellable, rng *rand.Rand) *crowd {
	c := &crowd{sell: sell, rng: rng}
	sum := 0.0
	for i := range sell.Menu.Items {
		item := &sell.Menu.Items[i]
		// Popularity falls off as on real menus: few items sell most of the cups.
		rank := 1 + digest([]byte(item.Code))%uint32(len(sell.Menu.Items)) //nolint:gosec // a menu is small
		sum += 1 / math.Pow(float64(rank), 0.8)
		c.items, c.share = append(c.items, item), append(c.share, sum)
	}
	return c
}

// basket is one customer's order, without sold-out items. It is nil where nothing is left to sell.
func (c *crowd) basket() []ordering.OrderLine {
	wanted := 1
	switch p := c.rng.Float64(); { // 75 % of real orders have one line, 23 % two
	case p > 0.97:
		wanted = 3
	case p > 0.75:
		wanted = 2
	}
	var lines []ordering.OrderLine
	for try := 0; len(lines) < wanted && try < 20; try++ {
		choice := c.choice()
		if _, err := c.sell.Price(choice); err == nil {
			lines = append(lines, ordering.OrderLine{Choice: choice})
		}
	}
	return lines
}

func (c *crowd) choice() ordering.Choice {
	at := c.rng.Float64() * c.share[len(c.share)-1]
	i := 0
	for c.share[i] < at {
		i++
	}
	item := c.items[i]
	size := item.Sizes[min(c.rng.IntN(len(item.Sizes)), c.rng.IntN(len(item.Sizes)))] // the smaller ones more often
	choice := ordering.Choice{ItemID: item.ID, SizeID: size.ID, Quantity: 1}
	if c.rng.IntN(12) == 0 {
		choice.Quantity = 2 + c.rng.IntN(2)
	}
	for _, id := range item.Groups {
		if group, ok := c.sell.Group(id); ok {
			choice.Options = append(choice.Options, c.options(group)...)
		}
	}
	return choice
}

// options keeps the rules of a group: mostly its defaults, now and then something else.
func (c *crowd) options(group *catalogapi.OptionGroup) []ordering.ChosenOption {
	if len(group.Options) == 0 {
		return nil
	}
	if c.rng.IntN(5) == 0 && group.Max > 0 {
		return []ordering.ChosenOption{{OptionID: group.Options[c.rng.IntN(len(group.Options))].ID, Quantity: max(1, group.Min)}}
	}
	var chosen []ordering.ChosenOption
	for _, o := range group.Options {
		if o.Default {
			chosen = append(chosen, ordering.ChosenOption{OptionID: o.ID, Quantity: 1})
		}
	}
	if len(chosen) == 0 && group.Min > 0 {
		chosen = []ordering.ChosenOption{{OptionID: group.Options[0].ID, Quantity: group.Min}}
	}
	return chosen
}

func (c *crowd) dining() dining.Option {
	switch p := c.rng.IntN(100); {
	case p < 58:
		return dining.Takeaway
	case p < 93:
		return dining.ForHere
	default:
		return dining.OwnCup
	}
}

// perSecond is how many orders a store takes in a second of the hour at.
func perSecond(store ids.StoreID, at time.Time) float64 {
	return perDay * sizeOf(store) * byWeekday[at.Weekday()] * float64(byHour[at.Hour()]) / 1000 / 3600
}

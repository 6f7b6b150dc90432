package ordering

import (
	"strconv"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/errs"
)

// MaxQuantity is the most units of one line; MaxLines the most lines of an order.
const (
	MaxQuantity = 999
	MaxLines    = 100
)

// Errors of a choice. Each names the item, option or group it is about.
var (
	ErrUnknownItem = errs.New(errs.Invalid, "ordering.unknown_item",
		"지금 메뉴에 없는 상품이에요. 다시 골라 주세요.", "This item is not on the current menu. Please choose again.")
	ErrUnknownOption = errs.New(errs.Invalid, "ordering.unknown_option",
		"{item}에는 고를 수 없는 옵션이에요.", "{item} does not come with that option.")
	ErrQuantity = errs.New(errs.Invalid, "ordering.quantity",
		"수량은 1부터 {max}까지 입력할 수 있어요.", "The quantity must be from 1 to {max}.")
	ErrOptionRequired = errs.New(errs.Invalid, "ordering.option_required",
		"{item}: {group}에서 {min}개 이상 골라 주세요.", "{item}: choose at least {min} of {group}.")
	ErrOptionTooMany = errs.New(errs.Invalid, "ordering.option_too_many",
		"{item}: {group}에서는 {max}개까지만 고를 수 있어요.", "{item}: at most {max} of {group}.")
	ErrOptionQuantity = errs.New(errs.Invalid, "ordering.option_quantity",
		"{item}: {option}의 수량은 1부터 {max}까지예요.", "{item}: {option} can be ordered 1 to {max} times.")
	ErrSoldOut = errs.New(errs.Conflict, "ordering.sold_out",
		"{item} 품절이에요. 다른 메뉴를 골라 주세요.", "{item} is sold out. Please choose something else.")
	ErrOptionSoldOut = errs.New(errs.Conflict, "ordering.option_sold_out",
		"{item}의 {option} 옵션이 품절이에요.", "{option} for {item} is sold out.")
	ErrTooExpensive = errs.New(errs.Invalid, "ordering.too_expensive",
		"금액이 너무 커요. 주문을 나눠 주세요.", "The amount is too large. Please split the order.")
)

// Choice is what a customer wants: an item in a size with options. It carries no price.
type Choice struct {
	ItemID   ids.ItemID     `json:"item_id"`
	SizeID   ids.SizeID     `json:"size_id"`
	Options  []ChosenOption `json:"options,omitempty"`
	Quantity int            `json:"quantity"`
}

// ChosenOption is an option and how often it goes on each unit.
type ChosenOption struct {
	OptionID ids.OptionID `json:"option_id"`
	Quantity int          `json:"quantity"`
}

// Price checks a choice against the menu and the store's availability and prices it. The line it
// returns has no number yet. It returns ErrUnknownItem, ErrUnknownOption, ErrQuantity, ErrOptionRequired,
// ErrOptionTooMany, ErrOptionQuantity, ErrSoldOut, ErrOptionSoldOut or ErrTooExpensive.
func (s *Sellable) Price(c Choice) (orderingapi.Line, error) {
	line, err := s.price(c)
	if err != nil {
		return line, err
	}
	if err := s.available(c, line); err != nil {
		return line, err
	}
	return line, nil
}

// price is Price without the availability: what the choice costs if it can be had.
func (s *Sellable) price(c Choice) (orderingapi.Line, error) {
	item, size, err := s.find(c)
	if err != nil {
		return orderingapi.Line{}, err
	}
	if c.Quantity < 1 || c.Quantity > MaxQuantity {
		return orderingapi.Line{}, ErrQuantity.With("max", strconv.Itoa(MaxQuantity))
	}
	options, extra, err := s.chosen(item, c.Options)
	if err != nil {
		return orderingapi.Line{}, err
	}
	total, err := (size.Price + extra).Times(int64(c.Quantity))
	if err != nil || total > money.Max || total < 0 {
		return orderingapi.Line{}, ErrTooExpensive
	}
	name := size.Name
	if len(item.Sizes) == 1 {
		name = lang.Text{} // nothing to tell apart: tickets are shorter without it
	}
	return orderingapi.Line{
		ItemID: item.ID, SizeID: size.ID, CategoryID: item.Category, ItemName: item.Name, SizeName: name,
		Quantity: c.Quantity, UnitPrice: size.Price, Options: options, Total: total, TaxFree: item.TaxFree,
	}, nil
}

func (s *Sellable) find(c Choice) (*catalogapi.Item, *catalogapi.Size, error) {
	item, ok := s.ix.items[c.ItemID]
	if !ok {
		return nil, nil, ErrUnknownItem
	}
	for i := range item.Sizes {
		if item.Sizes[i].ID == c.SizeID {
			return item, &item.Sizes[i], nil
		}
	}
	return nil, nil, ErrUnknownItem
}

// chosen checks the rules of every group of the item and returns the options as they go on the line,
// in the order of the menu, with what they add to the price of one unit.
func (s *Sellable) chosen(item *catalogapi.Item, choices []ChosenOption) ([]orderingapi.LineOption, money.Amount, error) {
	wanted := make(map[ids.OptionID]int, len(choices))
	for _, c := range choices {
		if _, twice := wanted[c.OptionID]; twice {
			return nil, 0, ErrUnknownOption.WithText("item", item.Name)
		}
		wanted[c.OptionID] = c.Quantity
	}
	var options []orderingapi.LineOption
	var extra money.Amount
	for _, id := range item.Groups {
		group, ok := s.ix.groups[id]
		if !ok {
			continue
		}
		count := 0
		for _, o := range group.Options {
			n, chosen := wanted[o.ID]
			if !chosen {
				continue
			}
			delete(wanted, o.ID)
			if n < 1 || n > o.MaxQuantity {
				return nil, 0, ErrOptionQuantity.WithText("item", item.Name).WithText("option", o.Name).With("max", strconv.Itoa(o.MaxQuantity))
			}
			count += n
			extra += o.Price * money.Amount(n)
			options = append(options, orderingapi.LineOption{OptionID: o.ID, Name: o.Name, Price: o.Price, Quantity: n})
		}
		if err := groupRule(item.Name, group, count); err != nil {
			return nil, 0, err
		}
	}
	if len(wanted) > 0 {
		return nil, 0, ErrUnknownOption.WithText("item", item.Name)
	}
	return options, extra, nil
}

// defaults returns the options an item has when nobody chooses.
func (s *Sellable) defaults(item ids.ItemID) []ChosenOption {
	it, ok := s.ix.items[item]
	if !ok {
		return nil
	}
	var chosen []ChosenOption
	for _, id := range it.Groups {
		if group, ok := s.ix.groups[id]; ok {
			for _, o := range group.Options {
				if o.Default {
					chosen = append(chosen, ChosenOption{OptionID: o.ID, Quantity: 1})
				}
			}
		}
	}
	return chosen
}

func groupRule(item lang.Text, group *catalogapi.OptionGroup, count int) error {
	switch {
	case count < group.Min:
		return ErrOptionRequired.WithText("item", item).WithText("group", group.Name).With("min", strconv.Itoa(group.Min))
	case count > group.Max:
		return ErrOptionTooMany.WithText("item", item).WithText("group", group.Name).With("max", strconv.Itoa(group.Max))
	}
	return nil
}

// available returns ErrSoldOut or ErrOptionSoldOut where the store cannot make the priced line.
func (s *Sellable) available(c Choice, line orderingapi.Line) error {
	if _, blocked := s.SizeBlock(c.ItemID, c.SizeID); blocked {
		return ErrSoldOut.WithText("item", line.ItemName)
	}
	for _, o := range line.Options {
		if _, blocked := s.OptionBlock(c.ItemID, c.SizeID, o.OptionID); blocked {
			return ErrOptionSoldOut.WithText("item", line.ItemName).WithText("option", o.Name)
		}
	}
	return nil
}

// totals sums lines into the order's total and the tax that is in it. It returns ErrTooExpensive.
func totals(lines []orderingapi.Line) (total, tax money.Amount, err error) {
	if total, tax = sums(lines); total > money.Max {
		return 0, 0, ErrTooExpensive
	}
	return total, tax, nil
}

// sums is totals of lines that are not ordered yet. At most MaxLines of at most money.Max do not overflow.
func sums(lines []orderingapi.Line) (total, tax money.Amount) {
	var taxable money.Amount
	for _, l := range lines {
		total += l.Total
		if !l.TaxFree {
			taxable += l.Total
		}
	}
	return total, money.VAT(taxable)
}

package stats

import (
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
)

// Goods is how much of something was sold, and how much of it taken back by cancellations. A
// cancellation counts on the day it happens, so a day can have more taken back than sold.
type Goods struct {
	Units            int64
	Revenue          money.Amount // including tax, after discounts, before cancellations
	CancelledUnits   int64
	CancelledRevenue money.Amount
}

// Net is the revenue that is left after cancellations.
func (g Goods) Net() money.Amount { return g.Revenue - g.CancelledRevenue }

// NetUnits is the number of units that is left after cancellations.
func (g Goods) NetUnits() int64 { return g.Units - g.CancelledUnits }

func (g Goods) plus(o Goods) Goods {
	return Goods{
		Units: g.Units + o.Units, Revenue: g.Revenue + o.Revenue,
		CancelledUnits: g.CancelledUnits + o.CancelledUnits, CancelledRevenue: g.CancelledRevenue + o.CancelledRevenue,
	}
}

// Sales is Goods with the orders they were sold in.
type Sales struct {
	Goods
	Orders          int64
	Tax             money.Amount
	CancelledOrders int64
	CancelledTax    money.Amount
}

// NetOrders is the number of orders that is left after cancellations.
func (s Sales) NetOrders() int64 { return s.Orders - s.CancelledOrders }

// NetTax is the tax that is left after cancellations.
func (s Sales) NetTax() money.Amount { return s.Tax - s.CancelledTax }

// PerOrder is the net revenue of an average order, rounded down; 0 without orders.
func (s Sales) PerOrder() money.Amount {
	if s.NetOrders() <= 0 {
		return 0
	}
	return s.Net() / money.Amount(s.NetOrders())
}

// Plus returns the sum of s and o.
func (s Sales) Plus(o Sales) Sales {
	return Sales{
		Goods: s.Goods.plus(o.Goods), Orders: s.Orders + o.Orders, Tax: s.Tax + o.Tax,
		CancelledOrders: s.CancelledOrders + o.CancelledOrders, CancelledTax: s.CancelledTax + o.CancelledTax,
	}
}

// DaySales is what was sold on a business date.
type DaySales struct {
	Date businessday.Date
	Sales
}

// MonthSales is what was sold in a calendar month of business dates.
type MonthSales struct {
	Month businessday.Date // its first day
	Sales
}

// HourSales is what was sold in an hour of the day, on the stores' own wall clocks.
type HourSales struct {
	Hour int // 0 to 23
	Sales
}

// StoreSales is what a store sold. The name is empty until the store's opening has arrived here.
type StoreSales struct {
	StoreID ids.StoreID
	Code    string
	Name    lang.Text
	Region  string
	Sales
}

// CategorySales is what was sold of a category, as the category was when it was sold.
type CategorySales struct {
	CategoryID ids.CategoryID
	Code       string
	Name       lang.Text
	Goods
}

// ItemSales is what was sold of an item.
type ItemSales struct {
	ItemID ids.ItemID
	Code   string
	Name   lang.Text
	Goods
}

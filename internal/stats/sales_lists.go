package stats

import (
	"context"
	"fmt"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/platform/errs"
	"maru/internal/stats/internal/statsdb"
)

// MaxDays is the longest range that is read at once: ten years and a bit.
const MaxDays = 3700

// The errors of ranges.
var (
	ErrBackwards = errs.New(errs.Invalid, "stats.range_backwards",
		"끝나는 날이 시작하는 날보다 빨라요.", "The range ends before it begins.")
	ErrTooLong = errs.New(errs.Invalid, "stats.range_too_long",
		"한 번에 10년까지 볼 수 있어요.", "At most ten years can be shown at once.")
)

// Over says which sales are meant: of the business dates From to To, both included.
type Over struct {
	// Store is the one store; zero means the whole chain.
	Store    ids.StoreID
	From, To businessday.Date
	// Hours limits sales to these hours of the day; nil means all. Items and categories are not kept
	// by hour, so it must be nil there.
	Hours []int
}

// Check returns ErrBackwards or ErrTooLong where the range makes no sense.
func (o Over) Check() error {
	switch days := o.From.DaysUntil(o.To); {
	case days < 0:
		return ErrBackwards.On("to")
	case days >= MaxDays:
		return ErrTooLong.On("from")
	}
	return nil
}

func (o Over) everyStore() bool { return o.Store.IsZero() }

func (o Over) hours() []int16 {
	var hours []int16
	if o.Hours == nil {
		for h := range int16(24) {
			hours = append(hours, h)
		}
	}
	for _, h := range o.Hours {
		hours = append(hours, int16(h)) //nolint:gosec // hours of a day; others match nothing
	}
	return hours
}

// Totals returns the sum over everything that o means.
func (s *Service) Totals(ctx context.Context, o Over) (Sales, error) {
	if err := o.Check(); err != nil {
		return Sales{}, err
	}
	r, err := statsdb.New(s.db).SalesTotals(ctx, statsdb.SalesTotalsParams{
		EveryStore: o.everyStore(), StoreID: o.Store, FromDate: o.From, ToDate: o.To, Hours: o.hours(),
	})
	if err != nil {
		return Sales{}, fmt.Errorf("sales totals: %w", err)
	}
	return sales(r.Orders, r.Units, r.Revenue, r.Tax, r.CancelledOrders, r.CancelledUnits, r.CancelledRevenue, r.CancelledTax), nil
}

// SalesByDay returns every day with sales or cancellations, oldest first. Days without are left out.
func (s *Service) SalesByDay(ctx context.Context, o Over) ([]DaySales, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	rows, err := statsdb.New(s.db).SalesByDay(ctx, statsdb.SalesByDayParams{
		EveryStore: o.everyStore(), StoreID: o.Store, FromDate: o.From, ToDate: o.To, Hours: o.hours(),
	})
	if err != nil {
		return nil, fmt.Errorf("sales by day: %w", err)
	}
	days := make([]DaySales, len(rows))
	for i, r := range rows {
		days[i] = DaySales{Date: r.BusinessDate, Sales: sales(r.Orders, r.Units, r.Revenue, r.Tax,
			r.CancelledOrders, r.CancelledUnits, r.CancelledRevenue, r.CancelledTax)}
	}
	return days, nil
}

// SalesByMonth returns every month with sales, oldest first. A month that o cuts counts only the days
// of it that o means.
func (s *Service) SalesByMonth(ctx context.Context, o Over) ([]MonthSales, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	rows, err := statsdb.New(s.db).SalesByMonth(ctx, statsdb.SalesByMonthParams{
		EveryStore: o.everyStore(), StoreID: o.Store, FromDate: o.From, ToDate: o.To, Hours: o.hours(),
	})
	if err != nil {
		return nil, fmt.Errorf("sales by month: %w", err)
	}
	months := make([]MonthSales, len(rows))
	for i, r := range rows {
		months[i] = MonthSales{Month: r.Month, Sales: sales(r.Orders, r.Units, r.Revenue, r.Tax,
			r.CancelledOrders, r.CancelledUnits, r.CancelledRevenue, r.CancelledTax)}
	}
	return months, nil
}

// SalesByHour returns every hour of the day with sales, summed over the days, midnight first.
func (s *Service) SalesByHour(ctx context.Context, o Over) ([]HourSales, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	rows, err := statsdb.New(s.db).SalesByHour(ctx, statsdb.SalesByHourParams{
		EveryStore: o.everyStore(), StoreID: o.Store, FromDate: o.From, ToDate: o.To, Hours: o.hours(),
	})
	if err != nil {
		return nil, fmt.Errorf("sales by hour: %w", err)
	}
	hours := make([]HourSales, len(rows))
	for i, r := range rows {
		hours[i] = HourSales{Hour: int(r.Hour), Sales: sales(r.Orders, r.Units, r.Revenue, r.Tax,
			r.CancelledOrders, r.CancelledUnits, r.CancelledRevenue, r.CancelledTax)}
	}
	return hours, nil
}

// SalesByStore returns every store with sales, the one with the most net revenue first.
func (s *Service) SalesByStore(ctx context.Context, o Over) ([]StoreSales, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	rows, err := statsdb.New(s.db).SalesByStore(ctx, statsdb.SalesByStoreParams{
		EveryStore: o.everyStore(), OnlyStore: o.Store.UUID, FromDate: o.From, ToDate: o.To, Hours: o.hours(),
	})
	if err != nil {
		return nil, fmt.Errorf("sales by store: %w", err)
	}
	stores := make([]StoreSales, len(rows))
	for i, r := range rows {
		stores[i] = StoreSales{
			StoreID: r.StoreID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn}, Region: r.Region,
			Sales: sales(r.Orders, r.Units, r.Revenue, r.Tax, r.CancelledOrders, r.CancelledUnits, r.CancelledRevenue, r.CancelledTax),
		}
	}
	return stores, nil
}

// SoldDays returns the first and the last business date with sales of a store (zero: the chain); both
// are zero where nothing was ever sold.
func (s *Service) SoldDays(ctx context.Context, store ids.StoreID) (first, last businessday.Date, err error) {
	r, err := statsdb.New(s.db).SoldDays(ctx, store.IsZero(), store)
	if err != nil {
		return first, last, fmt.Errorf("days with sales: %w", err)
	}
	if r.FirstDay == never {
		return first, last, nil
	}
	return r.FirstDay, r.LastDay, nil
}

// never is what the query says for "no day": a table without rows has no smallest date.
var never = businessday.NewDate(1, 1, 1)

func sales(orders, units, revenue, tax, cancelledOrders, cancelledUnits, cancelledRevenue, cancelledTax int64) Sales {
	return Sales{
		Goods:  goods(units, revenue, cancelledUnits, cancelledRevenue),
		Orders: orders, Tax: money.Amount(tax),
		CancelledOrders: cancelledOrders, CancelledTax: money.Amount(cancelledTax),
	}
}

func goods(units, revenue, cancelledUnits, cancelledRevenue int64) Goods {
	return Goods{
		Units: units, Revenue: money.Amount(revenue),
		CancelledUnits: cancelledUnits, CancelledRevenue: money.Amount(cancelledRevenue),
	}
}

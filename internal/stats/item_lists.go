package stats

import (
	"context"
	"fmt"

	"maru/internal/kernel/lang"
	"maru/internal/stats/internal/statsdb"
)

// SalesByCategory returns every category with sales, the one with the most net revenue first. An item
// that moved to another category counts for each category as long as it was in it.
func (s *Service) SalesByCategory(ctx context.Context, o Over) ([]CategorySales, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	rows, err := statsdb.New(s.db).SalesByCategory(ctx, statsdb.SalesByCategoryParams{
		EveryStore: o.everyStore(), StoreID: o.Store, FromDate: o.From, ToDate: o.To,
	})
	if err != nil {
		return nil, fmt.Errorf("sales by category: %w", err)
	}
	categories := make([]CategorySales, len(rows))
	for i, r := range rows {
		categories[i] = CategorySales{
			CategoryID: r.CategoryID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn},
			Goods: goods(r.Units, r.Revenue, r.CancelledUnits, r.CancelledRevenue),
		}
	}
	return categories, nil
}

// Rank is what the best items are best in.
type Rank int

// The ranks.
const (
	ByRevenue Rank = iota
	ByUnits
)

// TopItems returns the limit best items, best first.
func (s *Service) TopItems(ctx context.Context, o Over, rank Rank, limit int) ([]ItemSales, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	rows, err := statsdb.New(s.db).SalesByItem(ctx, statsdb.SalesByItemParams{
		EveryStore: o.everyStore(), StoreID: o.Store, FromDate: o.From, ToDate: o.To,
		ByUnits: rank == ByUnits, RowLimit: int32(limit), //nolint:gosec // callers ask for tens or thousands
	})
	if err != nil {
		return nil, fmt.Errorf("sales by item: %w", err)
	}
	items := make([]ItemSales, len(rows))
	for i, r := range rows {
		items[i] = ItemSales{
			ItemID: r.ItemID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn},
			Goods: goods(r.Units, r.Revenue, r.CancelledUnits, r.CancelledRevenue),
		}
	}
	return items, nil
}

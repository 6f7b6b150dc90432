package stats

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/members/membersapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
	"maru/internal/stats/internal/statsdb"
)

// rest is between two rounds of the roll-ups. Dashboards show an order within a second or two: this, and the
// 400 ms for which they gather. See docs/adr/0057.
const rest = time.Second

// Subscribe registers what stats reacts to. Names are stored: they never change.
func (s *Service) Subscribe(subs *outbox.Subscriptions) {
	subs.OnEvery("stats.sales", rest, s.addSales, outbox.Of[orderingapi.OrderAccepted](), outbox.Of[orderingapi.OrderCancelled]())
	subs.On("stats.stores", s.putStores,
		outbox.Of(outbox.From(1, membersapi.StoreOpenedFromV1)), outbox.Of(outbox.From(1, membersapi.StoreChangedFromV1)))
	subs.On("stats.menu", s.putMenu, outbox.Of[catalogapi.MenuPublished]())
	subs.Rebuildable("stats.sales", "sales_hour", "sales_item")
	subs.Rebuildable("stats.stores", "store")
	subs.Rebuildable("stats.menu", "category", "item")
	s.tailSales(subs)
}

// addSales adds a batch of orders and cancellations to the roll-ups. Sums cannot tell whether an
// order is in them already; that it is added once is the promise of the cursor, which moves in tx.
func (s *Service) addSales(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	sums := newSums()
	for _, d := range batch {
		switch e := d.Event.(type) {
		case orderingapi.OrderAccepted:
			sums.accept(e)
		case orderingapi.OrderCancelled:
			sums.cancel(e)
		}
	}
	if err := sums.store(ctx, statsdb.New(outbox.AtEnd(tx))); err != nil {
		return fmt.Errorf("add sales of %d events: %w", len(batch), err)
	}
	return outbox.Publish(ctx, tx, sums.changed()...)
}

func (s *Service) putStores(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := statsdb.New(tx)
	for _, d := range batch {
		var store membersapi.Store
		switch e := d.Event.(type) {
		case membersapi.StoreOpened:
			store = e.Store
		case membersapi.StoreChanged:
			store = e.Store
		}
		err := q.PutStore(ctx, statsdb.PutStoreParams{
			StoreID: store.ID, Code: store.Code, NameKo: store.Name.Ko, NameEn: store.Name.En,
			Region: store.Region, TimeZone: store.TimeZone,
		})
		if err != nil {
			return fmt.Errorf("put store %s: %w", store.ID, err)
		}
	}
	return nil
}

// putMenu takes the names of items and categories. The newest menu's names win; what it no longer
// has keeps its last name.
func (s *Service) putMenu(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := statsdb.New(tx)
	for _, d := range batch {
		e, ok := d.Event.(catalogapi.MenuPublished)
		if !ok {
			continue
		}
		if err := q.PutCategories(ctx, categoriesOf(e.Menu)); err != nil {
			return fmt.Errorf("put categories of menu %d: %w", e.Menu.Version, err)
		}
		if err := q.PutItems(ctx, itemsOf(e.Menu)); err != nil {
			return fmt.Errorf("put items of menu %d: %w", e.Menu.Version, err)
		}
	}
	return nil
}

func categoriesOf(m catalogapi.Menu) statsdb.PutCategoriesParams {
	p := statsdb.PutCategoriesParams{MenuVersion: m.Version}
	for _, c := range m.Categories {
		p.CategoryIds = append(p.CategoryIds, c.ID.UUID)
		p.Codes = append(p.Codes, c.Code)
		p.NamesKo = append(p.NamesKo, c.Name.Ko)
		p.NamesEn = append(p.NamesEn, c.Name.En)
	}
	return p
}

func itemsOf(m catalogapi.Menu) statsdb.PutItemsParams {
	p := statsdb.PutItemsParams{MenuVersion: m.Version}
	for _, i := range m.Items {
		p.ItemIds = append(p.ItemIds, i.ID.UUID)
		p.Codes = append(p.Codes, i.Code)
		p.NamesKo = append(p.NamesKo, i.Name.Ko)
		p.NamesEn = append(p.NamesEn, i.Name.En)
	}
	return p
}

package ordering

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// Subscribe registers what ordering reacts to. Names are stored: they never change.
func (s *Service) Subscribe(subs *outbox.Subscriptions) {
	subs.On("ordering.stores", s.takeStores,
		outbox.Of(outbox.From(1, membersapi.StoreOpenedFromV1)), outbox.Of(outbox.From(1, membersapi.StoreChangedFromV1)))
	subs.On("ordering.menu", s.takeMenus, outbox.Of[catalogapi.MenuPublished]())
	subs.On("ordering.availability", s.takeAvailability, outbox.Of[inventoryapi.AvailabilityChanged]())
	subs.TailFirst("ordering", s.loadShelf, s.followShelf,
		outbox.Of[orderingapi.MenuTaken](), outbox.Of[orderingapi.StoreTaken](), outbox.Of[orderingapi.SellableChanged]())
	subs.TailWhere("ordering", s.watched, s.missedOrders, s.followOrders,
		outbox.Of[orderingapi.OrderAccepted](), outbox.Of[orderingapi.OrderStatusChanged](), outbox.Of[orderingapi.OrderCancelled]())
}

// takeStores keeps ordering's own copy of the stores.
func (s *Service) takeStores(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := orderingdb.New(tx)
	taken := make([]event.Event, 0, len(batch))
	for _, d := range batch {
		var store membersapi.Store
		switch e := d.Event.(type) {
		case membersapi.StoreOpened:
			store = e.Store
		case membersapi.StoreChanged:
			store = e.Store
		}
		err := q.SaveStore(ctx, orderingdb.SaveStoreParams{
			Lane: store.ID.Lane(), StoreID: store.ID, Code: store.Code, NameKo: store.Name.Ko, NameEn: store.Name.En,
			TimeZone: store.TimeZone, CutoffMinutes: store.Cutoff, Status: store.Status,
		})
		if err != nil {
			return fmt.Errorf("take store %s: %w", store.Code, err)
		}
		taken = append(taken, orderingapi.StoreTaken{StoreID: store.ID})
	}
	return outbox.Publish(ctx, tx, taken...)
}

// takeMenus keeps every published menu; registers sell by the latest.
func (s *Service) takeMenus(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := orderingdb.New(tx)
	var latest int64
	for _, d := range batch {
		menu := d.Event.(catalogapi.MenuPublished).Menu
		doc, err := json.Marshal(menu)
		if err != nil {
			return fmt.Errorf("take menu %d: %w", menu.Version, err)
		}
		if err := q.SaveMenu(ctx, menu.Version, doc, s.now()); err != nil {
			return fmt.Errorf("take menu %d: %w", menu.Version, err)
		}
		latest = max(latest, menu.Version)
	}
	return outbox.Publish(ctx, tx, orderingapi.MenuTaken{Version: latest})
}

// takeAvailability keeps what each store cannot make.
func (s *Service) takeAvailability(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := orderingdb.New(tx)
	changed := map[ids.StoreID]bool{}
	var events []event.Event
	for _, d := range batch {
		e := d.Event.(inventoryapi.AvailabilityChanged)
		for _, c := range e.Changes {
			if err := saveAvailability(ctx, q, e, c); err != nil {
				return fmt.Errorf("take availability of store %s: %w", e.StoreID, err)
			}
		}
		if !changed[e.StoreID] {
			changed[e.StoreID] = true
			events = append(events, orderingapi.SellableChanged{StoreID: e.StoreID})
		}
	}
	return outbox.Publish(ctx, tx, events...)
}

func saveAvailability(ctx context.Context, q *orderingdb.Queries, e inventoryapi.AvailabilityChanged, c inventoryapi.Availability) error {
	lane := e.StoreID.Lane()
	if c.Available {
		return q.DropUnavailable(ctx, orderingdb.DropUnavailableParams{
			Lane: lane, StoreID: e.StoreID, ItemID: c.ItemID, SizeID: c.SizeID, OptionID: c.OptionID,
		})
	}
	return q.SaveUnavailable(ctx, orderingdb.SaveUnavailableParams{
		Lane: lane, StoreID: e.StoreID, ItemID: c.ItemID, SizeID: c.SizeID, OptionID: c.OptionID, Reason: c.Reason, Since: e.At,
	})
}

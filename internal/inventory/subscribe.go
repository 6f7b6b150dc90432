package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// Subscribe registers what inventory reacts to. Names are stored: they never change.
func (s *Service) Subscribe(subs *outbox.Subscriptions) {
	subs.On("inventory.catalog", s.applyCatalog, outbox.Of[catalogapi.MaterialChanged](), outbox.Of[catalogapi.RecipesPublished]())
	subs.On("inventory.stock", s.applyOrders, outbox.Of[orderingapi.OrderAccepted](), outbox.Of[orderingapi.OrderCancelled]())
	subs.On("inventory.judging", s.judgeOutdated, outbox.Of[inventoryapi.RecipesTaken]())
	subs.Tail("inventory", s.tellAll, s.tell,
		outbox.Of[inventoryapi.AvailabilityChanged](), outbox.Of[inventoryapi.MaterialLow](), outbox.Of[inventoryapi.StockAdjusted]())
	subs.TailWhere("ordering", s.watched, s.tellAll, s.tell, outbox.Of[orderingapi.OrderAccepted](), outbox.Of[orderingapi.OrderCancelled]())
}

// applyCatalog keeps the copies of materials and recipes.
func (s *Service) applyCatalog(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := inventorydb.New(tx)
	var events []event.Event
	for _, d := range batch {
		switch e := d.Event.(type) {
		case catalogapi.MaterialChanged:
			if err := putMaterial(ctx, q, e.Material); err != nil {
				return err
			}
		case catalogapi.RecipesPublished:
			if err := putRecipes(ctx, q, e, s.now()); err != nil {
				return fmt.Errorf("recipes of menu version %d: %w", e.Version, err)
			}
			events = append(events, inventoryapi.RecipesTaken{Version: e.Version})
		}
	}
	return outbox.Publish(ctx, tx, events...)
}

func putMaterial(ctx context.Context, q *inventorydb.Queries, m catalogapi.Material) error {
	packs, err := json.Marshal(m.Scale.Packs)
	if err != nil {
		return fmt.Errorf("packs of material %s: %w", m.Code, err)
	}
	err = q.PutMaterial(ctx, inventorydb.PutMaterialParams{
		MaterialID: m.ID, Code: m.Code, NameKo: m.Name.Ko, NameEn: m.Name.En,
		Unit: string(m.Scale.Base), Packs: packs, Density: m.Scale.Density, Low: m.Low,
	})
	if err != nil {
		return fmt.Errorf("material %s: %w", m.Code, err)
	}
	return nil
}

// putRecipes stores a version. Recipes that cannot be worked with are refused here and not by the
// first order.
func putRecipes(ctx context.Context, q *inventorydb.Queries, e catalogapi.RecipesPublished, at time.Time) error {
	if _, err := compile(e); err != nil {
		return err
	}
	stored, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return q.PutRecipeVersion(ctx, e.Version, stored, at)
}

// applyOrders books what accepted orders used and what cancelled ones give back.
func (s *Service) applyOrders(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := inventorydb.New(tx)
	used, err := usedByCancelled(ctx, q, batch)
	if err != nil {
		return err
	}
	var entries []entry
	for _, d := range batch {
		switch e := d.Event.(type) {
		case orderingapi.OrderAccepted:
			r, err := s.recipesOf(ctx, q, e.MenuVersion)
			if err != nil {
				return fmt.Errorf("order %s: %w", e.OrderID, err)
			}
			uses, err := r.orderUses(e.Lines, e.Dining)
			if err != nil {
				return fmt.Errorf("order %s: %w", e.OrderID, err)
			}
			used.add(storeOrder{e.StoreID, e.OrderID}, uses, e.PickupNumber)
			if len(uses) > 0 {
				entries = append(entries, entry{
					store: e.StoreID, uses: uses, sign: -1, reason: inventoryapi.Sale,
					order: e.OrderID, pickup: e.PickupNumber, day: e.BusinessDate, by: e.By,
				})
			}
		case orderingapi.OrderCancelled:
			entries = append(entries, cancelEntries(e, used.take(storeOrder{e.StoreID, e.OrderID}))...)
		}
	}
	now := s.now()
	if done, err := s.bookFromPlenty(ctx, tx, entries, now); done || err != nil {
		return err
	}
	events, err := s.book(ctx, tx, entries, now)
	if err != nil {
		return err
	}
	return outbox.Publish(ctx, tx, events...)
}

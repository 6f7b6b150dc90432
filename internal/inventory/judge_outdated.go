package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// storesAtOnce is how many stores are judged by new recipes in one transaction: their rows are held
// meanwhile, and a person who books goods there waits.
const storesAtOnce = 50

// judgeOutdated judges the next portion of stores by the newest recipes, and says that the ones after
// it are next: a recipe that needs more, or something else, changes what can be made without any stock
// moving. A store whose stock moves in the meantime is judged there and then.
func (s *Service) judgeOutdated(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	q := inventorydb.New(tx)
	var events []event.Event
	for _, d := range batch {
		if e, ok := d.Event.(inventoryapi.RecipesTaken); ok {
			judged, err := s.judgePortion(ctx, q, e, s.now())
			if err != nil {
				return fmt.Errorf("judge stores by recipes of version %d: %w", e.Version, err)
			}
			events = append(events, judged...)
		}
	}
	return outbox.Publish(ctx, tx, events...)
}

func (s *Service) judgePortion(ctx context.Context, q *inventorydb.Queries, e inventoryapi.RecipesTaken, at time.Time) ([]event.Event, error) {
	version, err := q.NewestRecipeVersion(ctx)
	if err != nil {
		return nil, err
	}
	stores, err := q.HoldOutdatedStores(ctx, version, e.After, storesAtOnce)
	if err != nil || len(stores) == 0 {
		return nil, err
	}
	newest, err := s.recipesOf(ctx, q, version)
	if err != nil {
		return nil, err
	}
	last := stores[len(stores)-1]
	events, err := rejudge(ctx, q, append([]ids.StoreID(nil), stores...), stores, newest, at)
	if err != nil {
		return nil, err
	}
	if len(stores) == storesAtOnce {
		events = append(events, inventoryapi.RecipesTaken{Version: e.Version, After: last})
	}
	return events, nil
}

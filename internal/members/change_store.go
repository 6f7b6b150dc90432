package members

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
)

// ChangeStore gives a store other master data. Everything of the card is replaced.
type ChangeStore struct {
	ID ids.StoreID
	StoreCard
}

// ErrNoStore is returned where a store does not exist, or not for the person who asks.
var ErrNoStore = errs.New(errs.NotFound, "members.no_store",
	"그런 지점이 없어요.", "There is no such store.")

// ChangeStore stores the card and publishes StoreChanged; a card that changes nothing publishes
// nothing. It returns errs.Fields for bad input and ErrNoStore for an unknown store.
func (s *Service) ChangeStore(ctx context.Context, by auth.Principal, cmd ChangeStore) (membersapi.Store, error) {
	if !by.May(auth.ManageStores) {
		return membersapi.Store{}, ErrNotAllowed
	}
	card, problems := cmd.check()
	if len(problems) > 0 {
		return membersapi.Store{}, problems
	}
	var store membersapi.Store
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		row, err := q.StoreForUpdate(ctx, cmd.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoStore
		}
		if err != nil {
			return err
		}
		store = card.store(row.StoreID, row.Code)
		if cardOf(row) == card {
			return nil
		}
		if err := q.UpdateStore(ctx, membersdb.UpdateStoreParams{
			NameKo: card.Name.Ko, NameEn: card.Name.En, Region: card.Region, Address: card.Address, Phone: card.Phone,
			TimeZone: card.TimeZone, CutoffMinutes: card.Cutoff, ChangedAt: now, StoreID: cmd.ID,
			Status: card.Status, Hours: card.Hours,
		}); err != nil {
			return err
		}
		if err := record(ctx, tx, now, by, done{
			action: "store_changed", object: storeObject(store), store: cmd.ID, before: cardOf(row).fields(), after: card.fields(),
		}); err != nil {
			return err
		}
		return outbox.Publish(ctx, tx, membersapi.StoreChanged{Store: store, At: now})
	})
	if err != nil {
		return membersapi.Store{}, fmt.Errorf("change store %s: %w", cmd.ID, err)
	}
	s.directory.changed(ctx, cmd.ID)
	return store, nil
}

func cardOf(row membersdb.Store) StoreCard {
	return StoreCard{
		Name: lang.Text{Ko: row.NameKo, En: row.NameEn}, Region: row.Region, Address: row.Address,
		Phone: row.Phone, TimeZone: row.TimeZone, Cutoff: row.CutoffMinutes,
		Hours: row.Hours, Status: row.Status,
	}
}

package members

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// ChangeStore gives a store other master data. Everything of the card is replaced, but for a status that is
// empty: that one stays.
type ChangeStore struct {
	ID   ids.StoreID
	Seen int64 // revision the author saw; 0 for programs, which change whatever there is
	StoreCard
}

// Errors of changing a store.
var (
	// ErrNoStore is returned where a store does not exist, or not for the person who asks.
	ErrNoStore = errs.New(errs.NotFound, "members.no_store",
		"그런 지점이 없어요.", "There is no such store.")
	ErrStoreStale = errs.New(errs.Conflict, "members.store_changed_meanwhile",
		"그 사이 다른 사람이 이 지점을 고쳤어요. 적은 내용은 그대로 있어요. 지금 저장된 값을 확인하고 다시 저장해 주세요.",
		"Somebody else changed this store meanwhile. What you typed is still here: compare it with what is stored now, then save again.")
)

// ChangeStore stores the card and publishes StoreChanged; a card that changes nothing publishes
// nothing. It returns errs.Fields for bad input, ErrStoreStale where somebody else changed the store since
// its revision was seen, and ErrNoStore for an unknown store.
func (s *Service) ChangeStore(ctx context.Context, by auth.Principal, cmd ChangeStore) (membersapi.Store, error) {
	if !by.May(auth.ManageStores) {
		return membersapi.Store{}, ErrNotAllowed
	}
	keep := cmd.Status == ""
	card, problems := cmd.check()
	if len(problems) > 0 {
		return membersapi.Store{}, problems
	}
	return s.changeStore(ctx, by, cmd.ID, cmd.Seen, "", func(row membersdb.Store) StoreCard {
		if keep {
			card.Status = row.Status
		}
		return card
	})
}

// changeStore gives a store the card that change makes of what is stored.
func (s *Service) changeStore(ctx context.Context, by auth.Principal, id ids.StoreID, seen int64, note string,
	change func(membersdb.Store) StoreCard,
) (membersapi.Store, error) {
	var store membersapi.Store
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		row, err := q.StoreForUpdate(ctx, id)
		switch {
		case notFound(err):
			return ErrNoStore
		case err != nil:
			return err
		case seen != 0 && seen != row.Revision:
			return ErrStoreStale
		}
		var events []event.Event
		store, events, err = putStore(ctx, q, s.now(), by, row, change(row), note)
		if err != nil {
			return err
		}
		return outbox.Publish(ctx, tx, events...)
	})
	if err != nil {
		return membersapi.Store{}, fmt.Errorf("change store %s: %w", id, err)
	}
	s.directory.changed(ctx, id)
	return store, nil
}

// putStore writes a card over what is stored and returns the events that tell of it; none where nothing
// differs. The note is why the status is another one.
func putStore(ctx context.Context, q *membersdb.Queries, now time.Time, by auth.Principal, row membersdb.Store, card StoreCard, note string) (membersapi.Store, []event.Event, error) {
	store, was := card.store(row.StoreID, row.Code), cardOf(row)
	if was == card {
		return store, nil, nil
	}
	since, reason, action := row.StatusSince, row.StatusNote, "store_changed"
	if was.Status != card.Status {
		since, reason = &now, note
		action = "store_status_changed"
	}
	err := q.UpdateStore(ctx, membersdb.UpdateStoreParams{
		NameKo: card.Name.Ko, NameEn: card.Name.En, Region: card.Region, Address: card.Address, Phone: card.Phone,
		TimeZone: card.TimeZone, CutoffMinutes: card.Cutoff, ChangedAt: now, StoreID: row.StoreID,
		Status: card.Status, Hours: card.Hours, StatusNote: reason, StatusSince: since,
	})
	return store, []event.Event{
		recordOf(now, by, done{action: action, object: storeObject(store), store: row.StoreID, note: note, before: was.fields(), after: card.fields()}),
		membersapi.StoreChanged{Store: store, At: now},
	}, err
}

func cardOf(row membersdb.Store) StoreCard {
	return StoreCard{
		Name: lang.Text{Ko: row.NameKo, En: row.NameEn}, Region: row.Region, Address: row.Address,
		Phone: row.Phone, TimeZone: row.TimeZone, Cutoff: row.CutoffMinutes,
		Hours: row.Hours, Status: row.Status,
	}
}

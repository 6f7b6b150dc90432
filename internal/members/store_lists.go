package members

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// StoreEntry is a store in a list for people: with where it is and how to reach it.
type StoreEntry struct {
	membersapi.Store
	Address string
	Phone   string
}

// ComingStore is a store that becomes somebody's on a day to come.
type ComingStore struct {
	membersapi.Store
	From businessday.Date
}

// ComingStores returns the stores that are planned to become the person's, the next one first.
func (s *Service) ComingStores(ctx context.Context, by auth.Principal) ([]ComingStore, error) {
	q := membersdb.New(s.db)
	planned, err := q.ComingStores(ctx, by.Member)
	if err != nil {
		return nil, fmt.Errorf("coming stores of %s: %w", by.Member, err)
	}
	stores := make([]ids.StoreID, len(planned))
	for i, p := range planned {
		stores[i] = p.StoreID
	}
	rows, err := q.StoresByID(ctx, uuids(stores))
	if err != nil {
		return nil, fmt.Errorf("coming stores of %s: %w", by.Member, err)
	}
	out := make([]ComingStore, 0, len(planned))
	for _, p := range planned {
		at := slices.IndexFunc(rows, func(row membersdb.Store) bool { return row.StoreID == p.StoreID })
		out = append(out, ComingStore{Store: storeOf(rows[at]), From: p.Since})
	}
	return out, nil
}

// OwnerNames returns by store who owns it now; nothing for stores without an owner. It returns ErrNotAllowed to whoever
// does not give stores to people.
func (s *Service) OwnerNames(ctx context.Context, by auth.Principal, stores []ids.StoreID) (map[ids.StoreID]string, error) {
	if !by.AtHQ() || !by.May(auth.ReviewSignUps) && !by.May(auth.ManageMembers) {
		return nil, ErrNotAllowed
	}
	rows, err := membersdb.New(s.db).OwnersNow(ctx, uuids(stores))
	if err != nil {
		return nil, fmt.Errorf("owners: %w", err)
	}
	names := make(map[ids.StoreID]string, len(rows))
	for _, r := range rows {
		names[r.StoreID] = r.Name
	}
	return names, nil
}

// StoresOf returns the stores that are the person's business, by code: all of them for HQ.
func (s *Service) StoresOf(ctx context.Context, by auth.Principal) ([]StoreEntry, error) {
	q := membersdb.New(s.db)
	var rows []membersdb.Store
	var err error
	if by.AtHQ() {
		rows, err = q.AllStores(ctx)
	} else {
		rows, err = q.StoresByID(ctx, uuids(by.Stores))
	}
	if err != nil {
		return nil, fmt.Errorf("stores of %s: %w", by.Member, err)
	}
	entries := make([]StoreEntry, len(rows))
	for i, row := range rows {
		entries[i] = StoreEntry{Store: storeOf(row), Address: row.Address, Phone: row.Phone}
	}
	return entries, nil
}

func uuids(stores []ids.StoreID) []uuid.UUID {
	out := make([]uuid.UUID, len(stores))
	for i, id := range stores {
		out[i] = id.UUID
	}
	return out
}

package members

import (
	"context"
	"fmt"

	"github.com/google/uuid"

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

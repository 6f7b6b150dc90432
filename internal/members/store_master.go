package members

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// FindStores says which stores a list shows; see Find.
type FindStores struct {
	Search        string // a part of the name, code, region, address or phone
	Region        string
	Status        membersapi.StoreStatus // empty: every status
	After, Before *Place
}

// StoreMaster is everything that headquarters keeps of a store.
type StoreMaster struct {
	ID   ids.StoreID
	Code string
	StoreCard
	OwnerID    ids.MemberID // zero: nobody
	OwnerName  string
	OwnerLogin string
}

// StorePage is one page of a list.
type StorePage struct {
	List       []StoreMaster
	All        int // that are found, on all pages
	Prev, Next *Place
}

// StoreMasters returns the stores that are looked for, by name.
func (s *Service) StoreMasters(ctx context.Context, by auth.Principal, find FindStores) (StorePage, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return StorePage{}, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	pattern, anyStatus := likePattern(find.Search), find.Status == ""
	if onlyDigits(folded(find.Search)) != "" {
		pattern = "%" + folded(find.Search) + "%" // phones of stores are kept as they were typed
	}
	all, err := q.CountStores(ctx, membersdb.CountStoresParams{Pattern: pattern, Region: find.Region, AnyStatus: anyStatus, Status: find.Status})
	if err != nil {
		return StorePage{}, fmt.Errorf("stores: %w", err)
	}
	var rows []membersdb.Store
	if find.Before != nil {
		rows, err = q.SearchStoresBack(ctx, membersdb.SearchStoresBackParams{
			Pattern: pattern, Region: find.Region, AnyStatus: anyStatus, Status: find.Status,
			BeforeName: find.Before.Name, BeforeID: find.Before.ID, Most: listRows + 1,
		})
	} else {
		after := placeOr(find.After)
		rows, err = q.SearchStores(ctx, membersdb.SearchStoresParams{
			Pattern: pattern, Region: find.Region, AnyStatus: anyStatus, Status: find.Status,
			AfterName: after.Name, AfterID: after.ID, Most: listRows + 1,
		})
	}
	if err != nil {
		return StorePage{}, fmt.Errorf("stores: %w", err)
	}
	page := StorePage{All: int(all)}
	rows, page.Prev, page.Next = window(rows, Find{After: find.After, Before: find.Before}, func(r membersdb.Store) Place { return Place{r.NameKo, r.StoreID.UUID} })
	page.List, err = masters(ctx, q, rows)
	if err != nil {
		return StorePage{}, fmt.Errorf("stores: %w", err)
	}
	return page, nil
}

func masters(ctx context.Context, q *membersdb.Queries, rows []membersdb.Store) ([]StoreMaster, error) {
	list, at, stores := make([]StoreMaster, len(rows)), make(map[ids.StoreID]int, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		list[i] = StoreMaster{ID: r.StoreID, Code: r.Code, StoreCard: cardOf(r)}
		at[r.StoreID], stores[i] = i, r.StoreID.UUID
	}
	owners, err := q.OwnersNow(ctx, stores)
	if err != nil {
		return nil, err
	}
	for _, o := range owners {
		m := &list[at[o.StoreID]]
		m.OwnerID, m.OwnerName, m.OwnerLogin = o.MemberID, o.Name, o.Login
	}
	return list, nil
}

// StoreMaster returns one store by its code, or ErrNoStore.
func (s *Service) StoreMaster(ctx context.Context, by auth.Principal, code string) (StoreMaster, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return StoreMaster{}, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	row, err := q.StoreByCode(ctx, code)
	if notFound(err) {
		return StoreMaster{}, ErrNoStore
	}
	if err != nil {
		return StoreMaster{}, fmt.Errorf("store %s: %w", code, err)
	}
	list, err := masters(ctx, q, []membersdb.Store{row})
	if err != nil {
		return StoreMaster{}, fmt.Errorf("store %s: %w", code, err)
	}
	return list[0], nil
}

// AllStoreMasters returns every store by code, for a file.
func (s *Service) AllStoreMasters(ctx context.Context, by auth.Principal) ([]StoreMaster, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return nil, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	rows, err := q.AllStores(ctx)
	if err != nil {
		return nil, fmt.Errorf("all stores: %w", err)
	}
	return masters(ctx, q, rows)
}

// Regions returns the regions in which there are stores, in order.
func (s *Service) Regions(ctx context.Context) ([]string, error) {
	all, err := s.Stores(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, store := range all {
		if store.Region != "" {
			out = append(out, store.Region)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

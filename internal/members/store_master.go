package members

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// FindStores says which stores a list shows; see Find.
type FindStores struct {
	Search        string // a part of the name, code, region, address or phone, or of the owner's name or login
	Region        string
	Statuses      []membersapi.StoreStatus // none: every status
	Owner         OwnerFilter
	After, Before *Place
}

// OwnerFilter chooses stores by whether they have an owner.
type OwnerFilter string

// The filters by owner; the empty one lets every store pass.
const (
	WithOwner    OwnerFilter = "with"
	WithoutOwner OwnerFilter = "without"
)

// StoreMaster is everything that headquarters keeps of a store.
type StoreMaster struct {
	ID       ids.StoreID
	Code     string
	Revision int64 // grows with every change
	StoreCard
	StatusNote  string     // why it has its status
	StatusSince *time.Time // nil: since it was added
	OpenedAt    time.Time  // when it was added
	ChangedAt   time.Time
	OwnerID     ids.MemberID // zero: nobody
	OwnerName   string
	OwnerLogin  string
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
	page, err := s.findStores(ctx, find, listRows)
	if err != nil {
		return StorePage{}, fmt.Errorf("stores: %w", err)
	}
	return page, nil
}

func (s *Service) findStores(ctx context.Context, find FindStores, most int) (StorePage, error) {
	q := membersdb.New(s.db)
	pattern, owned, err := s.storesSought(ctx, q, find.Search)
	if err != nil {
		return StorePage{}, err
	}
	statuses := make([]string, len(find.Statuses))
	for i, status := range find.Statuses {
		statuses[i] = string(status)
	}
	region, anyStatus, anyOwner, hasOwner := tidy(find.Region), len(statuses) == 0, find.Owner == "", find.Owner == WithOwner
	if !fits(region, maxSearch) {
		return StorePage{}, nil
	}
	all, err := q.CountStores(ctx, membersdb.CountStoresParams{
		Pattern: pattern, Owned: owned, Region: region, AnyStatus: anyStatus, Statuses: statuses, AnyOwner: anyOwner, HasOwner: hasOwner,
	})
	if err != nil {
		return StorePage{}, err
	}
	limit := int32(most + 1) //nolint:gosec // a constant of this package
	var rows []membersdb.Store
	if find.Before != nil {
		rows, err = q.SearchStoresBack(ctx, membersdb.SearchStoresBackParams{
			Pattern: pattern, Owned: owned, Region: region, AnyStatus: anyStatus, Statuses: statuses, AnyOwner: anyOwner, HasOwner: hasOwner,
			BeforeName: find.Before.Name, BeforeID: find.Before.ID, Most: limit,
		})
	} else {
		after := placeOr(find.After)
		rows, err = q.SearchStores(ctx, membersdb.SearchStoresParams{
			Pattern: pattern, Owned: owned, Region: region, AnyStatus: anyStatus, Statuses: statuses, AnyOwner: anyOwner, HasOwner: hasOwner,
			AfterName: after.Name, AfterID: after.ID, Most: limit,
		})
	}
	if err != nil {
		return StorePage{}, err
	}
	page := StorePage{All: int(all)}
	rows, page.Prev, page.Next = window(rows, most, Find{After: find.After, Before: find.Before}, func(r membersdb.Store) Place { return Place{r.NameKo, r.StoreID.UUID} })
	page.List, err = masters(ctx, q, rows)
	return page, err
}

// storesSought makes of what was typed a pattern, and finds the stores of owners whose name or login it is.
func (s *Service) storesSought(ctx context.Context, q *membersdb.Queries, search string) (pattern string, owned []uuid.UUID, err error) {
	pattern = likePattern(search)
	if pattern == "" {
		return "", nil, nil
	}
	owners, err := q.OwnersLike(ctx, pattern, storesFound)
	if err != nil {
		return "", nil, err
	}
	if len(owners) > 0 && len(owners) < storesFound { // more are no search for an owner
		people := make([]uuid.UUID, len(owners))
		for i, o := range owners {
			people[i] = o.MemberID.UUID
		}
		stores, err := q.StoresOwnedBy(ctx, people)
		if err != nil {
			return "", nil, err
		}
		owned = uuids(stores)
	}
	if onlyDigits(folded(search)) != "" {
		pattern = contains(folded(search)) // phones of stores are kept as they were typed
	}
	return pattern, owned, nil
}

func masters(ctx context.Context, q *membersdb.Queries, rows []membersdb.Store) ([]StoreMaster, error) {
	list, at, stores := make([]StoreMaster, len(rows)), make(map[ids.StoreID]int, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		list[i] = StoreMaster{
			ID: r.StoreID, Code: r.Code, Revision: r.Revision, StoreCard: cardOf(r),
			StatusNote: r.StatusNote, StatusSince: r.StatusSince, OpenedAt: r.OpenedAt, ChangedAt: r.ChangedAt,
		}
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

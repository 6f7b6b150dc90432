package members

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// directory is this replica's memory of the franchise and its stores. It loads itself on first use
// and then follows the events of members; an event only says which rows to read again, so that
// handling one late, twice or after a reload never brings back an older state.
type directory struct {
	db *postgres.DB

	loading sync.Mutex // one load at a time
	mu      sync.RWMutex
	loaded  bool
	founded *membersapi.Franchise
	byID    map[ids.StoreID]membersapi.Store
	byCode  map[string]ids.StoreID
	sorted  []membersapi.Store // by code; nil where it must be made anew; never written after it was made
}

// StoreByCode returns the store with the code, or ErrNoStore.
func (s *Service) StoreByCode(ctx context.Context, code string) (membersapi.Store, error) {
	d := s.directory
	if err := d.ensure(ctx); err != nil {
		return membersapi.Store{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if id, ok := d.byCode[code]; ok {
		return d.byID[id], nil
	}
	return membersapi.Store{}, ErrNoStore
}

// storeByID returns a store, or ErrNoStore.
func (s *Service) storeByID(ctx context.Context, id ids.StoreID) (membersapi.Store, error) {
	d := s.directory
	if err := d.ensure(ctx); err != nil {
		return membersapi.Store{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	store, ok := d.byID[id]
	if !ok {
		return membersapi.Store{}, ErrNoStore
	}
	return store, nil
}

// Stores returns every store by code. The slice is shared by all callers: read it, do not write to it.
func (s *Service) Stores(ctx context.Context) ([]membersapi.Store, error) {
	d := s.directory
	if err := d.ensure(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sorted == nil {
		d.sorted = make([]membersapi.Store, 0, len(d.byID))
		for _, store := range d.byID {
			d.sorted = append(d.sorted, store)
		}
		slices.SortFunc(d.sorted, func(a, b membersapi.Store) int { return strings.Compare(a.Code, b.Code) })
	}
	return slices.Clip(d.sorted), nil
}

// Franchise returns the franchise, or ErrNotFounded.
func (s *Service) Franchise(ctx context.Context) (membersapi.Franchise, error) {
	d := s.directory
	if err := d.ensure(ctx); err != nil {
		return membersapi.Franchise{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.founded == nil {
		return membersapi.Franchise{}, ErrNotFounded
	}
	return *d.founded, nil
}

func (d *directory) ensure(ctx context.Context) error {
	d.mu.RLock()
	loaded := d.loaded
	d.mu.RUnlock()
	if loaded {
		return nil
	}
	d.loading.Lock()
	defer d.loading.Unlock()
	d.mu.RLock()
	loaded = d.loaded
	d.mu.RUnlock()
	if loaded {
		return nil
	}
	return d.read(ctx)
}

// load reads everything anew.
func (d *directory) load(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	return d.read(ctx)
}

func (d *directory) read(ctx context.Context) error {
	rows, err := membersdb.New(d.db).AllStores(ctx)
	if err != nil {
		return fmt.Errorf("load stores: %w", err)
	}
	founded, err := d.readFranchise(ctx)
	if err != nil {
		return err
	}
	byID := make(map[ids.StoreID]membersapi.Store, len(rows))
	byCode := make(map[string]ids.StoreID, len(rows))
	for _, row := range rows {
		byID[row.StoreID], byCode[row.Code] = storeOf(row), row.StoreID
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byID, d.byCode, d.sorted, d.founded, d.loaded = byID, byCode, nil, founded, true
	return nil
}

func (d *directory) readFranchise(ctx context.Context) (*membersapi.Franchise, error) {
	row, err := membersdb.New(d.db).Franchise(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is a state of its own: not founded yet
	}
	if err != nil {
		return nil, fmt.Errorf("load franchise: %w", err)
	}
	f, err := franchiseOf(row)
	return &f, err
}

func (d *directory) loadFranchise(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	f, err := d.readFranchise(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.founded = f
	return nil
}

// changed follows what this replica itself has just committed. It cannot fail: where the rows cannot be
// read now, the next question reads everything.
func (d *directory) changed(ctx context.Context, store ids.StoreID) {
	if err := d.refresh(ctx, store); err != nil {
		d.forget()
	}
}

// forget makes the next question read everything; a reading that is under way does not count.
func (d *directory) forget() {
	d.loading.Lock()
	defer d.loading.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loaded = false
}

// refresh reads the named stores anew. Before the first load there is nothing to refresh.
func (d *directory) refresh(ctx context.Context, stores ...ids.StoreID) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	d.mu.RLock()
	loaded := d.loaded
	d.mu.RUnlock()
	if !loaded {
		return nil
	}
	rows, err := membersdb.New(d.db).StoresByID(ctx, uuids(stores))
	if err != nil {
		return fmt.Errorf("reload stores: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, row := range rows {
		d.byID[row.StoreID], d.byCode[row.Code] = storeOf(row), row.StoreID
	}
	d.sorted = nil
	return nil
}

// follow hears what any replica changed.
func (d *directory) follow(ctx context.Context, batch []outbox.Delivery) error {
	var changed []ids.StoreID
	for _, delivery := range batch {
		switch e := delivery.Event.(type) {
		case membersapi.StoreOpened:
			changed = append(changed, e.Store.ID)
		case membersapi.StoreChanged:
			changed = append(changed, e.Store.ID)
		case membersapi.FranchiseFounded:
			if err := d.loadFranchise(ctx); err != nil {
				return err
			}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return d.refresh(ctx, changed...)
}

func storeOf(row membersdb.Store) membersapi.Store {
	return cardOf(row).store(row.StoreID, row.Code)
}

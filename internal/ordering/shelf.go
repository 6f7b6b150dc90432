package ordering

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
)

// shelf is what this replica knows without asking the database: the menu, the stores, and what each
// store cannot make or has limited. It is loaded whole at the start and after any break, and follows
// ordering's own outbox in between. A shopFront and a menuIndex are replaced, never changed, so a Sellable
// stays consistent while it is used.
type shelf struct {
	mu     sync.RWMutex // of the fields, and of what is in stores
	menu   *menuIndex
	stores map[ids.StoreID]*shopFront
	fresh  time.Time // when the shelf last heard from the outbox
	since  time.Time // when the menu was loaded
}

// shopFront is one store on the shelf.
type shopFront struct {
	code   string
	name   lang.Text
	clock  businessday.Clock
	status membersapi.StoreStatus
	blocks map[blockKey]string // reason by what is blocked
	limits map[businessday.Date]dayLimits
}

type blockKey struct {
	item   ids.ItemID
	size   ids.SizeID   // zero: every size
	option ids.OptionID // zero: the size itself
}

// dayLimits are the limits of a store on one business day.
type dayLimits struct {
	revision int32 // how often they were changed; an order is stored only where it knows of the last change
	items    map[ids.ItemID]limit
}

type limit struct{ quantity, sold int }

// revise notes a revision, and must be called before limits are read: limits that are newer than their
// revision only send orders the careful way until the shelf has followed, older ones would be taken as new.
func (f *shopFront) revise(date businessday.Date, revision int32) {
	f.limits[date] = dayLimits{revision, map[ids.ItemID]limit{}}
}

// limit notes a limit. Its day has no revision where the limit came after revisions were read, or from an
// older program that counts none.
func (f *shopFront) limit(date businessday.Date, item ids.ItemID, quantity, sold int32) {
	if _, ok := f.limits[date]; !ok {
		f.revise(date, 0)
	}
	f.limits[date].items[item] = limit{int(quantity), int(sold)}
}

// menuIndex is a menu with the ways into it.
type menuIndex struct {
	menu    catalogapi.Menu
	items   map[ids.ItemID]*catalogapi.Item
	groups  map[ids.OptionGroupID]*catalogapi.OptionGroup
	options map[ids.OptionID]*catalogapi.OptionGroup // the group an option is in
}

func newShelf() *shelf { return &shelf{stores: map[ids.StoreID]*shopFront{}} }

func indexMenu(m catalogapi.Menu) *menuIndex {
	ix := &menuIndex{
		menu:    m,
		items:   make(map[ids.ItemID]*catalogapi.Item, len(m.Items)),
		groups:  make(map[ids.OptionGroupID]*catalogapi.OptionGroup, len(m.Groups)),
		options: map[ids.OptionID]*catalogapi.OptionGroup{},
	}
	for i := range m.Items {
		ix.items[m.Items[i].ID] = &m.Items[i]
	}
	for i := range m.Groups {
		g := &m.Groups[i]
		ix.groups[g.ID] = g
		for _, o := range g.Options {
			ix.options[o.ID] = g
		}
	}
	return ix
}

// everyLane is the lanes argument of reads that load the shelf.
var everyLane = func() []int16 {
	lanes := make([]int16, ids.Lanes)
	for i := range lanes {
		lanes[i] = int16(i)
	}
	return lanes
}()

// loadShelf reads everything and replaces the shelf.
func (s *Service) loadShelf(ctx context.Context) error {
	q := orderingdb.New(s.db)
	menu, err := loadMenu(ctx, q)
	if err != nil {
		return err
	}
	rows, err := q.AllStores(ctx, everyLane)
	if err != nil {
		return fmt.Errorf("load stores: %w", err)
	}
	stores := make(map[ids.StoreID]*shopFront, len(rows))
	for _, r := range rows {
		if stores[r.StoreID], err = newShopFront(r); err != nil {
			return fmt.Errorf("load store %s: %w", r.Code, err)
		}
	}
	blocks, err := q.AllUnavailable(ctx, everyLane)
	if err != nil {
		return fmt.Errorf("load availability: %w", err)
	}
	for _, b := range blocks {
		if f := stores[b.StoreID]; f != nil {
			f.blocks[blockKey{b.ItemID, b.SizeID, b.OptionID}] = b.Reason
		}
	}
	revisions, err := q.AllLimitRevisions(ctx, everyLane, s.limitsSince())
	if err != nil {
		return fmt.Errorf("load revisions of limits: %w", err)
	}
	for _, r := range revisions {
		if f := stores[r.StoreID]; f != nil {
			f.revise(r.BusinessDate, r.LimitRevision)
		}
	}
	limits, err := q.AllDailyLimits(ctx, everyLane, s.limitsSince())
	if err != nil {
		return fmt.Errorf("load daily limits: %w", err)
	}
	for _, l := range limits {
		if f := stores[l.StoreID]; f != nil {
			f.limit(l.BusinessDate, l.ItemID, l.QuantityLimit, l.Sold)
		}
	}
	s.shelf.mu.Lock()
	s.shelf.menu, s.shelf.stores, s.shelf.fresh = menu, stores, s.now()
	s.shelf.since = s.shelf.fresh
	s.shelf.mu.Unlock()
	s.tellAll(Changed{Sellable: true})
	return nil
}

// limitsSince is the first business date that can still be running in any time zone.
func (s *Service) limitsSince() businessday.Date {
	return businessday.DateOf(s.now().UTC()).AddDays(-2)
}

// followShelf brings the shelf up to date with what ordering itself has taken over since.
func (s *Service) followShelf(ctx context.Context, batch []outbox.Delivery) error {
	stores := map[ids.StoreID]bool{}
	menu := false
	for _, d := range batch {
		switch e := d.Event.(type) {
		case orderingapi.MenuTaken:
			menu = true
		case orderingapi.StoreTaken:
			stores[e.StoreID] = true
		case orderingapi.SellableChanged:
			stores[e.StoreID] = true
		}
	}
	if menu {
		if err := s.reloadMenu(ctx); err != nil {
			return err
		}
	}
	for id := range stores {
		if err := s.reloadStore(ctx, id); err != nil {
			return err
		}
	}
	s.shelf.mu.Lock()
	s.shelf.fresh = s.now()
	s.shelf.mu.Unlock()
	if menu {
		s.tellAll(Changed{Sellable: true})
		return nil
	}
	for id := range stores {
		s.tell(Changed{StoreID: id, Sellable: true})
	}
	return nil
}

func (s *Service) reloadMenu(ctx context.Context) error {
	menu, err := loadMenu(ctx, orderingdb.New(s.db))
	if err != nil {
		return err
	}
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.shelf.menu, s.shelf.since = menu, s.now()
	return nil
}

func loadMenu(ctx context.Context, q *orderingdb.Queries) (*menuIndex, error) {
	doc, err := q.LatestMenu(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // no menu was published yet, which is not an error
	}
	if err != nil {
		return nil, fmt.Errorf("load menu: %w", err)
	}
	var menu catalogapi.Menu
	if err := json.Unmarshal(doc, &menu); err != nil {
		return nil, fmt.Errorf("load menu: %w", err)
	}
	return indexMenu(menu), nil
}

// reloadStore reads one store anew. A store that ordering no longer has is dropped.
func (s *Service) reloadStore(ctx context.Context, id ids.StoreID) error {
	q := orderingdb.New(s.db)
	front, err := s.loadStore(ctx, q, id)
	if err != nil {
		return fmt.Errorf("reload store %s: %w", id, err)
	}
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	if front == nil {
		delete(s.shelf.stores, id)
	} else {
		s.shelf.stores[id] = front
	}
	return nil
}

func (s *Service) loadStore(ctx context.Context, q *orderingdb.Queries, id ids.StoreID) (*shopFront, error) {
	r, err := q.StoreByID(ctx, id.Lane(), id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // the store is gone, which is not an error
	}
	if err != nil {
		return nil, err
	}
	front, err := newShopFront(r)
	if err != nil {
		return nil, err
	}
	blocks, err := q.UnavailableOfStore(ctx, id.Lane(), id)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		front.blocks[blockKey{b.ItemID, b.SizeID, b.OptionID}] = b.Reason
	}
	revisions, err := q.LimitRevisionsOfStore(ctx, id.Lane(), id, s.limitsSince())
	if err != nil {
		return nil, err
	}
	for _, r := range revisions {
		front.revise(r.BusinessDate, r.LimitRevision)
	}
	limits, err := q.DailyLimitsOfStore(ctx, id.Lane(), id, s.limitsSince())
	if err != nil {
		return nil, err
	}
	for _, l := range limits {
		front.limit(l.BusinessDate, l.ItemID, l.QuantityLimit, l.Sold)
	}
	return front, nil
}

func newShopFront(r orderingdb.OrderingStore) (*shopFront, error) {
	clock, err := businessday.NewClock(r.TimeZone, r.CutoffMinutes)
	if err != nil {
		return nil, err
	}
	return &shopFront{
		code: r.Code, name: lang.Text{Ko: r.NameKo, En: r.NameEn}, clock: clock, status: r.Status,
		blocks: map[blockKey]string{}, limits: map[businessday.Date]dayLimits{},
	}, nil
}

// uuidsOf turns typed ids into the array form of a query parameter.
func uuidsOf[T any](list []T, id func(T) uuid.UUID) []uuid.UUID {
	out := make([]uuid.UUID, len(list))
	for i, v := range list {
		out[i] = id(v)
	}
	return out
}

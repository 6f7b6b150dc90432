package stats_test

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/stats"
)

func TestSalesAreSummedByStoreDayHourItemAndCategory(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	gangnam, mapo := ids.NewStoreID(), ids.NewStoreID()
	latte, tea := newProduct(4500), newProduct(3300)
	c.publish("members",
		membersapi.StoreOpened{Store: membersapi.Store{ID: gangnam, Code: "gangnam", Name: lang.Text{Ko: "강남점"}, Region: "서울"}},
		membersapi.StoreOpened{Store: membersapi.Store{ID: mapo, Code: "mapo", Name: lang.Text{Ko: "마포점"}, Region: "서울"}})
	c.publish("ordering",
		accepted(gangnam, "2026-11-20", 9, latte.line(2), tea.line(1)), // 12,300
		accepted(gangnam, "2026-11-20", 9, latte.line(1)),              // 4,500
		accepted(gangnam, "2026-11-21", 10, tea.line(3)),               // 9,900
		accepted(mapo, "2026-12-01", 9, latte.line(1)))                 // 4,500
	c.drain()
	c.drain() // a second time has nothing left to add

	all := stats.Over{From: day("2026-11-01"), To: day("2026-12-31")}
	want := stats.Sales{Goods: stats.Goods{Units: 8, Revenue: 31200}, Orders: 4, Tax: 1118 + 409 + 900 + 409}
	if diff := cmp.Diff(want, c.totals(all)); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	one := all
	one.Store = mapo
	if got := c.totals(one).Revenue; got != 4500 {
		t.Errorf("revenue of one store = %d, want 4500", got)
	}
	if got := len(read(t, c.SalesByDay, all)); got != 3 {
		t.Errorf("%d days, want 3", got)
	}
	months := read(t, c.SalesByMonth, all)
	if len(months) != 2 || months[0].Month != day("2026-11-01") || months[0].Revenue != 26700 || months[1].Revenue != 4500 {
		t.Errorf("months = %+v", months)
	}
	hours := read(t, c.SalesByHour, all)
	if len(hours) != 2 || hours[0].Hour != 9 || hours[0].Orders != 3 || hours[1].Revenue != 9900 {
		t.Errorf("hours = %+v", hours)
	}
	stores := read(t, c.SalesByStore, all)
	if len(stores) != 2 || stores[0].Code != "gangnam" || stores[0].Revenue != 26700 || stores[1].Name.Ko != "마포점" {
		t.Errorf("stores = %+v", stores)
	}
	categories := read(t, c.SalesByCategory, all)
	if len(categories) != 2 || categories[0].CategoryID != latte.category || categories[0].Revenue != 18000 || categories[1].Units != 4 {
		t.Errorf("categories = %+v", categories)
	}
	early := all
	early.Hours = []int{0, 9}
	if got := c.totals(early).Orders; got != 3 {
		t.Errorf("orders before ten = %d, want 3", got)
	}
}

func TestACancellationCountsOnTheDayItHappens(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store, latte := ids.NewStoreID(), newProduct(4500)
	order := accepted(store, "2026-11-20", 21, latte.line(2))
	c.publish("ordering", order)
	c.publish("ordering", cancelled(order, "2026-11-21", 8))
	c.drain()

	days := read(t, c.SalesByDay, stats.Over{From: day("2026-11-20"), To: day("2026-11-21")})
	want := []stats.DaySales{
		{Date: day("2026-11-20"), Sales: stats.Sales{Goods: stats.Goods{Units: 2, Revenue: 9000}, Orders: 1, Tax: 818}},
		{Date: day("2026-11-21"), Sales: stats.Sales{
			Goods: stats.Goods{CancelledUnits: 2, CancelledRevenue: 9000}, CancelledOrders: 1, CancelledTax: 818,
		}},
	}
	if diff := cmp.Diff(want, days, dates); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if got := days[1].Net(); got != -9000 {
		t.Errorf("net of the day of the cancellation = %d, want -9000", got)
	}
	items, err := c.TopItems(t.Context(), stats.Over{From: day("2026-11-20"), To: day("2026-11-21")}, stats.ByUnits, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 1 || items[0].NetUnits() != 0 || items[0].Net() != 0 || items[0].Units != 2 {
		t.Errorf("items over both days = %+v", items)
	}
}

func TestAnEventThatCannotBeAddedDoesNotCountItsNeighboursTwice(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store, latte := ids.NewStoreID(), newProduct(4500)
	c.publish("ordering",
		accepted(store, "2026-11-20", 9, latte.line(1)),
		accepted(store, "2026-11-20", 25, latte.line(1)), // no such hour: the whole batch rolls back and is replayed
		accepted(store, "2026-11-20", 10, latte.line(1)))
	c.drain()
	c.drain()

	got := c.totals(stats.Over{From: day("2026-11-20"), To: day("2026-11-20")})
	if got.Orders != 2 || got.Revenue != 9000 {
		t.Errorf("orders = %d, revenue = %d; want the two good ones, 9000", got.Orders, got.Revenue)
	}
}

func TestDispatchersThatShareTheWorkCountEverythingOnce(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	latte := newProduct(4500)
	const stores, orders = 20, 15
	for range stores {
		store := ids.NewStoreID()
		var events []event.Event
		for i := range orders {
			events = append(events, accepted(store, "2026-11-20", 8+i%5, latte.line(1)))
		}
		c.publish("ordering", events...)
	}
	var group errgroup.Group
	for range 3 {
		var subs outbox.Subscriptions
		c.Subscribe(&subs)
		group.Go(func() error {
			return outbox.NewDispatcher(c.dbs, &subs, slog.New(slog.DiscardHandler)).Drain(t.Context())
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	c.drain()
	if got := c.totals(stats.Over{From: day("2026-11-20"), To: day("2026-11-20")}); got.Orders != stores*orders || got.Revenue != stores*orders*4500 {
		t.Errorf("orders = %d, revenue = %d", got.Orders, got.Revenue)
	}
}

func TestNamesFollowTheNewestMenuAndOutliveIt(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store, latte, tea := ids.NewStoreID(), newProduct(4500), newProduct(3300)
	menu := func(version int64, items ...catalogapi.Item) catalogapi.MenuPublished {
		return catalogapi.MenuPublished{Menu: catalogapi.Menu{Version: version, Items: items, Categories: []catalogapi.Category{
			{ID: latte.category, Code: "coffee", Name: lang.Text{Ko: "커피", En: "Coffee"}},
		}}}
	}
	c.publish("ordering", accepted(store, "2026-11-20", 9, latte.line(2), tea.line(1)))
	c.publish("catalog", menu(1,
		catalogapi.Item{ID: latte.item, Code: "latte", Name: lang.Text{Ko: "라떼", En: "Latte"}},
		catalogapi.Item{ID: tea.item, Code: "tea", Name: lang.Text{Ko: "홍차"}}))
	c.publish("catalog", menu(2, catalogapi.Item{ID: latte.item, Code: "latte", Name: lang.Text{Ko: "카페 라떼", En: "Caffè latte"}}))
	c.drain()

	items, err := c.TopItems(t.Context(), stats.Over{From: day("2026-11-20"), To: day("2026-11-20")}, stats.ByRevenue, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 2 || items[0].Name.Ko != "카페 라떼" || items[1].Name.Ko != "홍차" || items[1].Code != "tea" {
		t.Errorf("items = %+v", items)
	}
	categories := read(t, c.SalesByCategory, stats.Over{From: day("2026-11-20"), To: day("2026-11-20")})
	if len(categories) != 2 || categories[0].Name.En != "Coffee" || categories[1].Name.Ko != "" {
		t.Errorf("categories = %+v", categories)
	}
}

func TestAStoreThatIsRenamedShowsItsNewName(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store := membersapi.Store{ID: ids.NewStoreID(), Code: "mapo", Name: lang.Text{Ko: "마포점"}}
	c.publish("members", membersapi.StoreOpened{Store: store})
	store.Name.Ko, store.Code = "마포역점", "mapo-station"
	c.publish("members", membersapi.StoreChanged{Store: store})
	c.publish("ordering", accepted(store.ID, "2026-11-20", 9, newProduct(4500).line(1)))
	c.drain()
	stores := read(t, c.SalesByStore, stats.Over{From: day("2026-11-20"), To: day("2026-11-20")})
	if len(stores) != 1 || stores[0].Name.Ko != "마포역점" || stores[0].Code != "mapo-station" {
		t.Errorf("stores = %+v", stores)
	}
}

func TestWhoWatchesReadsTheNewFigures(t *testing.T) {
	t.Parallel()
	store := ids.NewStoreID()
	var seen []int64
	c := newChain(t, func(s *stats.Service) {
		s.Watch(func(changed ids.StoreID) {
			if changed.IsZero() {
				return
			}
			sum, err := s.Totals(t.Context(), stats.Over{Store: changed, From: day("2026-11-20"), To: day("2026-11-20")})
			if err != nil {
				t.Error(err)
			}
			seen = append(seen, sum.Orders)
		})
	})
	c.drain()
	c.publish("ordering", accepted(store, "2026-11-20", 9, newProduct(4500).line(1)), accepted(store, "2026-11-20", 9, newProduct(4500).line(1)))
	c.drain()
	c.publish("ordering", accepted(store, "2026-11-20", 10, newProduct(4500).line(1)))
	c.drain()
	if diff := cmp.Diff([]int64{2, 3}, seen); diff != "" {
		t.Errorf("orders seen at each hint (-want +got):\n%s", diff)
	}
}

func TestARangeMustMakeSense(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		over stats.Over
		want error
	}{
		"backwards": {stats.Over{From: day("2026-11-20"), To: day("2026-11-19")}, stats.ErrBackwards},
		"too long":  {stats.Over{From: day("1990-01-01"), To: day("2026-11-19")}, stats.ErrTooLong},
		"one day":   {stats.Over{From: day("2026-11-20"), To: day("2026-11-20")}, nil},
	} {
		if got := tc.over.Check(); !errors.Is(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestDaysWithSalesAreKnown(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store := ids.NewStoreID()
	if first, last, err := c.SoldDays(t.Context(), store); err != nil || !first.IsZero() || !last.IsZero() {
		t.Errorf("before any sale: %v to %v, %v", first, last, err)
	}
	c.publish("ordering",
		accepted(store, "2026-11-18", 9, newProduct(4500).line(1)), accepted(store, "2026-11-20", 9, newProduct(4500).line(1)))
	c.drain()
	if first, last, err := c.SoldDays(t.Context(), store); err != nil || first != day("2026-11-18") || last != day("2026-11-20") {
		t.Errorf("after: %v to %v, %v", first, last, err)
	}
}

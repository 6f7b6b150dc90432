package ordering_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/membersapi"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// shop is two stores with a small menu, and a clock that stands still until a test moves it.
type shop struct {
	t     testing.TB
	url   string
	dbs   *postgres.Databases
	svc   *ordering.Service
	disp  *outbox.Dispatcher
	heard *recorder

	gangnam, jeju ids.StoreID
	barista       auth.Principal // works at gangnam, and may cancel what is being made
	menu          catalogapi.Menu
	latte, cookie catalogapi.Item
	oat, regular  ids.OptionID
	shot          ids.OptionID

	mu  sync.Mutex
	now time.Time
}

// recorder is what another context would have heard.
type recorder struct {
	mu        sync.Mutex
	accepted  []orderingapi.OrderAccepted
	moved     []orderingapi.OrderStatusChanged
	cancelled []orderingapi.OrderCancelled
}

func (r *recorder) take(_ context.Context, _ pgx.Tx, batch []outbox.Delivery) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range batch {
		switch e := d.Event.(type) {
		case orderingapi.OrderAccepted:
			r.accepted = append(r.accepted, e)
		case orderingapi.OrderStatusChanged:
			r.moved = append(r.moved, e)
		case orderingapi.OrderCancelled:
			r.cancelled = append(r.cancelled, e)
		}
	}
	return nil
}

func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shop) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func newShop(t testing.TB) *shop {
	t.Helper()
	url := pgtest.NewURL(t)
	s := &shop{t: t, url: url, dbs: pgtest.Open(t, url), heard: &recorder{}, gangnam: ids.NewStoreID(), jeju: ids.NewStoreID(), now: time.Now().Truncate(time.Microsecond)}
	for s.jeju.Lane() == s.gangnam.Lane() {
		s.jeju = ids.NewStoreID() // the stores are in lanes of their own
	}
	s.svc = ordering.New(s.dbs.Context("ordering"), s.clock)
	var subs outbox.Subscriptions
	s.svc.Subscribe(&subs)
	subs.On("stats.heard", s.heard.take, outbox.Of[orderingapi.OrderAccepted](), outbox.Of[orderingapi.OrderStatusChanged](), outbox.Of[orderingapi.OrderCancelled]())
	s.disp = outbox.NewDispatcher(s.dbs, &subs, slog.New(slog.DiscardHandler), outbox.WithoutNotify())
	s.barista = auth.Principal{Member: ids.NewMemberID(), Name: "수진", Role: auth.Manager, Stores: []ids.StoreID{s.gangnam}}
	s.buildMenu()
	s.publish("members",
		membersapi.StoreOpened{Store: membersapi.Store{ID: s.gangnam, Code: "gangnam", Name: lang.Text{Ko: "강남점"}, TimeZone: "Asia/Seoul", Cutoff: 300}},
		membersapi.StoreOpened{Store: membersapi.Store{ID: s.jeju, Code: "jeju", Name: lang.Text{Ko: "제주점"}, TimeZone: "Asia/Seoul"}})
	s.publish("catalog", catalogapi.MenuPublished{Menu: s.menu})
	s.drain()
	return s
}

// replica is ordering once more on the shop's database, reached at url.
func (s *shop) replica(url string, options ...ordering.Option) *ordering.Service {
	s.t.Helper()
	return s.replicaAt(url, s.clock, options...)
}

func (s *shop) replicaAt(url string, clock func() time.Time, options ...ordering.Option) *ordering.Service {
	s.t.Helper()
	dbs := pgtest.Open(s.t, url)
	svc := ordering.New(dbs.Context("ordering"), clock, options...)
	var subs outbox.Subscriptions
	svc.Subscribe(&subs)
	if err := outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler), outbox.WithoutNotify()).Drain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return svc
}

func (s *shop) buildMenu() {
	s.regular, s.oat, s.shot = ids.NewOptionID(), ids.NewOptionID(), ids.NewOptionID()
	coffee := catalogapi.Category{ID: ids.NewCategoryID(), Code: "coffee", Name: lang.Text{Ko: "커피", En: "Coffee"}}
	milk := catalogapi.OptionGroup{ID: ids.NewOptionGroupID(), Code: "milk", Name: lang.Text{Ko: "우유", En: "Milk"}, Min: 1, Max: 1, Options: []catalogapi.Option{
		{ID: s.regular, Name: lang.Text{Ko: "일반 우유", En: "Regular"}, Default: true, MaxQuantity: 1},
		{ID: s.oat, Name: lang.Text{Ko: "오트 우유", En: "Oat"}, Price: 700, MaxQuantity: 1},
	}}
	extra := catalogapi.OptionGroup{ID: ids.NewOptionGroupID(), Code: "extra", Name: lang.Text{Ko: "추가", En: "Extras"}, Max: 5, Options: []catalogapi.Option{
		{ID: s.shot, Name: lang.Text{Ko: "샷", En: "Shot"}, Price: 500, MaxQuantity: 4},
	}}
	s.latte = catalogapi.Item{
		ID: ids.NewItemID(), Code: "latte", Category: coffee.ID, Name: lang.Text{Ko: "카페라떼", En: "Latte"},
		Groups: []ids.OptionGroupID{milk.ID, extra.ID}, Sizes: []catalogapi.Size{
			{ID: ids.NewSizeID(), Code: "regular", Name: lang.Text{Ko: "레귤러", En: "Regular"}, Price: 5000},
			{ID: ids.NewSizeID(), Code: "large", Name: lang.Text{Ko: "라지", En: "Large"}, Price: 5500},
		},
	}
	s.cookie = catalogapi.Item{
		ID: ids.NewItemID(), Code: "cookie", Category: coffee.ID, Name: lang.Text{Ko: "쿠키", En: "Cookie"}, TaxFree: true,
		Sizes: []catalogapi.Size{{ID: ids.NewSizeID(), Code: "one", Name: lang.Text{Ko: "1개", En: "One"}, Price: 3200}},
	}
	s.menu = catalogapi.Menu{
		Version: 1, Currency: "KRW", Categories: []catalogapi.Category{coffee},
		Items: []catalogapi.Item{s.latte, s.cookie}, Groups: []catalogapi.OptionGroup{milk, extra},
	}
}

// publish stores events in a context's outbox, as the context itself would.
func (s *shop) publish(from string, events ...event.Event) {
	s.t.Helper()
	err := s.dbs.Context(from).InTx(s.t.Context(), func(tx pgx.Tx) error { return outbox.Publish(s.t.Context(), tx, events...) })
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) drain() {
	s.t.Helper()
	if err := s.disp.Drain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) sellOut(item ids.ItemID, size ids.SizeID, option ids.OptionID, available bool) {
	s.t.Helper()
	s.publish("inventory", inventoryapi.AvailabilityChanged{StoreID: s.gangnam, At: s.clock(), Changes: []inventoryapi.Availability{
		{ItemID: item, SizeID: size, OptionID: option, Available: available, Reason: "stock:milk"},
	}})
	s.drain()
}

// lattes is n oat lattes with a shot: (5000 + 700 + 500) × n.
func (s *shop) lattes(n int) ordering.OrderLine {
	return ordering.OrderLine{Choice: ordering.Choice{
		ItemID: s.latte.ID, SizeID: s.latte.Sizes[0].ID, Quantity: n,
		Options: []ordering.ChosenOption{{OptionID: s.oat, Quantity: 1}, {OptionID: s.shot, Quantity: 1}},
	}}
}

func (s *shop) cookies(n int) ordering.OrderLine {
	return ordering.OrderLine{Choice: ordering.Choice{ItemID: s.cookie.ID, SizeID: s.cookie.Sizes[0].ID, Quantity: n}}
}

// order is a takeaway order at gangnam, paid in cash to the won.
func (s *shop) order(total money.Amount, lines ...ordering.OrderLine) ordering.PlaceOrder {
	return ordering.PlaceOrder{
		ID: ids.NewOrderID(), StoreID: s.gangnam, Channel: orderingapi.Register, Dining: dining.Takeaway,
		Lines: lines, Tenders: []ordering.Tender{{Kind: ordering.Cash, Amount: total}},
	}
}

func (s *shop) place(cmd ordering.PlaceOrder) ordering.Receipt {
	s.t.Helper()
	r, err := s.svc.PlaceOrder(s.t.Context(), s.barista, cmd)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// stored counts the rows that orders left anywhere in the schema.
func (s *shop) stored() (orders int) {
	s.t.Helper()
	err := s.dbs.Context("ordering").QueryRow(s.t.Context(), `SELECT (SELECT count(*) FROM ordering.orders) + (SELECT count(*) FROM ordering.order_line)
		+ (SELECT count(*) FROM ordering.payment) + (SELECT count(*) FROM ordering.pickup_counter)
		+ (SELECT count(*) FROM ordering.outbox WHERE kind = 'ordering.order_accepted')`).Scan(&orders)
	if err != nil {
		s.t.Fatal(err)
	}
	return orders
}

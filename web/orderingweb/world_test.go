package orderingweb_test

import (
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

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
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
	"maru/web/orderingweb"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
	"maru/web/webkit/webtest"
)

// world is two stores with a menu, their pages and the API, and a clock that the test turns.
type world struct {
	*webtest.Server
	*ordering.Service

	t          *testing.T
	dbs        *postgres.Databases
	dispatcher *outbox.Dispatcher
	gangnam    membersapi.Store
	mapo       membersapi.Store
	barista    auth.Principal // of gangnam
	menu       catalogapi.Menu

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T) *world { return newWorldWith(t, sampleMenu(), nil) }

func newWorldWith(t *testing.T, menu catalogapi.Menu, sessions webkit.Sessions) *world {
	t.Helper()
	w := &world{
		t: t, dbs: pgtest.New(t), menu: menu, now: time.Now().Truncate(time.Millisecond),
		gangnam: webtest.Store("gangnam", "강남역점"), mapo: webtest.Store("mapo", "마포점"),
	}
	w.gangnam.Name.En, w.gangnam.Cutoff = "Gangnam Station", 0
	w.barista = webtest.Manager("김수진", w.gangnam)
	w.Service = ordering.New(w.dbs.Context("ordering"), w.clock)
	w.Server = webtest.Start(t, webkit.Options{Sessions: sessions, Stores: webtest.Stores{w.gangnam, w.mapo}, Now: w.clock}, func(site *webkit.Site) {
		orderingweb.Register(site, w.Service)
		api := apikit.New(slog.New(slog.DiscardHandler), "test")
		orderingweb.RegisterAPI(api, w.Service)
		api.Mount(site.Router())
	})
	var subs outbox.Subscriptions
	w.Service.Subscribe(&subs)
	w.dispatcher = outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler), outbox.WithoutNotify())
	w.publish("members", membersapi.StoreOpened{Store: w.gangnam}, membersapi.StoreOpened{Store: w.mapo})
	if len(menu.Items) > 0 {
		w.publish("catalog", catalogapi.MenuPublished{Menu: menu})
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// publish stores events of a context and waits until ordering has taken them in.
func (w *world) publish(from string, events ...event.Event) {
	w.t.Helper()
	outboxtest.Publish(w.t, w.dbs, from, events...)
	w.drain()
}

func (w *world) drain() {
	w.t.Helper()
	if err := w.dispatcher.Drain(w.t.Context()); err != nil {
		w.t.Fatalf("drain: %v", err)
	}
}

// soldOut says for gangnam whether an item, in a size (zero: every one), or an option on it can be made.
func (w *world) soldOut(item ids.ItemID, size ids.SizeID, option ids.OptionID, out bool) {
	w.t.Helper()
	w.publish("inventory", inventoryapi.AvailabilityChanged{StoreID: w.gangnam.ID, At: w.clock(), Changes: []inventoryapi.Availability{
		{ItemID: item, SizeID: size, OptionID: option, Available: !out, Reason: "stock:milk"},
	}})
}

// item returns an item of the menu by its code.
func (w *world) item(code string) catalogapi.Item {
	w.t.Helper()
	for _, i := range w.menu.Items {
		if i.Code == code {
			return i
		}
	}
	w.t.Fatalf("no item %s", code)
	return catalogapi.Item{}
}

func (w *world) group(code string) catalogapi.OptionGroup {
	w.t.Helper()
	for _, g := range w.menu.Groups {
		if g.Code == code {
			return g
		}
	}
	w.t.Fatalf("no group %s", code)
	return catalogapi.OptionGroup{}
}

// orders counts what is stored of orders, so that a test can say "nothing".
func (w *world) orders() int {
	w.t.Helper()
	n := 0
	for _, store := range []membersapi.Store{w.gangnam, w.mapo} {
		list, err := w.Board(w.t.Context(), webtest.HQ("본사"), store.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		n += len(list)
	}
	return n
}

// place puts an order of one kind of thing onto the board.
func (w *world) place(code string, quantity int) ordering.Receipt {
	w.t.Helper()
	return w.placeAs(ids.NewOrderID(), code, quantity)
}

// placeAs is place with an id that was made before.
func (w *world) placeAs(id ids.OrderID, code string, quantity int) ordering.Receipt {
	w.t.Helper()
	i := w.item(code)
	sell, err := w.Sellable(w.gangnam.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	choice := ordering.Choice{ItemID: i.ID, SizeID: i.Sizes[0].ID, Quantity: quantity, Options: w.usual(i)}
	line, err := sell.Price(choice)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.PlaceOrder(w.t.Context(), w.barista, ordering.PlaceOrder{
		ID: id, StoreID: w.gangnam.ID, Channel: orderingapi.Register, Dining: dining.Takeaway, Lines: []ordering.OrderLine{{Choice: choice}},
		Tenders: []ordering.Tender{{Kind: ordering.Card, Amount: line.Total, Approval: "12345678"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) usual(i catalogapi.Item) []ordering.ChosenOption {
	var out []ordering.ChosenOption
	for _, id := range i.Groups {
		for _, g := range w.menu.Groups {
			if g.ID != id {
				continue
			}
			for _, o := range g.Options {
				if o.Default {
					out = append(out, ordering.ChosenOption{OptionID: o.ID, Quantity: 1})
				}
			}
		}
	}
	return out
}

// sampleMenu is a coffee shop's: drinks with temperature, milk and extras, and things from the counter.
func sampleMenu() catalogapi.Menu {
	temperature := catalogapi.OptionGroup{ID: ids.NewOptionGroupID(), Code: "temperature", Name: lang.Text{Ko: "온도", En: "Temperature"}, Min: 1, Max: 1, Options: []catalogapi.Option{
		option("hot", "핫", "Hot", 0, 1), option("iced", "아이스", "Iced", 0, 1),
	}}
	milk := catalogapi.OptionGroup{ID: ids.NewOptionGroupID(), Code: "milk", Name: lang.Text{Ko: "우유", En: "Milk"}, Min: 1, Max: 1, Options: []catalogapi.Option{
		option("regular", "일반 우유", "Regular milk", 0, 1), option("oat", "오트 우유", "Oat milk", 700, 1), option("low-fat", "저지방 우유", "Low-fat milk", 0, 1),
	}}
	milk.Options[0].Default = true
	extras := catalogapi.OptionGroup{ID: ids.NewOptionGroupID(), Code: "extras", Name: lang.Text{Ko: "추가", En: "Extras"}, Max: 5, Options: []catalogapi.Option{
		option("shot", "샷 추가", "Extra shot", 500, 4), option("vanilla", "바닐라 시럽", "Vanilla syrup", 500, 3),
	}}
	notes := catalogapi.OptionGroup{ID: ids.NewOptionGroupID(), Code: "notes", Name: lang.Text{Ko: "요청", En: "Requests"}, Max: 2, Options: []catalogapi.Option{
		option("less-ice", "얼음 적게", "Less ice", 0, 1), option("no-straw", "빨대 빼기", "No straw", 0, 1), option("whipped", "휘핑 빼기", "No whipped cream", 0, 1),
	}}
	m := catalogapi.Menu{Version: 1, Currency: "KRW", Groups: []catalogapi.OptionGroup{temperature, milk, extras, notes}}
	categories := []struct{ code, ko, en, icon string }{
		{"coffee", "커피", "Coffee", "coffee"},
		{"latte", "라떼", "Latte", "milk"},
		{"ade", "에이드", "Ade", "citrus"},
		{"tea", "티", "Tea", "leaf"},
		{"smoothie", "스무디", "Smoothie", "cup-soda"},
		{"bakery", "베이커리", "Bakery", "croissant"},
		{"goods", "상품", "Goods", "shopping-bag"},
	}
	at := map[string]ids.CategoryID{}
	for _, c := range categories {
		id := ids.NewCategoryID()
		at[c.code] = id
		m.Categories = append(m.Categories, catalogapi.Category{ID: id, Code: c.code, Name: lang.Text{Ko: c.ko, En: c.en}, Icon: c.icon})
	}
	drink := []ids.OptionGroupID{temperature.ID, extras.ID, notes.ID}
	white := []ids.OptionGroupID{temperature.ID, milk.ID, extras.ID, notes.ID}
	iced := []ids.OptionGroupID{notes.ID}
	for _, i := range []struct {
		code, ko, en, category string
		price                  money.Amount
		sizes                  int
		groups                 []ids.OptionGroupID
	}{
		{"americano", "아메리카노", "Americano", "coffee", 4500, 2, drink},
		{"espresso", "에스프레소", "Espresso", "coffee", 3800, 1, nil},
		{"coldbrew", "콜드브루", "Cold Brew", "coffee", 5000, 2, iced},
		{"drip", "핸드드립 에티오피아 예가체프", "Ethiopia Yirgacheffe Pour-over", "coffee", 6500, 1, iced},
		{"latte", "카페라떼", "Caffè Latte", "latte", 5000, 2, white},
		{"vanilla", "바닐라라떼", "Vanilla Latte", "latte", 5500, 2, white},
		{"flatwhite", "플랫화이트", "Flat White", "latte", 5300, 1, white},
		{"mocha", "카페모카", "Caffè Mocha", "latte", 5700, 2, white},
		{"grapefruit", "자몽에이드", "Grapefruit Ade", "ade", 5900, 1, iced},
		{"tangerine", "청귤에이드", "Green Tangerine Ade", "ade", 5900, 1, iced},
		{"lemon", "레몬에이드", "Lemonade", "ade", 5500, 1, iced},
		{"camomile", "유기농 캐모마일", "Organic Camomile", "tea", 4800, 1, nil},
		{"earlgrey", "얼그레이 밀크티", "Earl Grey Milk Tea", "tea", 5800, 2, nil},
		{"yuja", "유자차", "Yuja Tea", "tea", 5200, 1, nil},
		{"strawberry", "딸기요거트 스무디", "Strawberry Yogurt Smoothie", "smoothie", 6500, 1, iced},
		{"mango", "망고 스무디", "Mango Smoothie", "smoothie", 6300, 1, iced},
		{"cheesecake", "바스크 치즈케이크", "Basque Cheesecake", "bakery", 6900, 1, nil},
		{"cookie", "초코칩 쿠키", "Chocolate Chip Cookie", "bakery", 3200, 1, nil},
		{"saltbread", "소금빵", "Salt Bread", "bakery", 3300, 1, nil},
		{"croissant", "버터 크루아상", "Butter Croissant", "bakery", 4200, 1, nil},
		{"beans", "원두 200g", "Coffee Beans 200 g", "goods", 15000, 1, nil},
		{"tumbler", "텀블러", "Tumbler", "goods", 28000, 1, nil},
	} {
		m.Items = append(m.Items, catalogapi.Item{
			ID: ids.NewItemID(), Code: i.code, Category: at[i.category], Name: lang.Text{Ko: i.ko, En: i.en}, Groups: i.groups, Sizes: sizes(i.sizes, i.price),
		})
	}
	return m
}

func option(code, ko, en string, price money.Amount, most int) catalogapi.Option {
	return catalogapi.Option{ID: ids.NewOptionID(), Code: code, Name: lang.Text{Ko: ko, En: en}, Price: price, MaxQuantity: most}
}

func sizes(n int, price money.Amount) []catalogapi.Size {
	names := []lang.Text{{Ko: "레귤러", En: "Regular"}, {Ko: "라지", En: "Large"}}
	if n == 1 {
		names = []lang.Text{{}}
	}
	out := make([]catalogapi.Size, n)
	for i := range out {
		out[i] = catalogapi.Size{ID: ids.NewSizeID(), Code: "size-" + strconv.Itoa(i), Name: names[i], Price: price + money.Amount(i)*600}
	}
	return out
}

// sampleMenuWithout is a franchise that has not published a menu yet.
func sampleMenuWithout() catalogapi.Menu { return catalogapi.Menu{} }

// publishMenu publishes the next version, on which the prices differ by what raise says for an item.
func (w *world) publishMenu(raise func(code string) int64) {
	w.t.Helper()
	next := w.menu
	next.Version++
	next.Items = nil
	for _, i := range w.menu.Items {
		i.Sizes = append([]catalogapi.Size(nil), i.Sizes...)
		for s := range i.Sizes {
			i.Sizes[s].Price += money.Amount(raise(i.Code))
		}
		next.Items = append(next.Items, i)
	}
	w.menu = next
	w.publish("catalog", catalogapi.MenuPublished{Menu: next})
}

package audit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/audit"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
	"maru/internal/platform/trail"
)

// world is a trail on a database of its own, with a clock that tests move.
type world struct {
	t     *testing.T
	dbs   *postgres.Databases
	trail *audit.Service
	subs  *outbox.Dispatcher

	mu  sync.Mutex
	now time.Time
}

var (
	key = audit.NewKey([]byte("a key that nobody who writes to the database knows"))
	hq  = auth.Principal{Member: ids.NewMemberID(), Session: ids.NewSessionID(), Name: "본사 김감사", Role: auth.HQAdmin, Address: "192.0.2.7"}
)

func newWorld(t *testing.T, k audit.Key) *world {
	t.Helper()
	w := &world{t: t, dbs: pgtest.New(t), now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}
	w.trail = w.withKey(k)
	w.subs = w.dispatcher(w.trail)
	return w
}

func (w *world) withKey(k audit.Key) *audit.Service {
	return audit.New(w.dbs.Context("audit"), k, func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	})
}

func (w *world) dispatcher(s *audit.Service) *outbox.Dispatcher {
	var subs outbox.Subscriptions
	s.Subscribe(&subs)
	return outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler))
}

func (w *world) publish(source string, events ...event.Event) {
	w.t.Helper()
	outboxtest.Publish(w.t, w.dbs, source, events...)
	if err := w.subs.Drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	parked, err := w.subs.Parked(w.t.Context())
	if err != nil || len(parked) > 0 {
		w.t.Fatalf("%v, parked: %+v", err, parked)
	}
}

func (w *world) record(source, action, object string) trail.Entry {
	return trail.Of(source, w.now, hq, action, trail.Object{Kind: "item", ID: object, Name: "카페라떼"}).
		Change(map[string]any{"price": 4500, "phone": "01012345678"}, map[string]any{"price": 4800, "phone": "01087654321"})
}

func (w *world) find(search audit.Search) audit.Page {
	w.t.Helper()
	page, err := w.trail.Find(w.t.Context(), hq, search, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return page
}

func (w *world) verify(seen ...string) audit.Report {
	w.t.Helper()
	report, err := w.trail.Verify(w.t.Context(), w.dbs.Context, nil, seen, businessday.Date{})
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

// tamper does what somebody with the owner's rights on the database could do.
func (w *world) tamper(sql string, args ...any) {
	w.t.Helper()
	err := w.dbs.Context("audit").InTx(w.t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(w.t.Context(), "SET LOCAL ROLE NONE"); err != nil {
			return err
		}
		tag, err := tx.Exec(w.t.Context(), sql, args...)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%s touched nothing", sql)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// forgetOutsideTheChain removes what else tells how far the trail once came: events, as the days of an outbox
// are dropped one day, and who was last seen when.
func (w *world) forgetOutsideTheChain() {
	w.t.Helper()
	for _, table := range []string{"catalog.outbox", "members.outbox", "audit.person"} {
		w.tamper("DELETE FROM " + table)
	}
}

// An event that waits because it could not be applied, or was given up, owes no entry.
func TestVerifyExpectsNoEntryOfAParkedEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	w.publish("catalog", w.record("catalog", "price_changed", "latte"))
	outboxtest.Publish(t, w.dbs, "catalog", w.record("catalog", "price_changed", "latte"))
	w.tamper(`UPDATE catalog.outbox o SET payload = '"not an entry"' WHERE pos = (SELECT max(pos) FROM catalog.outbox WHERE lane = o.lane)`)
	if err := w.dispatcher(w.trail).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if parked, err := w.subs.Parked(t.Context()); err != nil || len(parked) != 1 {
		t.Fatalf("%d parked, %v", len(parked), err)
	}
	if r := w.verify(); len(r.Problems) > 0 {
		t.Error(r.Problems)
	}
}

func TestARecordIsFoundByPersonStoreObjectAndTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	store := ids.NewStoreID()
	w.publish("catalog", w.record("catalog", "price_changed", "latte"), w.record("catalog", "price_changed", "mocha"))
	w.publish("members", trail.Of("members", w.now.Add(time.Hour), auth.Principal{Member: ids.NewMemberID(), Name: "이점주", Role: auth.Owner},
		"member_invited", trail.Object{Kind: "member", ID: "new-one"}).In(store).Because("주말 근무"))

	for name, search := range map[string]audit.Search{
		"part of a name": {Person: "점주"},
		"store":          {Store: store},
		"object":         {Object: "new-one"},
		"time":           {From: w.now.Add(30 * time.Minute)},
		"action":         {Action: "member_invited"},
		"all together":   {Person: "이점주", Store: store, Object: "new-one", Action: "member_invited", To: w.now.Add(2 * time.Hour)},
	} {
		page := w.find(search)
		if len(page.Entries) != 1 || page.Entries[0].Object.ID != "new-one" || page.Entries[0].Note != "주말 근무" {
			t.Errorf("by %s: %+v", name, page.Entries)
		}
	}
	if got := w.find(audit.Search{Person: "nobody%"}); len(got.Entries) != 0 {
		t.Errorf("a name that nobody has finds %d", len(got.Entries))
	}
	latte := w.find(audit.Search{Object: "latte"}).Entries[0]
	if latte.Actor != hq.Name || latte.Address != hq.Address || latte.Session != hq.Session {
		t.Errorf("who and from where: %+v", latte)
	}
	if !strings.Contains(string(latte.Before), `"price":4500`) || strings.Contains(string(latte.Before), "01012345678") {
		t.Errorf("before: %s", latte.Before)
	}
}

func TestPagesShowEveryEntryOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	var events []event.Event
	for i := range 25 {
		e := w.record("catalog", "price_changed", fmt.Sprintf("item-%02d", i))
		e.At = w.now.Add(time.Duration(i/3) * time.Millisecond) // several at one moment
		events = append(events, e)
	}
	w.publish("catalog", events...)
	seen := map[string]bool{}
	search := audit.Search{Member: hq.Member}
	for pages := 1; ; pages++ {
		page, err := w.trail.Find(t.Context(), hq, search, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			if seen[e.Object.ID] {
				t.Errorf("%s twice", e.Object.ID)
			}
			seen[e.Object.ID] = true
		}
		if page.Next.IsZero() {
			if pages != 4 || len(seen) != 25 {
				t.Errorf("%d pages, %d entries", pages, len(seen))
			}
			return
		}
		search.Before = page.Next
	}
}

// Events of orders and stock are records by themselves.
func TestOrdersAndStockLeaveATrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	store, order, material := ids.NewStoreID(), ids.NewOrderID(), ids.NewMaterialID()
	w.publish("members", trail.Of("members", w.now, hq, "signed_in", trail.Object{Kind: "session", ID: "x"}))
	today := businessday.NewDate(2026, 11, 22)
	w.publish("ordering",
		orderingapi.OrderAccepted{OrderID: order, StoreID: store, BusinessDate: today, PlacedAt: time.Now(), PickupNumber: 12, Total: 9000, By: hq.Member, Discount: orderingapi.Discount{Amount: 1000, Percent: 10, Reason: "직원 \"할인\""}},
		orderingapi.OrderStatusChanged{OrderID: order, StoreID: store, From: orderingapi.Accepted, To: orderingapi.Preparing, At: time.Now(), By: hq.Member},
		orderingapi.OrderCancelled{OrderID: order, StoreID: store, From: orderingapi.Preparing, To: orderingapi.Cancelled, Reason: "손님 변심", BusinessDate: today, OrderDate: today, At: time.Now(), By: hq.Member})
	w.publish("inventory", inventoryapi.StockAdjusted{
		StoreID: store, Reason: inventoryapi.Receipt, At: time.Now(), By: hq.Member,
		Lines: []inventoryapi.AdjustedLine{{MaterialID: material, Quantity: 2000, OnHand: 5000}},
	})
	byKey, session := ids.NewOrderID(), ids.NewSessionID()
	w.publish("ordering",
		orderingapi.OrderAccepted{OrderID: byKey, StoreID: store, BusinessDate: today, PlacedAt: time.Now(), Program: "API: 배달앱"},
		orderingapi.OrderStatusChanged{OrderID: byKey, StoreID: store, At: time.Now(), Program: "API: 배달앱"},
		orderingapi.OrderCancelled{OrderID: byKey, StoreID: store, BusinessDate: today, OrderDate: today, At: time.Now(), Program: "API: 배달앱"})
	for _, e := range w.find(audit.Search{Object: byKey.String()}).Entries {
		if e.Actor != "API: 배달앱" {
			t.Errorf("%s with an API key was done by %q", e.Action, e.Actor)
		}
	}
	w.publish("inventory", inventoryapi.StockAdjusted{StoreID: store, Reason: inventoryapi.Waste, At: time.Now(), By: hq.Member, Device: session, Note: "깨진 병"})
	if got := w.find(audit.Search{Store: store, Action: "stock_waste"}).Entries; len(got) != 1 || got[0].Session != session || got[0].Note != "깨진 병" {
		t.Errorf("of waste: %+v", got)
	}
	var actions []string
	for _, e := range w.find(audit.Search{Object: order.String()}).Entries {
		if e.Actor != hq.Name {
			t.Errorf("%s was done by %q", e.Action, e.Actor)
		}
		actions = append(actions, e.Action)
		var after struct {
			Discount int    `json:"discount"`
			Percent  int    `json:"discount_percent"`
			Reason   string `json:"discount_reason"`
		}
		if err := json.Unmarshal(e.After, &after); err != nil {
			t.Errorf("%s: %v", e.Action, err)
		}
		if e.Action == "order_placed" && (after.Discount != 1000 || after.Percent != 10 || after.Reason != `직원 "할인"`) {
			t.Errorf("the record of the order says %s", e.After)
		}
	}
	if len(actions) != 3 {
		t.Errorf("of the order: %v", actions)
	}
	stock := w.find(audit.Search{Store: store, Action: "stock_receipt"}).Entries
	if len(stock) != 1 || !strings.Contains(string(stock[0].Before), `"on_hand":3000`) && !strings.Contains(string(stock[0].Before), `"on_hand":"3`) {
		t.Errorf("of stock: %+v %s", stock, stock[0].Before)
	}
	if r := w.verify(); len(r.Problems) > 0 {
		t.Error(r.Problems)
	}
}

// threeDays fills chains of two sources over three days.
func threeDays(w *world) {
	for d := range 3 {
		for i := range 4 {
			w.publish("catalog", w.record("catalog", "price_changed", fmt.Sprintf("item-%d-%d", d*min(i, 1), i))) // one of them each day
			w.publish("members", w.record("members", "store_changed", fmt.Sprintf("store-%d-%d", d, i)))
		}
		w.mu.Lock()
		w.now = w.now.Add(24 * time.Hour)
		w.mu.Unlock()
	}
}

// cutBack removes what came after a day of a chain, and makes it look as if nothing ever had.
func cutBack(source, day string) []string {
	return []string{
		`DELETE FROM audit.entry WHERE source = '` + source + `' AND day > '` + day + `'`,
		`DELETE FROM audit.chain_day WHERE source = '` + source + `' AND day > '` + day + `'`,
		`UPDATE audit.head h SET day = d.day, n = d.n, hash = d.hash, key_id = d.key_id FROM audit.chain_day d WHERE h.source = '` + source + `' AND d.source = h.source AND d.day = '` + day + `'`,
	}
}

func TestVerifyFindsEveryKindOfTampering(t *testing.T) {
	t.Parallel()
	for name, tampering := range map[string][]string{
		"changed":               {`UPDATE audit.entry SET actor = 'somebody else' WHERE source = 'catalog' AND n = 2 AND day = '2026-11-23'`},
		"changed before":        {`UPDATE audit.entry SET before = '{"price":1}' WHERE source = 'members' AND n = 4 AND day = '2026-11-24'`},
		"moved in time":         {`UPDATE audit.entry SET at = at + interval '1 second' WHERE source = 'members' AND n = 1 AND day = '2026-11-22'`},
		"removed":               {`DELETE FROM audit.entry WHERE source = 'catalog' AND n = 3 AND day = '2026-11-22'`},
		"removed and closed up": {`DELETE FROM audit.entry WHERE source = 'catalog' AND n = 3 AND day = '2026-11-22'`, `UPDATE audit.entry SET n = 3 WHERE source = 'catalog' AND n = 4 AND day = '2026-11-22'`, `UPDATE audit.chain_day SET n = 3 WHERE source = 'catalog' AND day = '2026-11-22'`},
		"day removed":           {`DELETE FROM audit.entry WHERE source = 'catalog' AND day = '2026-11-23'`, `DELETE FROM audit.chain_day WHERE source = 'catalog' AND day = '2026-11-23'`},
		"first day removed":     {`DELETE FROM audit.entry WHERE source = 'catalog' AND day = '2026-11-22'`, `DELETE FROM audit.chain_day WHERE source = 'catalog' AND day = '2026-11-22'`},
		"last day removed":      {`DELETE FROM audit.entry WHERE source = 'catalog' AND day = '2026-11-24'`, `DELETE FROM audit.chain_day WHERE source = 'catalog' AND day = '2026-11-24'`},
		"source removed":        {`DELETE FROM audit.entry WHERE source = 'catalog'`, `DELETE FROM audit.chain_day WHERE source = 'catalog'`},
		"last of a day changed": {`UPDATE audit.entry SET note = 'another reason' WHERE source = 'catalog' AND n = 4 AND day = '2026-11-23'`},
		"end cut off":           {`DELETE FROM audit.entry WHERE source = 'members' AND n > 2 AND day = '2026-11-24'`},
		"swapped":               {`UPDATE audit.entry SET n = CASE n WHEN 1 THEN 2 ELSE 1 END WHERE source = 'members' AND n <= 2 AND day = '2026-11-23'`},
		"put in":                {`INSERT INTO audit.entry SELECT gen_random_uuid(), source, day, 99, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id, object_name, store_id, note, before, after, source_lane, source_pos, hash FROM audit.entry WHERE source = 'members' AND n = 1 AND day = '2026-11-23'`},
		"put in another day":    {`INSERT INTO audit.entry SELECT gen_random_uuid(), source, '2026-01-01', 1, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id, object_name, store_id, note, before, after, source_lane, source_pos, hash FROM audit.entry WHERE source = 'members' AND n = 1 AND day = '2026-11-23'`},
		"last day removed, and that there was one": append(cutBack("catalog", "2026-11-23"), `DELETE FROM audit.person`),
		"source removed, and that there was one":   {`DELETE FROM audit.entry WHERE source = 'catalog'`, `DELETE FROM audit.chain_day WHERE source = 'catalog'`, `DELETE FROM audit.head WHERE source = 'catalog'`},
		"last day removed, and its newest events":  append(cutBack("catalog", "2026-11-23"), `DELETE FROM audit.person`, `DELETE FROM catalog.outbox o WHERE pos = (SELECT max(pos) FROM catalog.outbox WHERE lane = o.lane)`),
		"last day removed after its events were dropped": append(append(cutBack("catalog", "2026-11-23"), cutBack("members", "2026-11-23")...),
			`DELETE FROM catalog.outbox`, `DELETE FROM members.outbox`),
		"end of the day forgotten": {`UPDATE audit.chain_day SET n = 3 WHERE source = 'members' AND day = '2026-11-24'`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, key)
			threeDays(w)
			if r := w.verify(); len(r.Problems) > 0 || len(r.Days) != 6 {
				t.Fatalf("before: %d days, %v", len(r.Days), r.Problems)
			}
			for _, sql := range tampering {
				w.tamper(sql)
			}
			if r := w.verify(); len(r.Problems) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// Somebody without the key cannot make the chain anew; and whoever cut off its end is found by a line
// of an earlier report.
func TestVerifyFindsAChainThatWasMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	threeDays(w)
	var seen []string
	for _, d := range w.verify().Days {
		seen = append(seen, d.String())
	}
	w.publish("catalog", w.record("catalog", "price_changed", "after the report"))
	if r := w.verify(seen...); len(r.Problems) > 0 {
		t.Fatal(r.Problems)
	}

	t.Run("another key", func(t *testing.T) {
		forger := w.withKey(audit.NewKey([]byte("a guess")))
		r, err := forger.Verify(t.Context(), w.dbs.Context, nil, nil, businessday.Date{})
		if err != nil || len(r.Problems) == 0 {
			t.Errorf("%v, %v", r.Problems, err)
		}
	})
	t.Run("without a key, which the database then says too", func(t *testing.T) {
		other := newWorld(t, audit.NewKey(nil)) // what a forger makes of it, byte for byte
		threeDays(other)
		if r := other.verify(); len(r.Problems) > 0 {
			t.Fatal(r.Problems)
		}
		r, err := other.withKey(key).Verify(t.Context(), other.dbs.Context, nil, nil, businessday.Date{})
		if err != nil || len(r.Problems) != 6 {
			t.Errorf("of six days %v, %v", r.Problems, err)
		}
		later := businessday.NewDate(2026, 11, 24) // the key came into use then
		r, err = other.withKey(key).Verify(t.Context(), other.dbs.Context, nil, nil, later)
		if err != nil || len(r.Problems) != len(r.Days)-4 {
			t.Errorf("of the days since the key %v, %v of %v", r.Problems, err, r.Days)
		}
	})
	t.Run("a whole chain gone, with all that tells of it", func(t *testing.T) {
		other := newWorld(t, key)
		threeDays(other)
		var kept []string
		for _, d := range other.verify().Days {
			kept = append(kept, d.String())
		}
		for _, table := range []string{"entry", "chain_day", "head"} {
			other.tamper(`DELETE FROM audit.` + table + ` WHERE source = 'catalog'`)
		}
		other.forgetOutsideTheChain()
		if r := other.verify(kept...); len(r.Problems) != 3 {
			t.Errorf("an earlier report of three days finds %v", r.Problems)
		}
	})
	t.Run("cut off", func(t *testing.T) {
		w.tamper(`DELETE FROM audit.entry WHERE source = 'members' AND day = '2026-11-24' AND n > 2`)
		w.tamper(`UPDATE audit.chain_day SET n = 2, hash = (SELECT hash FROM audit.entry WHERE source = 'members' AND day = '2026-11-24' AND n = 2) WHERE source = 'members' AND day = '2026-11-24'`)
		w.tamper(`UPDATE audit.head SET n = 2, hash = (SELECT hash FROM audit.entry WHERE source = 'members' AND day = '2026-11-24' AND n = 2) WHERE source = 'members'`)
		if r := w.verify(); len(r.Problems) == 0 {
			t.Error("the outbox does not tell of it")
		}
		w.forgetOutsideTheChain()
		if r := w.verify(); len(r.Problems) > 0 {
			t.Fatalf("the chain itself is whole, yet: %v", r.Problems)
		}
		if r := w.verify(seen...); len(r.Problems) == 0 {
			t.Error("an earlier report does not find it")
		}
	})
}

func TestAKeyChangesWithTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	w.publish("catalog", w.record("catalog", "price_changed", "old key"))
	newKey := audit.NewKey([]byte("the next key"))
	next := w.withKey(newKey)
	outboxtest.Publish(t, w.dbs, "catalog", w.record("catalog", "price_changed", "new key"))
	if err := w.dispatcher(next).Drain(t.Context()); err == nil {
		t.Error("an entry was bound with another key than its day's")
	}
	w.now = w.now.Add(24 * time.Hour)
	if err := w.dispatcher(next).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := next.Verify(t.Context(), w.dbs.Context, []audit.Key{key}, nil, businessday.Date{}); err != nil || len(r.Problems) > 0 || len(r.Days) != 2 {
		t.Errorf("with both keys: %v, %v", r, err)
	}
	both, err := next.Verify(t.Context(), w.dbs.Context, []audit.Key{key}, nil, businessday.Date{})
	if err != nil {
		t.Fatal(err)
	}
	// The day of the old key cannot be read, which is one thing to say of it: nothing of it is gone.
	if r, err := next.Verify(t.Context(), w.dbs.Context, nil, []string{both.Days[0].String()}, businessday.Date{}); err != nil || len(r.Problems) != 1 {
		t.Errorf("without the old key: %v, %v", r, err)
	}
}

func TestAnExportNeedsAReasonAndIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audit.Key{})
	w.publish("catalog", w.record("catalog", "price_changed", "latte"))
	if _, err := w.trail.Export(t.Context(), hq, audit.Search{}, "because"); errs.As(err) == nil {
		t.Errorf("without a reason: %v", err)
	}
	got, err := w.trail.Export(t.Context(), hq, audit.Search{Object: "latte"}, "분기 내부 감사 자료로 씁니다")
	if err != nil || len(got) != 1 {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	old := ids.OrderID{UUID: ids.DerivedV7(w.now.AddDate(0, 0, -60), "old")}
	if _, err := w.trail.Export(t.Context(), hq, audit.Search{Object: old.String()}, "분기 내부 감사 자료로 씁니다"); !errors.Is(err, audit.ErrOrderWindow) {
		t.Errorf("an order's entries of its first month only, without a word: %v", err)
	}
	own := w.find(audit.Search{Action: "trail_exported"}).Entries
	if len(own) != 1 || own[0].Note != "분기 내부 감사 자료로 씁니다" || own[0].Member != hq.Member || own[0].Object.ID != "object=latte" {
		t.Errorf("in the trail: %+v", own)
	}
	if r := w.verify(); len(r.Problems) > 0 {
		t.Error(r.Problems)
	}
}

func TestOnlyWhoMayReadTheTrailDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	owner := auth.Principal{Member: ids.NewMemberID(), Name: "점주", Role: auth.Owner, Stores: []ids.StoreID{ids.NewStoreID()}}
	if _, err := w.trail.Find(t.Context(), owner, audit.Search{}, 10); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("find: %v", err)
	}
	if _, err := w.trail.Export(t.Context(), owner, audit.Search{}, "a reason that is long enough"); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("export: %v", err)
	}
	if _, err := w.trail.Entry(t.Context(), owner, ids.NewEntryID()); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("entry: %v", err)
	}
}

// An order names the session in which it was placed; from where that was begun is in its sign-in.
func TestAnOrderSaysFromWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, key)
	order, store := ids.NewOrderID(), ids.NewStoreID()
	w.publish("members", trail.Of("members", w.now, hq, "signed_in", trail.Object{Kind: "session", ID: hq.Session.String()}))
	w.publish("ordering", orderingapi.OrderStatusChanged{
		OrderID: order, StoreID: store, From: orderingapi.Accepted, To: orderingapi.Preparing, At: w.now, By: hq.Member, Device: hq.Session,
	})
	page := w.find(audit.Search{Store: store})
	if len(page.Entries) != 1 || page.Entries[0].Address != hq.Address || page.Entries[0].Session != hq.Session {
		t.Errorf("%+v", page.Entries)
	}
}

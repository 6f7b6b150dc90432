package inventory_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/inventory"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

func nowUTC() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func TestReceivingConvertsPacksAndKeepsWhatWasEntered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 500*ml, "ml"), stated(w.beans, 0, "g"))
	w.hear()
	b := w.receive(stated(w.milk, 2*ea, "carton"), stated(w.milk, 1030*g, "g"), stated(w.beans, 2500, "kg"))
	if b.Repeated || len(b.Lines) != 3 || b.Lines[0].Quantity != 2000*ml || b.Lines[1].Quantity != 1000*ml || b.Lines[0].OnHand != 3500*ml {
		t.Errorf("booking %+v", b)
	}
	page, err := w.stock.Movements(t.Context(), w.boss, w.store, w.beans.ID, ids.EntryID{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	m := page.Movements[0]
	if m.Entered != 2500 || m.Unit != "kg" || m.Quantity != 2500*g || m.Document != b.ID || m.Reason != inventoryapi.Receipt || m.Actor != "test" {
		t.Errorf("movement %+v", m)
	}
	var adjusted []inventoryapi.AdjustedLine
	for _, e := range w.hear() {
		if a, ok := e.(inventoryapi.StockAdjusted); ok {
			adjusted = append(adjusted, a.Lines...)
		}
	}
	want := []inventoryapi.AdjustedLine{
		{MaterialID: w.milk.ID, Quantity: 3000 * ml, OnHand: 3500 * ml}, {MaterialID: w.beans.ID, Quantity: 2500 * g, OnHand: 2500 * g},
	}
	if diff := cmp.Diff(want, adjusted); diff != "" {
		t.Errorf("adjusted (-want +got):\n%s", diff)
	}
	w.checkSums()
}

func TestTheSameReceiptAgainIsAnsweredAsTheFirstTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cmd := inventory.ReceiveStock{ID: ids.NewV7(), Store: w.store, Lines: []inventory.StockLine{stated(w.milk, 1*ea, "carton")}, Note: "우유 대리점"}
	results := make([]inventory.Booking, 6)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			var err error
			if results[i], err = w.stock.ReceiveStock(context.Background(), w.boss, cmd); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first := 0
	for _, r := range results {
		if !r.Repeated {
			first++
		}
		r.Repeated = results[0].Repeated
		if diff := cmp.Diff(results[0], r); diff != "" {
			t.Errorf("answers differ:\n%s", diff)
		}
	}
	if first != 1 || w.onHand()["milk"] != 1000*ml {
		t.Errorf("booked %d times, milk is %s", first, w.onHand()["milk"].Decimal())
	}
	for name, change := range map[string]func(c *inventory.ReceiveStock){
		"another quantity": func(c *inventory.ReceiveStock) {
			c.Lines = []inventory.StockLine{stated(w.milk, 2*ea, "carton")}
		},
		"another note":  func(c *inventory.ReceiveStock) { c.Note = "" },
		"another store": func(c *inventory.ReceiveStock) { c.Store = ids.NewStoreID() },
	} {
		other := cmd
		change(&other)
		if _, err := w.stock.ReceiveStock(t.Context(), w.boss, other); !errors.Is(err, inventory.ErrOtherBody) {
			t.Errorf("%s under the same id: %v", name, err)
		}
	}
	if _, err := w.stock.OpeningStock(t.Context(), w.boss, inventory.OpeningStock(cmd)); !errors.Is(err, inventory.ErrOtherBody) {
		t.Errorf("an opening stock under a receipt's id: %v", err)
	}
	w.checkSums()
}

func TestWrongLinesAreNamedEachAndNothingIsBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.stock.ReceiveStock(t.Context(), w.boss, inventory.ReceiveStock{Store: w.store, Lines: []inventory.StockLine{
		stated(w.milk, 1*ea, "carton"),
		{Material: ids.NewMaterialID(), Quantity: 1 * ea, Unit: "ea"},
		stated(w.beans, 0, "g"),
		stated(w.beans, -1, "g"),
		stated(w.beans, 1*ea, "carton"),
		stated(w.cup, 1*ea, "g"),
		stated(w.beans, quantity.Max, "kg"),
		stated(w.milk, 0, "ml"),
	}})
	var fields errs.Fields
	if !errors.As(err, &fields) {
		t.Fatalf("error %v", err)
	}
	got := map[string]string{}
	for _, e := range fields {
		got[e.Field] = e.Code
		if e.Text.In(lang.Korean) == e.Text.In(lang.English) {
			t.Errorf("%s has one text for both languages", e.Code)
		}
	}
	want := map[string]string{
		"lines[1].material": "inventory.unknown_material", "lines[2].quantity": "inventory.quantity", "lines[3].quantity": "inventory.quantity",
		"lines[4].unit": "inventory.unit", "lines[5].unit": "inventory.unit", "lines[6].quantity": "inventory.too_much", "lines[7].quantity": "inventory.quantity",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if got := w.onHand(); len(got) != 0 {
		t.Errorf("booked %v", got)
	}
}

func TestWholeDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := []inventory.StockLine{stated(w.milk, 1*ea, "l")}
	long := make([]rune, inventory.MaxNote+1)
	for i := range long {
		long[i] = '가'
	}
	other := auth.Principal{Member: ids.NewMemberID(), Role: auth.Owner, Stores: []ids.StoreID{ids.NewStoreID()}}
	cases := map[string]struct {
		by   auth.Principal
		cmd  inventory.ReceiveStock
		want *errs.Error
	}{
		"no lines":               {w.boss, inventory.ReceiveStock{}, inventory.ErrNoLines},
		"too many lines":         {w.boss, inventory.ReceiveStock{Lines: make([]inventory.StockLine, inventory.MaxLines+1)}, inventory.ErrTooManyLines},
		"a long note":            {w.boss, inventory.ReceiveStock{Lines: one, Note: string(long)}, inventory.ErrNoteTooLong},
		"an id that is no v7":    {w.boss, inventory.ReceiveStock{Lines: one, ID: [16]byte{1}}, inventory.ErrDocumentID},
		"another store's person": {other, inventory.ReceiveStock{Lines: one}, inventory.ErrNoStore},
		"nobody":                 {auth.Principal{}, inventory.ReceiveStock{Lines: one}, inventory.ErrNoStore},
	}
	for name, c := range cases {
		c.cmd.Store = w.store
		if _, err := w.stock.ReceiveStock(t.Context(), c.by, c.cmd); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestOpeningStockSaysWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sell(dining.OwnCup, w.line(w.americano, w.cold, 1))
	w.open(stated(w.beans, 1*ea, "bag"), stated(w.beans, 200*g, "g"))
	if got := w.onHand()["beans"]; got != 1200*g {
		t.Errorf("beans are %s after 1.2 kg were entered", got.Decimal())
	}
	w.open(stated(w.beans, 0, "g"))
	if got := w.onHand()["beans"]; got != 0 {
		t.Errorf("beans are %s after none were entered", got.Decimal())
	}
	w.checkSums()
}

func TestMovementsPageByKeyWithTheBalanceAfterEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.beans, 1000*g, "g"))
	for range 7 {
		w.sell(dining.OwnCup, w.line(w.americano, w.cold, 1))
	}
	var balances []quantity.Milli
	var before ids.EntryID
	pages := 0
	for {
		page, err := w.stock.Movements(t.Context(), w.boss, w.store, w.beans.ID, before, 3)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, m := range page.Movements {
			balances = append(balances, m.Balance/g)
		}
		if page.Next.IsZero() {
			break
		}
		before = page.Next
	}
	want := []quantity.Milli{874, 892, 910, 928, 946, 964, 982, 1000}
	if diff := cmp.Diff(want, balances); diff != "" || pages != 3 {
		t.Errorf("%d pages, balances (-want +got):\n%s", pages, diff)
	}
}

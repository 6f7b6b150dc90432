package inventory_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"

	"maru/internal/inventory"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

func counted(l inventory.StockLine, ledger quantity.Milli) inventory.AdjustedStock {
	return inventory.AdjustedStock{StockLine: l, Ledger: ledger}
}

func TestACountComparesWithTheLedgerWhenItBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 2000*ml, "ml"))
	began, id := w.onHand()["milk"], ids.NewV7()
	w.sell(dining.ForHere, w.line(w.latte, w.small, 1)) // while somebody counts: 200 ml
	w.hear()
	b, err := w.stock.AdjustStock(t.Context(), w.boss, inventory.AdjustStock{
		ID: id, Store: w.store, Kind: inventoryapi.Count, Lines: []inventory.AdjustedStock{counted(stated(w.milk, 1900*ml, "ml"), began)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if b.Lines[0].Quantity != -100*ml || b.Lines[0].OnHand != 1700*ml || w.onHand()["milk"] != 1700*ml {
		t.Errorf("100 ml were missing, 200 ml were sold meanwhile: %+v", b)
	}
	heard := w.hear()
	if a, ok := heard[0].(inventoryapi.StockAdjusted); !ok || a.Reason != inventoryapi.Count || a.Lines[0].Quantity != -100*ml {
		t.Errorf("heard %+v", heard)
	}
	w.checkSums()
}

// Eight people who begin to count at the same balance find the same difference, which is booked once.
func TestOfCountsAtOnceOneIsBooked(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]func() uuid.UUID{"with the time they began": ids.NewV7, "without": func() uuid.UUID { return uuid.Nil }} {
		w := newWorld(t)
		w.openAll(stated(w.milk, 2000*ml, "ml"))
		counts := make([]inventory.AdjustStock, 8)
		for i := range counts {
			counts[i] = inventory.AdjustStock{
				ID: id(), Store: w.store, Kind: inventoryapi.Count, Lines: []inventory.AdjustedStock{counted(stated(w.milk, 1900*ml, "ml"), 2000*ml)},
			}
		}
		var all sync.WaitGroup
		answers := make(chan error, len(counts))
		for _, c := range counts {
			all.Go(func() {
				_, err := w.stock.AdjustStock(t.Context(), w.boss, c)
				answers <- err
			})
		}
		all.Wait()
		close(answers)
		booked := 0
		for err := range answers {
			if err == nil {
				booked++
			} else if !errors.Is(err, inventory.ErrCountedMeanwhile) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if booked != 1 || w.onHand()["milk"] != 1900*ml {
			t.Errorf("%s: %d booked, %d of milk", name, booked, w.onHand()["milk"])
		}
	}
}

func TestThrowingAwaySellsOutAndACountBringsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 2000*ml, "ml"))
	waste := inventory.AdjustStock{
		ID: ids.NewV7(), Store: w.store, Kind: inventoryapi.Waste, Note: "유통기한",
		Lines: []inventory.AdjustedStock{counted(stated(w.milk, 2*ea, "carton"), 0)},
	}
	for range 2 { // the second time nothing is booked
		if _, err := w.stock.AdjustStock(t.Context(), w.boss, waste); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.onHand()["milk"]; got != 0 {
		t.Errorf("%d of milk are left", got)
	}
	if out, err := w.stock.UnavailableAt(t.Context(), w.boss, w.store); err != nil || len(out) == 0 {
		t.Errorf("nothing is sold out without milk: %v, %v", out, err)
	}
	_, err := w.stock.AdjustStock(t.Context(), w.boss, inventory.AdjustStock{
		Store: w.store, Kind: inventoryapi.Count, Lines: []inventory.AdjustedStock{counted(stated(w.milk, 5*ea, "carton"), 0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := w.stock.UnavailableAt(t.Context(), w.boss, w.store); err != nil || len(out) != 0 {
		t.Errorf("sold out with five cartons: %v, %v", out, err)
	}
	w.checkSums()
}

// More was thrown away than the ledger knew of, so the ledger is wrong: somebody has to count.
func TestWhatWasThrownAwayCanLeaveABalanceToBeCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 500*ml, "ml"))
	for range 2 {
		_, err := w.stock.AdjustStock(t.Context(), w.boss, inventory.AdjustStock{
			Store: w.store, Kind: inventoryapi.Waste, Lines: []inventory.AdjustedStock{counted(stated(w.milk, 1*ea, "carton"), 0)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := w.stock.BalanceOf(t.Context(), w.boss, w.store, "milk")
	if err != nil || b.OnHand != -1500*ml || b.CountSince == nil {
		t.Fatalf("milk stands at %s, to count since %v, %v", b.OnHand.Decimal(), b.CountSince, err)
	}
	_, err = w.stock.AdjustStock(t.Context(), w.boss, inventory.AdjustStock{
		Store: w.store, Kind: inventoryapi.Count, Lines: []inventory.AdjustedStock{counted(stated(w.milk, 0, "ml"), b.OnHand)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if b, err = w.stock.BalanceOf(t.Context(), w.boss, w.store, "milk"); err != nil || b.OnHand != 0 || b.CountSince != nil {
		t.Errorf("after the count: %s, to count since %v, %v", b.OnHand.Decimal(), b.CountSince, err)
	}
}

func TestAnAdjustmentTakesItsOwnPermissionAndStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := func(role auth.Role, except ...auth.Exception) auth.Principal {
		return auth.Principal{Member: ids.NewMemberID(), Name: "이직원", Role: role, Stores: []ids.StoreID{w.store}, Exceptions: except}
	}
	granted := func(yes bool) auth.Exception {
		return auth.Exception{Store: w.store, Permission: auth.AdjustStock, Granted: yes}
	}
	count := func(by auth.Principal) error {
		_, err := w.stock.AdjustStock(t.Context(), by, inventory.AdjustStock{
			ID: ids.NewV7(), Store: w.store, Kind: inventoryapi.Count, Lines: []inventory.AdjustedStock{counted(stated(w.milk, 5*ea, "carton"), 0)},
		})
		return err
	}
	for name, c := range map[string]struct {
		by   auth.Principal
		want error
	}{
		"staff":                      {who(auth.Staff), inventory.ErrNotAllowed},
		"staff to whom it is given":  {who(auth.Staff, granted(true)), nil},
		"manager":                    {who(auth.Manager), nil},
		"manager from whom it isn't": {who(auth.Manager, granted(false)), inventory.ErrNotAllowed},
		"another store's owner":      {auth.Principal{Member: ids.NewMemberID(), Role: auth.Owner, Stores: []ids.StoreID{ids.NewStoreID()}}, inventory.ErrNoStore},
	} {
		if err := count(c.by); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestWhatCannotBeAdjustedSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(stated(w.milk, 2000*ml, "ml"))
	line := counted(stated(w.milk, 1*ea, "carton"), 0)
	for name, c := range map[string]struct {
		kind  inventoryapi.Reason
		lines []inventory.AdjustedStock
		want  *errs.Error
		field string
	}{
		"a receipt":            {inventoryapi.Receipt, []inventory.AdjustedStock{line}, inventory.ErrAdjustment, "kind"},
		"nothing":              {inventoryapi.Count, nil, inventory.ErrNoLines, "lines"},
		"twice":                {inventoryapi.Count, []inventory.AdjustedStock{line, line}, inventory.ErrTwice, "lines[1].quantity"},
		"waste of the unknown": {inventoryapi.Waste, []inventory.AdjustedStock{counted(stated(w.oat, 100*ml, "ml"), 0)}, inventory.ErrNotCounted, "lines[0].quantity"},
		"no waste":             {inventoryapi.Waste, []inventory.AdjustedStock{counted(stated(w.milk, 0, "ml"), 0)}, inventory.ErrQuantity, "lines[0].quantity"},
		"an absurd ledger":     {inventoryapi.Count, []inventory.AdjustedStock{counted(stated(w.milk, 1*ea, "carton"), 2*quantity.Max)}, inventory.ErrTooMuch, "lines[0].quantity"},
	} {
		_, err := w.stock.AdjustStock(t.Context(), w.boss, inventory.AdjustStock{Store: w.store, Kind: c.kind, Lines: c.lines})
		e := errs.As(err)
		var fields errs.Fields
		if errors.As(err, &fields) {
			e = fields[0]
		}
		if !errors.Is(err, c.want) || e == nil || e.Field != c.field {
			t.Errorf("%s: %v on %q", name, err, e.Field)
		}
	}
	if got := w.onHand()["milk"]; got != 2000*ml {
		t.Errorf("refused adjustments left %d", got)
	}
}

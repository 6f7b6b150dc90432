package ordering

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/orderingapi"
)

// net/http recovers from a handler that panics. A writer that left with it would be missing for good.
func TestAPanicWhileWritingIsAnAnswerAndLeavesTheWriter(t *testing.T) {
	t.Parallel()
	in := newIntake(nil) // whoever uses the database panics
	for range writers + 1 {
		_, err := in.place(t.Context(), &placing{event: orderingapi.OrderAccepted{OrderID: ids.NewOrderID(), StoreID: ids.NewStoreID()}})
		if err == nil {
			t.Error("an order without a database was accepted")
		}
	}
	if in.busy != 0 {
		t.Errorf("%d writers are busy, and nobody writes", in.busy)
	}
}

// While the database stalls everybody waits; none may ask more often than the patience lasts.
func TestThoseWhoCannotWriteDoNotKeepAsking(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]*intake{
		"all writers are busy":      {busy: writers, waiting: []*placing{{}}},
		"a writer has their orders": {busy: 1},
	} {
		if mine, wait := in.join(); mine || wait < patienceLeast {
			t.Errorf("%s: may write %v, asked again after %v", name, mine, wait)
		}
	}
}

// While the database stalls callers give up, and what they wanted must not be written when it comes back.
func TestAnOrderNobodyWaitsForIsNotWritten(t *testing.T) {
	t.Parallel()
	in := &intake{busy: writers}
	stays := &placing{}
	in.waiting = []*placing{stays}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.place(gone, &placing{event: orderingapi.OrderAccepted{OrderID: ids.NewOrderID()}}); !errors.Is(err, context.Canceled) {
		t.Errorf("place = %v", err)
	}
	if group := in.next(); len(group) != 1 || group[0] != stays {
		t.Errorf("%d orders are written, and one is waited for", len(group))
	}
}

// Only where orders were written together lately does one wait for others, and not for long.
func TestAnOrderWaitsForCompanyOnlyInACrowd(t *testing.T) {
	t.Parallel()
	at := func(change func(*intake)) *intake {
		in := &intake{busy: 1, last: 8, took: time.Hour, ended: time.Now(), waiting: []*placing{{}}}
		change(in)
		return in
	}
	for name, c := range map[string]struct {
		in   *intake
		want bool
	}{
		"in a crowd":                 {at(func(*intake) {}), true},
		"alone":                      {at(func(in *intake) { in.last = 1 }), false},
		"most of the crowd is there": {at(func(in *intake) { in.waiting = make([]*placing, 6) }), false},
		"beside other replicas": {at(func(in *intake) {
			in.left, in.beside, in.waiting = 4, func() bool { return true }, make([]*placing, 9)
		}), true},
		"nearly all are there": {at(func(in *intake) {
			in.left, in.beside, in.waiting = 4, func() bool { return true }, make([]*placing, 10)
		}), false},
		"beside another transaction": {at(func(in *intake) { in.busy = 2 }), false},
		"after the crowd":            {at(func(in *intake) { in.took = time.Nanosecond }), false},
	} {
		if got := c.in.expects(); got != c.want {
			t.Errorf("%s: waits %v", name, got)
		}
	}
	in := at(func(*intake) {})
	if group := in.take(); len(group) != 1 { // nobody came
		t.Errorf("%d orders", len(group))
	}
	in = at(func(in *intake) { in.company, in.enough = make(chan struct{}), 2 })
	company := in.company
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = in.place(gone, &placing{})
	select {
	case <-company:
	default:
		t.Error("the second order did not end the waiting for it")
	}
}

func TestOnlyWhatAnotherReplicaDidIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&pgconn.PgError{Code: "23505", TableName: "orders"}, true},
		{&pgconn.PgError{Code: "23502", SchemaName: "ordering", TableName: "pickup_counter", ColumnName: "last"}, true},
		{&pgconn.PgError{Code: "23502", SchemaName: "ordering", TableName: "orders", ColumnName: "pickup_number"}, false},
		{&pgconn.PgError{Code: "23514", TableName: "daily_limit"}, false},
		{errors.New("lost"), false},
	} {
		if got := isRaced(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

// Two copies in one transaction could not see each other: one of them was refused for what the other had taken,
// or violated its key and made everybody go alone.
func TestAnOrderThatWasSentTwiceIsInATransactionOnce(t *testing.T) {
	t.Parallel()
	for _, lanes := range []int{0, 1, 2} {
		one, two := placed(ids.NewStoreID()), placed(ids.NewStoreID())
		for two.event.StoreID.Lane() == one.event.StoreID.Lane() {
			two = placed(ids.NewStoreID())
		}
		again, last := &placing{event: one.event}, placed(one.event.StoreID)
		in := &intake{lanes: lanes, waiting: []*placing{one, again, last, two}}
		for n, want := range map[int][][]*placing{
			0: {{one, last, two}, {again}}, 1: {{one, last}, {again}, {two}}, 2: {{one, last, two}, {again}},
		}[lanes] {
			if got := in.next(); !slices.Equal(got, want) {
				t.Errorf("%d lanes: transaction %d has %d orders, want %d", lanes, n, len(got), len(want))
			}
		}
		if len(in.waiting) > 0 {
			t.Errorf("%d lanes: %d orders are left", lanes, len(in.waiting))
		}
	}
}

func placed(store ids.StoreID) *placing {
	return &placing{event: orderingapi.OrderAccepted{OrderID: ids.NewOrderID(), StoreID: store}}
}

// The hash of an order without a discount is what it was before there were any: taken from the program as it was.
func TestTheHashOfAnOrderWithoutADiscountNeverChanges(t *testing.T) {
	t.Parallel()
	id := func(n byte) (u uuid.UUID) { u[15] = n; return u }
	cmd := PlaceOrder{
		StoreID: ids.StoreID{UUID: id(1)}, Channel: orderingapi.API, Dining: dining.Takeaway,
		Lines:   []OrderLine{{Choice: Choice{ItemID: ids.ItemID{UUID: id(2)}, SizeID: ids.SizeID{UUID: id(3)}, Quantity: 2, Options: []ChosenOption{{OptionID: ids.OptionID{UUID: id(4)}, Quantity: 1}}}}},
		Tenders: []Tender{{Kind: Cash, Amount: 9_000, Received: 10_000}},
	}
	hash, err := bodyHash(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(hash); got != "735dfb92c563f344d1287ad68510e52dfaa839f418927925ac5576c48f9f4805" {
		t.Errorf("hash %s", got)
	}
	cmd.Discount = &orderingapi.Discount{Percent: 10, Reason: "직원"}
	if other, err := bodyHash(cmd); err != nil || bytes.Equal(hash, other) {
		t.Errorf("with a discount the hash is the same, %v", err)
	}
}

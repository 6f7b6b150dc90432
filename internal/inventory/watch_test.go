package inventory_test

import (
	"testing"

	"maru/internal/inventory"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
)

func TestEveryReplicaHearsWhichStoresMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := inventory.New(w.dbs.Context("inventory"), nowUTC)
	heard := map[ids.StoreID]bool{}
	other.Watch(func(store ids.StoreID) { heard[store] = true })
	replica := w.dispatcher(other)
	if err := replica.Drain(t.Context()); err != nil || len(heard) != 0 {
		t.Fatalf("heard %v before anything happened, %v", heard, err)
	}
	w.openAll()
	if err := replica.Drain(t.Context()); err != nil || !heard[w.store] {
		t.Errorf("heard %v after opening stock, %v", heard, err)
	}
	clear(heard)
	w.sell(dining.Takeaway, w.line(w.latte, w.small, 1))
	if err := replica.Drain(t.Context()); err != nil || !heard[w.store] {
		t.Errorf("heard %v after a sale, %v", heard, err)
	}
}

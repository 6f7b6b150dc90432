package inventory_test

import (
	"testing"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
)

// An import books sales of months within minutes; the pace at which the store uses its beans is that
// of the days on which they were sold.
func TestPaceFollowsTheDayOfTheSaleNotOfItsBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	today := businessday.DateOf(time.Now().UTC())
	sell := func(daysAgo, lattes int) {
		o := w.accepted(dining.ForHere, w.line(w.latte, w.small, lattes, opt(w.wholeMilk, 1)))
		o.BusinessDate = today.AddDays(-daysAgo)
		w.publish("ordering", o)
	}
	sell(60, 100)
	sell(1, 1)
	w.drain()
	once := -w.onHand()["beans"] / 101
	b, err := w.stock.BalanceOf(t.Context(), w.boss, w.store, "beans")
	if err != nil {
		t.Fatal(err)
	}
	if b.PerDay <= 0 || b.PerDay > once {
		t.Errorf("beans are used at %d a day, want what one latte of yesterday used, at most %d", b.PerDay, once)
	}
}

package statsweb

import (
	"context"

	"maru/internal/kernel/businessday"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

// dayClock is where a business day stands at this moment.
type dayClock struct {
	Today businessday.Date
	// Done are the hours of today that are over, in the order of the business day. Comparing these
	// hours of today with the same hours of another day is fair; comparing an hour that has begun is not.
	Done []int
	// Order are all 24 hours in the order of the business day: with a cutoff of five, 5 to 23, then 0 to 4.
	Order []int
	// Now is the hour that has begun.
	Now int
}

func clockOf(ctx context.Context, clock businessday.Clock, cutoff businessday.Cutoff) dayClock {
	now := webkit.Now(ctx)
	return clockAt(clock.Date(now), clock.Hour(now), int(cutoff)/60)
}

// clockAt is the clock of a day whose first hour is first, in the hour now.
func clockAt(today businessday.Date, now, first int) dayClock {
	d := dayClock{Today: today, Now: now}
	passed := false
	for i := range 24 {
		h := (first + i) % 24
		d.Order = append(d.Order, h)
		passed = passed || h == d.Now
		if !passed {
			d.Done = append(d.Done, h)
		}
	}
	return d
}

// Until is the hour up to which Done reaches: "until 14:00".
func (d dayClock) Until() int { return d.Now }

// Comparable reports whether any hour of today is over.
func (d dayClock) Comparable() bool { return len(d.Done) > 0 }

// WeekBefore is the same weekday last week.
func (d dayClock) WeekBefore() businessday.Date { return d.Today.AddDays(-7) }

// chainClock is the clock most stores run by: what headquarters calls today.
func (p *pages) chainClock(ctx context.Context) (dayClock, error) {
	stores, err := p.Stores.Stores(ctx)
	if err != nil {
		return dayClock{}, err
	}
	type kind struct {
		zone   string
		cutoff businessday.Cutoff
	}
	count := map[kind]int{}
	var best kind
	for _, s := range stores {
		k := kind{s.TimeZone, s.Cutoff}
		count[k]++
		if count[k] > count[best] {
			best = k
		}
	}
	if len(stores) == 0 {
		now := webkit.Now(ctx).In(webkit.Zone(ctx))
		return clockAt(businessday.DateOf(now), now.Hour(), 0), nil
	}
	clock, err := businessday.NewClock(best.zone, best.cutoff)
	if err != nil {
		return dayClock{}, err
	}
	return clockOf(ctx, clock, best.cutoff), nil
}

// storeClock is the clock of a store.
func storeClock(ctx context.Context, s membersapi.Store) (dayClock, error) {
	clock, err := businessday.NewClock(s.TimeZone, s.Cutoff)
	if err != nil {
		return dayClock{}, err
	}
	return clockOf(ctx, clock, s.Cutoff), nil
}

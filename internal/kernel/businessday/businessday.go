// Package businessday turns moments into business dates: the day a sale belongs to, by the store's
// time zone and the hour at which its day ends.
package businessday

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Date is a calendar day without a zone. The zero Date is no day.
type Date struct {
	year  int
	month time.Month
	day   int
}

// Cutoff is how many minutes after midnight the business day ends: with 300, a sale at 04:59
// belongs to the day before. It is from 0 to 719.
type Cutoff int16

// MaxCutoff is the latest cutoff.
const MaxCutoff Cutoff = 719

// ErrCutoff is returned for a cutoff outside 0 to MaxCutoff.
var ErrCutoff = errors.New("businessday: the cutoff must be from 0 to 719 minutes after midnight")

// Clock is what a store's days run by.
type Clock struct {
	zone   *time.Location
	cutoff Cutoff
}

// NewClock returns the clock of a store. A zone that does not exist, or is empty, is an error and
// never UTC.
func NewClock(zone string, cutoff Cutoff) (Clock, error) {
	if zone == "" || zone == "Local" {
		return Clock{}, fmt.Errorf("businessday: %q is not a time zone", zone)
	}
	loc, err := location(zone)
	if err != nil {
		return Clock{}, fmt.Errorf("businessday: %w", err)
	}
	if cutoff < 0 || cutoff > MaxCutoff {
		return Clock{}, ErrCutoff
	}
	return Clock{zone: loc, cutoff: cutoff}, nil
}

// zones are the time zones that were asked for: reading one from the system's files takes longer than
// pricing an order, and every request to a store needs its clock.
var zones sync.Map // name → *time.Location

func location(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil //nolint:forcetypeassert // nothing else is stored
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, loc)
	}
	return loc, err
}

// Zone returns the store's time zone.
func (c Clock) Zone() *time.Location { return c.zone }

// Date returns the business date of t. The cutoff is wall-clock time, so it holds across changes
// of daylight saving time.
func (c Clock) Date(t time.Time) Date {
	local := t.In(c.zone)
	d := DateOf(local)
	if local.Hour()*60+local.Minute() < int(c.cutoff) {
		return d.AddDays(-1)
	}
	return d
}

// Start returns when the business day begins: the cutoff on the wall clock of its date.
func (c Clock) Start(d Date) time.Time {
	return time.Date(d.year, d.month, d.day, 0, int(c.cutoff), 0, 0, c.zone)
}

// Hour returns the hour on the store's wall clock, 0 to 23.
func (c Clock) Hour(t time.Time) int { return t.In(c.zone).Hour() }

// NewDate returns the date of year, month and day, normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the calendar date that t shows in its own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads "2026-11-22".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("businessday: %q is not a date like 2026-11-22", s)
	}
	return DateOf(t), nil
}

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// Midnight returns the beginning of d in UTC: a form for arithmetic and formatting, not a moment in
// anybody's day.
func (d Date) Midnight() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.Midnight().AddDate(0, 0, n)) }

// Equal reports whether d and e are the same day.
func (d Date) Equal(e Date) bool { return d == e }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.Midnight().Before(e.Midnight()) }

// DaysUntil returns the number of days from d to e.
func (d Date) DaysUntil(e Date) int { return int(e.Midnight().Sub(d.Midnight()).Hours() / 24) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.Midnight().Weekday() }

// Year returns the year of d.
func (d Date) Year() int { return d.year }

// Month returns the month of d.
func (d Date) Month() time.Month { return d.month }

// Day returns the day of the month.
func (d Date) Day() int { return d.day }

// String writes "2026-11-22".
func (d Date) String() string { return d.Midnight().Format(time.DateOnly) }

// MarshalText implements encoding.TextMarshaler.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Date) UnmarshalText(b []byte) error {
	parsed, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Value implements driver.Valuer: a PostgreSQL date, or NULL for no day.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.Midnight(), nil
}

// Scan implements sql.Scanner.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
		return nil
	case time.Time:
		*d = DateOf(v)
		return nil
	}
	return fmt.Errorf("businessday: cannot read %T as a date", src)
}

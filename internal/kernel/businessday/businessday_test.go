package businessday_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"maru/internal/kernel/businessday"
)

func TestSaleAfterMidnightBelongsToTheDayBeforeTheCutoff(t *testing.T) {
	t.Parallel()
	seoul, err := businessday.NewClock("Asia/Seoul", 300)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-11-22T19:59:59Z": "2026-11-22", // 04:59:59 in Seoul
		"2026-11-22T20:00:00Z": "2026-11-23", // 05:00:00
		"2026-11-22T14:59:00Z": "2026-11-22", // 23:59
		"2026-11-22T15:00:00Z": "2026-11-22", // midnight
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := seoul.Date(moment).String(); got != want {
			t.Errorf("%s belongs to %s, want %s", at, got, want)
		}
	}
}

func TestClockNeedsARealZone(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", "Local", "Seoul", "Asia/Nowhere"} {
		if _, err := businessday.NewClock(zone, 0); err == nil {
			t.Errorf("zone %q was taken", zone)
		}
	}
	for _, cutoff := range []businessday.Cutoff{-1, 720} {
		if _, err := businessday.NewClock("Asia/Seoul", cutoff); err == nil {
			t.Errorf("cutoff %d was taken", cutoff)
		}
	}
}

// Business days never overlap nor run backwards, also where clocks change.
func TestBusinessDatesFollowTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"}).Draw(t, "zone")
		cutoff := businessday.Cutoff(rapid.Int16Range(0, 719).Draw(t, "cutoff"))
		clock, err := businessday.NewClock(zone, cutoff)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "at"), 0)
		later := at.Add(time.Duration(rapid.Int64Range(3*3600, 90*3600).Draw(t, "seconds")) * time.Second)
		d, e := clock.Date(at), clock.Date(later)
		if e.Before(d) {
			t.Fatalf("%s is %s and later %s is %s", at, d, later, e)
		}
		local := at.In(clock.Zone())
		if d != businessday.DateOf(local) && d != businessday.DateOf(local).AddDays(-1) {
			t.Fatalf("%s is the business day %s", local, d)
		}
	})
}

func TestDateIsTextAndDatabaseValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := businessday.NewDate(rapid.IntRange(1970, 2200).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"))
		var read businessday.Date
		text, err := d.MarshalText()
		if err != nil || read.UnmarshalText(text) != nil || read != d {
			t.Fatalf("%s came back as %s", d, read)
		}
		v, err := d.Value()
		if err != nil {
			t.Fatal(err)
		}
		var scanned businessday.Date
		if err := scanned.Scan(v); err != nil || scanned != d {
			t.Fatalf("%s came back from the database as %s, %v", d, scanned, err)
		}
		if n := rapid.IntRange(-1000, 1000).Draw(t, "n"); d.DaysUntil(d.AddDays(n)) != n {
			t.Fatalf("%s + %d days", d, n)
		}
	})
}

package postgres_test

import (
	"testing"

	"maru/internal/kernel/businessday"
	"maru/internal/platform/postgres/pgtest"
)

func TestDatesArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	for _, date := range []businessday.Date{
		{},
		businessday.NewDate(2026, 11, 22), businessday.NewDate(2000, 1, 1), businessday.NewDate(1999, 12, 31),
		businessday.NewDate(1970, 1, 1), businessday.NewDate(1961, 3, 1), businessday.NewDate(2400, 2, 29),
	} {
		var got businessday.Date
		var text *string
		var list []businessday.Date
		err := db.QueryRow(t.Context(), "SELECT $1::date, $1::date::text, $2::date[]", date, []businessday.Date{date, {}}).Scan(&got, &text, &list)
		if err != nil {
			t.Fatal(err)
		}
		if got != date || (text == nil) != date.IsZero() || text != nil && *text != date.String() {
			t.Errorf("%s came back as %s", date, got)
		}
		if len(list) != 2 || list[0] != date || !list[1].IsZero() {
			t.Errorf("%s and no day came back as %v", date, list)
		}
	}
}

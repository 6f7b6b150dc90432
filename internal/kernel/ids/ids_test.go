package ids_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
)

func TestDerivedIDsAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 3, 5, 8, 30, 12, 345_000_000, time.UTC)
	a, b := ids.DerivedV7(at, "store 5"), ids.DerivedV7(at, "store 5")
	if a != b || a == ids.DerivedV7(at, "store 8") || a == ids.DerivedV7(at.Add(time.Millisecond), "store 5") {
		t.Error("the id does not follow from time and name alone")
	}
	if a.Version() != 7 || a.Variant() != uuid.RFC4122 {
		t.Errorf("%s is version %d, variant %s", a, a.Version(), a.Variant())
	}
	if got, ok := ids.TimeOf(a); !ok || !got.Equal(at) {
		t.Errorf("time of %s is %s, want %s", a, got, at)
	}
	if _, ok := ids.TimeOf(uuid.New()); ok {
		t.Error("a version 4 id was read as having a time")
	}
}

// The lanes of stores are stored in every key of ordering: these must hold for ever.
func TestLanesOfStoresNeverChange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ids.Lane{
		"0192f0c1-0000-7000-8000-000000000000": 45,
		"0192f0c1-ffff-7abc-9def-0123456789ab": 253,
		"00000000-0000-0000-0000-000000000000": 5,
	} {
		id, err := ids.ParseStoreID(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := id.Lane(); got != want {
			t.Errorf("lane of %s is %d, want %d", text, got, want)
		}
	}
	seen := map[ids.Lane]int{}
	for range 256 * 100 {
		seen[ids.NewStoreID().Lane()]++
	}
	for lane := range ids.Lane(ids.Lanes) {
		if n := seen[lane]; n < 50 || n > 200 {
			t.Errorf("lane %d has %d of 25,600 stores: they are not spread", lane, n)
		}
	}
}

func TestOnlyTheCanonicalFormIsRead(t *testing.T) {
	t.Parallel()
	const id = "0192f0c1-ffff-7abc-9def-0123456789ab"
	if _, err := ids.ParseOrderID(id); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "{" + id + "}", "urn:uuid:" + id, "0192f0c1ffff7abc9def0123456789ab", id[:35] + "g"} {
		if got, err := ids.ParseOrderID(bad); err == nil {
			t.Errorf("%q was read as %s", bad, got)
		}
	}
}

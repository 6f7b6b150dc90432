package arch_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"maru/internal/members/membersapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
)

// Old versions of events stay in outboxes and archives: their golden files must still be read, nothing
// in them lost.
func TestOldVersionsOfStoreEventsAreStillRead(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"members.store_opened", "members.store_changed"} {
		golden, err := os.ReadFile(filepath.Join("testdata", "events", kind+".v1.json"))
		if err != nil {
			t.Fatal(err)
		}
		var old membersapi.StoreV1
		if err := json.Unmarshal(golden, &old); err != nil {
			t.Fatal(err)
		}
		opened, changed := membersapi.StoreOpenedFromV1(old), membersapi.StoreChangedFromV1(old)
		if opened.Store != changed.Store || opened.At != changed.At || opened.Store.Status != membersapi.Open {
			t.Errorf("%s: %+v and %+v", kind, opened, changed)
		}
		var was, is map[string]any
		again, err := json.Marshal(opened)
		if err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(golden, &was) != nil || json.Unmarshal(again, &is) != nil {
			t.Fatal("not JSON")
		}
		delete(is["store"].(map[string]any), "status")
		if w, i := mustJSON(t, was), mustJSON(t, is); w != i {
			t.Errorf("%s: read as %s, was %s", kind, i, w)
		}
	}
}

func linesIn(event map[string]any) (lines []map[string]any) {
	all, _ := event["lines"].([]any)
	for _, l := range all {
		lines = append(lines, l.(map[string]any))
	}
	return lines
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Members that were added later, and are left out where they are empty, are missing in what was stored
// before: it reads as it did then.
func TestEarlierFormsAreStillRead(t *testing.T) {
	t.Parallel()
	for kind, e := range map[string]event.Event{
		"ordering.order_accepted": &orderingapi.OrderAccepted{}, "ordering.order_status_changed": &orderingapi.OrderStatusChanged{},
		"ordering.order_cancelled": &orderingapi.OrderCancelled{},
	} {
		golden, err := os.ReadFile(filepath.Join("testdata", "events", kind+".v1.json"))
		if err != nil {
			t.Fatal(err)
		}
		var was map[string]any
		if err := json.Unmarshal(golden, &was); err != nil || was["device_id"] == nil {
			t.Fatalf("%s: %v, device_id %v", kind, err, was["device_id"])
		}
		delete(was, "device_id")
		delete(was, "discount")
		for _, line := range linesIn(was) {
			delete(line, "discount")
		}
		before := mustJSON(t, was)
		if err := json.Unmarshal([]byte(before), e); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		var is map[string]any
		if err := json.Unmarshal([]byte(mustJSON(t, e)), &is); err != nil {
			t.Fatal(err)
		}
		if after := mustJSON(t, is); after != before {
			t.Errorf("%s: read as %s, was %s", kind, after, before)
		}
	}
}

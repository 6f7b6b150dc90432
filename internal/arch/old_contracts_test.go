package arch_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"maru/internal/members/membersapi"
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

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

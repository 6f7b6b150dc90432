package trail_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/trail"
)

func entry() trail.Entry {
	return trail.Of("catalog", time.Unix(0, 0), auth.System("test"), "price_changed", trail.Object{Kind: "item", ID: "latte"})
}

func TestChangeKeepsWhatDiffers(t *testing.T) {
	t.Parallel()
	type size struct {
		Code  string `json:"code"`
		Price int64  `json:"price"`
	}
	e := entry().Change(size{"r", 4500}, size{"r", 9007199254740993})
	if string(e.Before) != `{"price":4500}` || string(e.After) != `{"price":9007199254740993}` {
		t.Errorf("before %s, after %s", e.Before, e.After)
	}
	if e := entry().Change(nil, size{"r", 1}); e.Before != nil || string(e.After) != `{"code":"r","price":1}` {
		t.Errorf("of something new: before %s, after %s", e.Before, e.After)
	}
}

// Whatever stands in a member that is secret or personal, and however deep, it does not come through.
func TestSecretsAndPersonalDataAreMasked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-z0-9가-힣]{8,30}`).Draw(t, "value")
		name := rapid.SampledFrom([]string{
			"password", "new_password", "PasswordHash", "token", "refresh_token", "totp_secret", "pin", "recovery_codes",
			"phone", "email", "address", "business_number", "contact_phone",
		}).Draw(t, "member")
		var v any = value
		for range rapid.IntRange(0, 3).Draw(t, "depth") {
			if rapid.Bool().Draw(t, "list") {
				v = []any{v}
			} else {
				v = map[string]any{name: v}
			}
		}
		e := entry().Change(map[string]any{name: v, "kept": 1}, map[string]any{name: "", "kept": 2})
		if strings.Contains(string(e.Before), value) {
			t.Fatalf("%s shows %q", e.Before, value)
		}
		if !strings.Contains(string(e.Before), `"kept":1`) {
			t.Fatalf("%s lost what is no secret", e.Before)
		}
	})
}

func TestLaneIsTheStoresWhereThereIsOne(t *testing.T) {
	t.Parallel()
	store := ids.NewStoreID()
	if got := entry().In(store).EventLane(); got != store.Lane() {
		t.Errorf("lane %d, the store's is %d", got, store.Lane())
	}
	if a, b := entry().EventLane(), entry().EventLane(); a != b || a < 0 || a >= ids.Lanes {
		t.Errorf("an object's lane moves: %d, %d", a, b)
	}
}

// Records wait in outboxes and archives: what was stored once is read for ever.
func TestStoredRecordsKeepTheirForm(t *testing.T) {
	t.Parallel()
	const stored = `{"source":"catalog","at":"2026-11-22T08:30:00Z","by":{"member_id":"01a20337-458b-79f3-99a3-893408057674","name":"김","role":"hq",` +
		`"session_id":"01a20337-458b-79f3-99a3-893408057675","address":"192.0.2.7"},"action":"price_changed",` +
		`"object":{"kind":"item","id":"latte","name":"라떼"},"store_id":"01a20337-458b-79f3-99a3-893408057676","note":"why","before":{"price":1},"after":{"price":2}}`
	var e trail.Entry
	if err := json.Unmarshal([]byte(stored), &e); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(e)
	if err != nil || string(got) != stored {
		t.Errorf("reads back as\n%s\n%v", got, err)
	}
}

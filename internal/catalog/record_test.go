package catalog_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog"
	"maru/internal/kernel/money"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// Every change of the draft leaves who did it and what was there before; what changes nothing or is
// refused leaves nothing.
func TestEveryChangeOfTheDraftLeavesATrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var records []trail.Entry
	var subs outbox.Subscriptions
	subs.On("inventory.records", func(_ context.Context, _ pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			records = append(records, d.Event.(trail.Entry))
		}
		return nil
	}, outbox.Named[trail.Entry](trail.Kind("catalog")))
	post := outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler))
	w.cafe()
	w.must(post.Drain(t.Context()))
	for _, action := range []string{"category_saved", "material_saved", "option_group_saved", "item_saved", "sizes_saved", "recipe_saved"} {
		if !slices.ContainsFunc(records, func(e trail.Entry) bool { return e.Action == action && e.By.Name == w.hq.Name && e.After != nil }) {
			t.Errorf("no %s in the trail", action)
		}
	}

	records = nil
	w.must(w.menu.ChangePrice(t.Context(), w.hq, catalog.ChangePrice{Item: "latte", Size: "r", Price: 5200}))
	w.item("latte", "coffee", map[string]money.Amount{"r": 5200}, "milk") // already so
	w.refused(w.menu.ChangePrice(t.Context(), w.hq, catalog.ChangePrice{Item: "latte", Size: "xxl", Price: 1}), catalog.ErrUnknownSize)
	w.must(post.Drain(t.Context()))
	if len(records) != 1 || records[0].Object.ID != "latte" || !strings.Contains(string(records[0].Before), `"Price":5000`) ||
		!strings.Contains(string(records[0].After), `"Price":5200`) {
		t.Errorf("of a price: %+v", records)
	}

	records = nil
	_, err := w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{Note: "겨울 가격"})
	w.must(err)
	w.must(post.Drain(t.Context()))
	if len(records) != 1 || records[0].Action != "menu_published" || records[0].Note != "겨울 가격" {
		t.Errorf("of publishing: %+v", records)
	}
}

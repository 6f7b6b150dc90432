package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"

	"maru/internal/kernel/ids"
)

// zeroID stands in prepared orders where each gets an id of its own.
const zeroID = "00000000-0000-0000-0000-000000000000"

// bodies makes orders of two lines each, with the usual options and paid exactly, out of what a store sells.
func (p *program) bodies(ctx context.Context, token string, n int) ([][]byte, error) {
	var m menu
	if err := p.call(ctx, token, http.MethodGet, "/stores/"+storeCode(0)+"/menu", nil, &m); err != nil {
		return nil, err
	}
	m.Items = slices.DeleteFunc(m.Items, func(i menuItem) bool { return !i.Sizes[0].Available })
	if len(m.Items) < 2 {
		return nil, errors.New("the menu has nothing to order")
	}
	rng := rand.New(rand.NewPCG(26, 11)) //nolint:gosec // the same orders in every run
	all := make([][]byte, n)
	for i := range all {
		doc, err := json.Marshal(m.order(rng))
		if err != nil {
			return nil, err
		}
		all[i] = doc
	}
	return all, nil
}

// probe places every order once, so that a menu that changed is found out before anything is measured.
func (p *program) probe(ctx context.Context, token string, bodies [][]byte) error {
	for _, body := range bodies {
		var order map[string]any
		if err := json.Unmarshal(body, &order); err != nil {
			return err
		}
		order["id"] = ids.NewV7().String()
		if err := p.call(ctx, token, http.MethodPost, "/stores/"+storeCode(0)+"/orders", order, nil); err != nil {
			return err
		}
	}
	return nil
}

type menu struct {
	Items  []menuItem
	Groups []struct {
		ID      string
		Options []struct {
			ID      string
			Price   int64
			Default bool
		}
	} `json:"option_groups"`
}

type menuItem struct {
	ID    string
	Sizes []struct {
		ID        string
		Price     int64
		Available bool
	}
	GroupIDs []string `json:"option_group_ids"`
}

// order is a customer's: two items, of which some are wanted twice.
func (m menu) order(rng *rand.Rand) map[string]any {
	total := int64(0)
	var lines []map[string]any
	for range 2 {
		item := m.Items[rng.IntN(len(m.Items))]
		size := item.Sizes[rng.IntN(len(item.Sizes))]
		unit, quantity := size.Price, 1+int64(rng.IntN(6)/5)
		options := []map[string]any{}
		for _, g := range m.Groups {
			if !slices.Contains(item.GroupIDs, g.ID) {
				continue
			}
			for _, o := range g.Options {
				if o.Default {
					options = append(options, map[string]any{"option_id": o.ID, "quantity": 1})
					unit += o.Price
				}
			}
		}
		lines = append(lines, map[string]any{"item_id": item.ID, "size_id": size.ID, "options": options, "quantity": quantity})
		total += unit * quantity
	}
	return map[string]any{
		"id": zeroID, "dining": []string{"takeaway", "for_here"}[rng.IntN(2)], "lines": lines,
		"tenders": []map[string]any{{"kind": "cash", "amount": total}},
	}
}

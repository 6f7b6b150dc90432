package catalog

import (
	"context"
	"encoding/json"
	"fmt"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
)

// Draft returns everything headquarters edits, as of now.
func (s *Service) Draft(ctx context.Context) (Draft, error) {
	var d Draft
	err := s.read(ctx, func(q *catalogdb.Queries) (err error) {
		d, err = loadDraft(ctx, q)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("load the draft: %w", err)
	}
	return d, nil
}

func loadDraft(ctx context.Context, q *catalogdb.Queries) (d Draft, err error) {
	code, err := q.Currency(ctx)
	if err != nil {
		return Draft{}, err
	}
	d.Currency, _ = currencyOf(code) // none yet is a draft without a currency
	for _, load := range []func() error{
		func() error { d.Categories, err = loadCategories(ctx, q); return err },
		func() error { d.Items, err = loadItems(ctx, q); return err },
		func() error { d.Groups, err = loadGroups(ctx, q); return err },
		func() error { d.Materials, err = loadMaterials(ctx, q); return err },
		func() error { d.SubRecipes, d.Recipes, err = loadRecipes(ctx, q); return err },
	} {
		if err := load(); err != nil {
			return Draft{}, err
		}
	}
	return d, nil
}

func loadCategories(ctx context.Context, q *catalogdb.Queries) ([]Category, error) {
	rows, err := q.Categories(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Category, len(rows))
	for i, r := range rows {
		out[i] = Category{
			ID: r.CategoryID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn}, Icon: r.Icon,
			Position: int(r.Position), Stamp: Stamp{r.Revision, r.ChangedAt, r.ChangedBy},
		}
	}
	return out, nil
}

func loadItems(ctx context.Context, q *catalogdb.Queries) ([]Item, error) {
	rows, err := q.Items(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Item, len(rows))
	at := make(map[ids.ItemID]*Item, len(rows))
	for i, r := range rows {
		if out[i], err = itemOf(catalogdb.ItemByCodeRow(r)); err != nil {
			return nil, err
		}
		at[r.ItemID] = &out[i]
	}
	sizes, err := q.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range sizes {
		size, err := sizeOf(r)
		if err != nil {
			return nil, err
		}
		at[r.ItemID].Sizes = append(at[r.ItemID].Sizes, size)
	}
	groups, err := q.GroupsOfItems(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range groups {
		at[r.ItemID].Groups = append(at[r.ItemID].Groups, r.Code)
	}
	return out, nil
}

// loadItem returns one item with its sizes and groups, or nil where the code names none.
func loadItem(ctx context.Context, q *catalogdb.Queries, code string) (*Item, error) {
	row, err := one(q.ItemByCode(ctx, code))
	if err != nil || row == nil {
		return nil, err
	}
	item, err := itemOf(*row)
	if err != nil {
		return nil, err
	}
	sizes, err := q.SizesOfItem(ctx, item.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range sizes {
		size, err := sizeOf(r)
		if err != nil {
			return nil, err
		}
		item.Sizes = append(item.Sizes, size)
	}
	if item.Groups, err = q.GroupsOfItem(ctx, item.ID); err != nil {
		return nil, err
	}
	return &item, nil
}

func itemOf(r catalogdb.ItemByCodeRow) (Item, error) {
	item := Item{
		ID: r.ItemID, Code: r.Code, Category: r.Category, Name: lang.Text{Ko: r.NameKo, En: r.NameEn}, Icon: r.Icon,
		TaxFree: r.TaxFree, OnSale: r.OnSale, Position: int(r.Position), Stamp: Stamp{r.Revision, r.ChangedAt, r.ChangedBy},
	}
	if err := json.Unmarshal(r.Allergens, &item.Allergens); err != nil {
		return Item{}, fmt.Errorf("allergens of item %s: %w", r.Code, err)
	}
	return item, nil
}

func sizeOf(r catalogdb.CatalogItemSize) (Size, error) {
	size := Size{ID: r.SizeID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn}, Price: r.Price}
	if r.Nutrition == nil {
		return size, nil
	}
	if err := json.Unmarshal(r.Nutrition, &size.Nutrition); err != nil {
		return Size{}, fmt.Errorf("nutrition of size %s: %w", r.SizeID, err)
	}
	return size, nil
}

func loadGroups(ctx context.Context, q *catalogdb.Queries) ([]OptionGroup, error) {
	rows, err := q.OptionGroups(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]OptionGroup, len(rows))
	at := make(map[ids.OptionGroupID]*OptionGroup, len(rows))
	for i, r := range rows {
		out[i] = OptionGroup{
			ID: r.GroupID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn}, Min: int(r.Least), Max: int(r.Most),
			Position: int(r.Position), Stamp: Stamp{r.Revision, r.ChangedAt, r.ChangedBy},
		}
		at[r.GroupID] = &out[i]
	}
	deltas, err := loadDeltas(ctx, q)
	if err != nil {
		return nil, err
	}
	options, err := q.Options(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range options {
		at[r.GroupID].Options = append(at[r.GroupID].Options, Option{
			ID: r.OptionID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn}, Price: r.Price,
			Default: r.Preselected, MaxQuantity: int(r.MaxQuantity), Deltas: deltas[r.OptionID],
		})
	}
	return out, nil
}

func loadMaterials(ctx context.Context, q *catalogdb.Queries) ([]Material, error) {
	rows, err := q.Materials(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Material, len(rows))
	for i, r := range rows {
		if out[i], err = materialOf(catalogdb.MaterialByCodeRow(r)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func materialOf(r catalogdb.MaterialByCodeRow) (Material, error) {
	m := Material{
		ID: r.MaterialID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn},
		Scale: quantity.Scale{Base: quantity.Unit(r.BaseUnit), Density: r.Density},
		Cost:  Cost(r.UnitCostMicro), Low: r.Low, Stamp: Stamp{r.Revision, r.ChangedAt, r.ChangedBy},
	}
	if err := json.Unmarshal(r.Packs, &m.Scale.Packs); err != nil {
		return Material{}, fmt.Errorf("packs of material %s: %w", r.Code, err)
	}
	return m, nil
}

func diningOptions(names []string) []dining.Option {
	if len(names) == 0 {
		return nil
	}
	out := make([]dining.Option, len(names))
	for i, n := range names {
		out[i] = dining.Option(n)
	}
	return out
}

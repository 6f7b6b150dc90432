package catalog

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
)

func loadRecipes(ctx context.Context, q *catalogdb.Queries) ([]SubRecipe, map[ids.SizeID]Recipe, error) {
	rows, err := q.Components(ctx)
	if err != nil {
		return nil, nil, err
	}
	components := make(map[ids.RecipeID][]Component)
	for _, r := range rows {
		components[r.RecipeID] = append(components[r.RecipeID], componentOf(catalogdb.ComponentsOfRecipeRow(r)))
	}
	subRows, err := q.SubRecipes(ctx)
	if err != nil {
		return nil, nil, err
	}
	subs := make([]SubRecipe, len(subRows))
	for i, r := range subRows {
		subs[i] = SubRecipe{
			ID: r.RecipeID, Code: r.Code, Name: lang.Text{Ko: r.NameKo, En: r.NameEn}, Unit: quantity.Unit(r.BaseUnit),
			Yield: r.YieldMilli, Components: components[r.RecipeID], Stamp: Stamp{r.Revision, r.ChangedAt, r.ChangedBy},
		}
	}
	sizeRows, err := q.SizeRecipes(ctx)
	if err != nil {
		return nil, nil, err
	}
	recipes := make(map[ids.SizeID]Recipe, len(sizeRows))
	for _, r := range sizeRows {
		recipes[r.SizeID] = Recipe{
			ID: r.RecipeID, Components: components[r.RecipeID], Stamp: Stamp{r.Revision, r.ChangedAt, r.ChangedBy},
		}
	}
	return subs, recipes, nil
}

// loadRecipe returns the recipe of a size, or nil where it has none.
func loadRecipe(ctx context.Context, q *catalogdb.Queries, size ids.SizeID) (*Recipe, error) {
	row, err := one(q.RecipeOfSize(ctx, size))
	if err != nil || row == nil {
		return nil, err
	}
	recipe := Recipe{ID: row.RecipeID, Stamp: Stamp{row.Revision, row.ChangedAt, row.ChangedBy}}
	components, err := q.ComponentsOfRecipe(ctx, row.RecipeID)
	if err != nil {
		return nil, err
	}
	for _, r := range components {
		recipe.Components = append(recipe.Components, componentOf(r))
	}
	return &recipe, nil
}

func componentOf(r catalogdb.ComponentsOfRecipeRow) Component {
	return Component{
		Material: r.Material, Sub: r.Sub, Entered: r.EnteredMilli, Unit: r.Unit, Dining: diningOptions(r.DiningOptions),
		Quantity: r.Milli,
	}
}

func loadDeltas(ctx context.Context, q *catalogdb.Queries) (map[ids.OptionID][]Delta, error) {
	rows, err := q.Deltas(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[ids.OptionID][]Delta)
	for _, r := range rows {
		out[r.OptionID] = append(out[r.OptionID], Delta{
			Kind: catalogapi.DeltaKind(r.Kind), Material: r.Material, With: r.WithMaterial, Factor: r.FactorMilli,
			Entered: r.EnteredMilli, Unit: r.Unit, Quantity: r.Milli,
		})
	}
	return out, nil
}

// one turns "no rows" into nil.
func one[T any](row T, err error) (*T, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // "there is none" is an answer here
	}
	if err != nil {
		return nil, err
	}
	return &row, nil
}

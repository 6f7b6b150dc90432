package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/trail"
)

// SaveRecipe says what one unit of an item in one size uses. No components: it uses nothing.
type SaveRecipe struct {
	Item       string // code
	Size       string // code
	Components []Component
	Seen       int64 // revision of the recipe the author saw; or AnyRevision, NotThere
}

// SaveRecipe saves the recipe in the draft. Saving what is already so changes nothing. It returns
// ErrNotAllowed, ErrUnknownItem, ErrUnknownSize, ErrStale, or what is wrong with the components as
// errs.Fields ("components.0.unit" and the like).
func (s *Service) SaveRecipe(ctx context.Context, by auth.Principal, cmd SaveRecipe) error {
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) error {
		item, err := loadItem(ctx, q, cmd.Item)
		if err != nil {
			return err
		}
		if item == nil {
			return ErrUnknownItem.With("code", cmd.Item).On("item")
		}
		size, ok := item.Size(cmd.Size)
		if !ok {
			return ErrUnknownSize.With("item", cmd.Item, "code", cmd.Size).On("size")
		}
		p, err := loadPantry(ctx, q)
		if err != nil {
			return err
		}
		components, err := p.measure(cmd.Components)
		if err != nil {
			return err
		}
		return s.putRecipe(ctx, tx, q, by, p, recipeOf{item, size}, cmd.Seen, components)
	})
	if err != nil {
		return fmt.Errorf("save recipe of %s %s: %w", cmd.Item, cmd.Size, err)
	}
	return nil
}

func (s *Service) putRecipe(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, p pantry, of recipeOf, seen int64, components []Component) error {
	old, err := loadRecipe(ctx, q, of.size.ID)
	if err != nil {
		return err
	}
	if old == nil {
		if err := checkSeen(seen, nil, ErrStale.With("who", "")); err != nil {
			return err
		}
		id := ids.RecipeID{UUID: ids.NewV7()}
		if err := q.InsertSizeRecipe(ctx, catalogdb.InsertSizeRecipeParams{
			RecipeID: id, SizeID: of.size.ID, ChangedAt: s.now(), ChangedBy: by.Name,
		}); err != nil {
			return err
		}
		if err := putComponents(ctx, q, p, id, components); err != nil {
			return err
		}
		return s.record(ctx, tx, by, "recipe_saved", of.object(), nil, map[string]any{"components": components})
	}
	switch {
	case seen == NotThere:
		return ErrStale.With("who", old.By)
	case sameComponents(old.Components, components):
		return nil
	}
	if err := checkSeen(seen, &old.Stamp, ErrStale); err != nil {
		return err
	}
	if err := q.TouchRecipe(ctx, s.now(), by.Name, old.ID); err != nil {
		return err
	}
	if err := putComponents(ctx, q, p, old.ID, components); err != nil {
		return err
	}
	return s.record(ctx, tx, by, "recipe_saved", of.object(),
		map[string]any{"components": old.Components}, map[string]any{"components": components})
}

// recipeOf is what a recipe makes.
type recipeOf struct {
	item *Item
	size Size
}

func (of recipeOf) object() trail.Object {
	return trail.Object{Kind: "recipe", ID: of.item.Code + "/" + of.size.Code, Name: of.item.Name.Ko + " " + of.size.Name.Ko}
}

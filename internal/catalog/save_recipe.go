package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
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
	err := s.edit(ctx, by, func(_ pgx.Tx, q *catalogdb.Queries) error {
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
		return s.putRecipe(ctx, q, by, p, size.ID, cmd.Seen, components)
	})
	if err != nil {
		return fmt.Errorf("save recipe of %s %s: %w", cmd.Item, cmd.Size, err)
	}
	return nil
}

func (s *Service) putRecipe(ctx context.Context, q *catalogdb.Queries, by auth.Principal, p pantry, size ids.SizeID, seen int64, components []Component) error {
	old, err := loadRecipe(ctx, q, size)
	if err != nil {
		return err
	}
	if old == nil {
		if err := checkSeen(seen, nil, ErrStale.With("who", "")); err != nil {
			return err
		}
		id := ids.RecipeID{UUID: ids.NewV7()}
		if err := q.InsertSizeRecipe(ctx, catalogdb.InsertSizeRecipeParams{
			RecipeID: id, SizeID: size, ChangedAt: s.now(), ChangedBy: by.Name,
		}); err != nil {
			return err
		}
		return putComponents(ctx, q, p, id, components)
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
	return putComponents(ctx, q, p, old.ID, components)
}

package catalog

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// SaveSubRecipe makes or changes something that is made ahead and used by recipes.
type SaveSubRecipe struct {
	Code       string
	Name       lang.Text
	Yield      quantity.Milli // how much the components make, in Unit
	Unit       string         // g, kg, ml, l or ea
	Components []Component
	Seen       int64 // revision the author saw; or AnyRevision, NotThere
}

// Errors of sub-recipes.
var (
	ErrYield = errs.New(errs.Invalid, "catalog.bad_yield",
		"완성되는 양을 0보다 큰 수로 적어 주세요.", "Enter how much it makes, as a number above 0.")
	ErrYieldUnitFixed = errs.New(errs.Conflict, "catalog.yield_unit_fixed",
		"완성 단위는 바꿀 수 없어요. 새 서브 레시피를 만들어 주세요.", "What it is measured in cannot change. Make a new sub-recipe instead.")
)

// SaveSubRecipe saves the sub-recipe with the code in the draft. Saving what is already so changes
// nothing. It returns ErrNotAllowed, ErrStale, ErrCodeTaken, ErrYieldUnitFixed, ErrCycle with the path,
// or what is wrong with the input as errs.Fields.
func (s *Service) SaveSubRecipe(ctx context.Context, by auth.Principal, cmd SaveSubRecipe) (ids.RecipeID, error) {
	cmd.Name = trimmed(cmd.Name)
	sub, err := cmd.check()
	if err != nil {
		return ids.RecipeID{}, err
	}
	var id ids.RecipeID
	err = s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) (err error) {
		id, err = s.saveSubRecipe(ctx, tx, q, by, cmd, sub)
		return err
	})
	if err != nil {
		return ids.RecipeID{}, fmt.Errorf("save sub-recipe %s: %w", cmd.Code, err)
	}
	return id, nil
}

func (cmd SaveSubRecipe) check() (SubRecipe, error) {
	var p problems
	p.code("code", cmd.Code)
	p.name("name", cmd.Name)
	base, _, ok := quantity.Unit(cmd.Unit).Base()
	if !ok {
		p.add(ErrUnit.With("unit", cmd.Unit), "unit")
	}
	yield, err := quantity.Scale{Base: base}.Convert(cmd.Yield, cmd.Unit)
	if ok && (err != nil || yield <= 0) {
		p.add(ErrYield, "yield")
	}
	for i, c := range cmd.Components {
		if len(c.Dining) > 0 {
			p.add(ErrDiningInSub, "components."+strconv.Itoa(i)+".dining")
		}
	}
	return SubRecipe{Code: cmd.Code, Name: cmd.Name, Unit: base, Yield: yield}, p.err()
}

func (s *Service) saveSubRecipe(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd SaveSubRecipe, sub SubRecipe) (ids.RecipeID, error) {
	p, err := loadPantry(ctx, q)
	if err != nil {
		return ids.RecipeID{}, err
	}
	old, exists := p.subs[cmd.Code]
	if exists {
		err = checkSeen(cmd.Seen, &old.Stamp, ErrUnknownSubRecipe)
	} else {
		err = checkSeen(cmd.Seen, nil, ErrUnknownSubRecipe.With("code", cmd.Code))
	}
	if err != nil {
		return ids.RecipeID{}, err
	}
	if exists && old.Unit != sub.Unit {
		return ids.RecipeID{}, ErrYieldUnitFixed.On("unit")
	}
	p.subs[cmd.Code] = sub // so that it may name itself, and the cycle is what is refused
	if sub.Components, err = p.measure(cmd.Components); err != nil {
		return ids.RecipeID{}, err
	}
	p.subs[cmd.Code] = sub
	if path := p.cycle(cmd.Code); path != nil {
		return ids.RecipeID{}, ErrCycle.With("path", pathText(path)).On("components")
	}
	if exists && old.Name == sub.Name && old.Yield == sub.Yield && sameComponents(old.Components, sub.Components) {
		return old.ID, nil
	}
	if sub.ID = old.ID; !exists {
		sub.ID = ids.RecipeID{UUID: ids.NewV7()}
		err = q.InsertSubRecipe(ctx, catalogdb.InsertSubRecipeParams{
			RecipeID: sub.ID, Code: sub.Code, NameKo: sub.Name.Ko, NameEn: sub.Name.En, BaseUnit: string(sub.Unit),
			YieldMilli: sub.Yield, ChangedAt: s.now(), ChangedBy: by.Name,
		})
	} else {
		err = q.UpdateSubRecipe(ctx, catalogdb.UpdateSubRecipeParams{
			RecipeID: sub.ID, NameKo: sub.Name.Ko, NameEn: sub.Name.En, BaseUnit: string(sub.Unit), YieldMilli: sub.Yield,
			ChangedAt: s.now(), ChangedBy: by.Name,
		})
	}
	if err != nil {
		return ids.RecipeID{}, err
	}
	if err := putComponents(ctx, q, p, sub.ID, sub.Components); err != nil {
		return ids.RecipeID{}, err
	}
	var was any
	if exists {
		sub.Stamp = old.Stamp // the trail says itself who and when
		was = old
	}
	return sub.ID, s.record(ctx, tx, by, "sub_recipe_saved", trail.Object{Kind: "recipe", ID: sub.Code, Name: sub.Name.Ko}, was, sub)
}

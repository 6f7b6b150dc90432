package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/outbox"
)

// recipes is one menu version's recipes, ready to be worked with. It is never changed.
type recipes struct {
	version int64
	bySize  map[sizeKey]catalogapi.Recipe
	deltas  map[ids.OptionID][]catalogapi.OptionDelta
	plans   []sizePlan
	levels  map[ids.MaterialID][]quantity.Milli
}

type sizeKey struct {
	item ids.ItemID
	size ids.SizeID
}

// sizePlan is what a store must have to make one size, and each option on it.
type sizePlan struct {
	sizeKey
	needs     []use
	packaging [][]use // one of these must be there, per dining option; empty: needs none
	options   []optionPlan
	groups    [][]ids.OptionID // of each one option must be there
}

// optionPlan is what the option needs on this size: of every material it makes a unit use more of, all
// that the unit then uses.
type optionPlan struct {
	option ids.OptionID
	needs  []use
}

func compile(e catalogapi.RecipesPublished) (*recipes, error) {
	r := &recipes{
		version: e.Version,
		bySize:  make(map[sizeKey]catalogapi.Recipe, len(e.Recipes)),
		deltas:  make(map[ids.OptionID][]catalogapi.OptionDelta),
	}
	for _, d := range e.Deltas {
		r.deltas[d.OptionID] = append(r.deltas[d.OptionID], d)
	}
	required := map[ids.ItemID][][]ids.OptionID{}
	for _, g := range e.Required {
		required[g.ItemID] = append(required[g.ItemID], g.Options)
	}
	for _, recipe := range e.Recipes {
		key := sizeKey{recipe.ItemID, recipe.SizeID}
		r.bySize[key] = recipe
		plan, err := r.plan(key, recipe)
		if err != nil {
			return nil, fmt.Errorf("recipe of item %s size %s: %w", key.item, key.size, err)
		}
		plan.groups = required[key.item]
		r.plans = append(r.plans, plan)
	}
	r.collectLevels()
	return r, nil
}

func (r *recipes) plan(key sizeKey, recipe catalogapi.Recipe) (sizePlan, error) {
	var always []catalogapi.Component
	packs := make([][]use, len(dining.All))
	packed := false
	for _, c := range recipe.Components {
		if len(c.Dining) == 0 {
			always = append(always, c)
			continue
		}
		packed = true
		for i, d := range dining.All {
			if slices.Contains(c.Dining, d) {
				*amountIn(&packs[i], c.MaterialID) += c.Quantity
			}
		}
	}
	plan := sizePlan{sizeKey: key, needs: summed(always)}
	if packed {
		plan.packaging = packs
	}
	for _, option := range recipe.Options {
		parts, err := r.prepared(always, []choice{{option, 1}})
		if err != nil {
			return sizePlan{}, err
		}
		var more []use
		for _, u := range summed(parts) {
			if u.milli > amountOf(plan.needs, u.material) {
				more = append(more, u)
			}
		}
		plan.options = append(plan.options, optionPlan{option, more})
	}
	return plan, nil
}

// collectLevels notes the balances at which something is sold out or comes back: a need, and twice it.
func (r *recipes) collectLevels() {
	r.levels = map[ids.MaterialID][]quantity.Milli{}
	note := func(needs []use) {
		for _, n := range needs {
			r.levels[n.material] = append(r.levels[n.material], n.milli, 2*n.milli)
		}
	}
	for _, plan := range r.plans {
		note(plan.needs)
		for _, p := range plan.packaging {
			note(p)
		}
		for _, o := range plan.options {
			note(o.needs)
		}
	}
	for material, levels := range r.levels {
		slices.Sort(levels)
		r.levels[material] = slices.Compact(levels)
	}
}

// crosses reports whether the way of a balance from before to after passes a level at which something
// is sold out or comes back.
func (r *recipes) crosses(material ids.MaterialID, before, after quantity.Milli) bool {
	low, high := min(before, after), max(before, after)
	levels := r.levels[material]
	i, found := slices.BinarySearch(levels, low)
	if found {
		i++ // a level is passed when one side is below it and the other is not
	}
	return i < len(levels) && levels[i] <= high
}

// summed adds up the positive components per material, in the order in which they stand in the recipe.
func summed(parts []catalogapi.Component) []use {
	var needs []use
	for _, c := range parts {
		*amountIn(&needs, c.MaterialID) += c.Quantity
	}
	return slices.DeleteFunc(needs, func(u use) bool { return u.milli <= 0 })
}

func amountOf(needs []use, material ids.MaterialID) quantity.Milli {
	for _, u := range needs {
		if u.material == material {
			return u.milli
		}
	}
	return 0
}

// recipeCache keeps decoded versions. Versions never change, so nothing in it is ever old.
type recipeCache struct {
	mu       sync.Mutex
	versions map[int64]*recipes
}

// cachedVersions is how many versions stay decoded: orders come by the newest few.
const cachedVersions = 16

var noRecipes = &recipes{}

// recipesOf returns the recipes of a menu version. A version that has not arrived here yet is "later";
// version 0 is from before the first menu and has none.
func (s *Service) recipesOf(ctx context.Context, q *inventorydb.Queries, version int64) (*recipes, error) {
	if version <= 0 {
		return noRecipes, nil
	}
	s.recipes.mu.Lock()
	r, ok := s.recipes.versions[version]
	s.recipes.mu.Unlock()
	if ok {
		return r, nil
	}
	stored, err := q.RecipeVersion(ctx, version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, outbox.Later(fmt.Errorf("the recipes of menu version %d have not arrived", version))
	}
	if err != nil {
		return nil, err
	}
	var e catalogapi.RecipesPublished
	if err := json.Unmarshal(stored, &e); err != nil {
		return nil, fmt.Errorf("recipes of menu version %d: %w", version, err)
	}
	if r, err = compile(e); err != nil {
		return nil, err
	}
	s.recipes.keep(r)
	return r, nil
}

func (c *recipeCache) keep(r *recipes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.versions == nil {
		c.versions = map[int64]*recipes{}
	}
	c.versions[r.version] = r
	for len(c.versions) > cachedVersions {
		oldest := r.version
		for v := range c.versions {
			oldest = min(oldest, v)
		}
		delete(c.versions, oldest)
	}
}

package catalog

import (
	"cmp"
	"slices"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

// Snapshot is everything that one version says.
type Snapshot struct {
	Menu    catalogapi.Menu
	Recipes catalogapi.RecipesPublished
}

// Errors of publishing.
var (
	ErrNothingOnSale = errs.New(errs.Conflict, "catalog.nothing_on_sale",
		"판매 중인 메뉴가 하나도 없어요.", "Nothing is on sale.")
	ErrItemWithoutSize = errs.New(errs.Invalid, "catalog.item_without_size",
		"{item}: 사이즈와 가격이 없어요. 사이즈를 넣거나 판매를 꺼 주세요.", "{item} has no size and no price. Add a size or take it off sale.")
	ErrItemPrice = errs.New(errs.Invalid, "catalog.item_price",
		"{item}: 가격이 쓸 수 있는 범위를 벗어났어요.", "{item}: a price is outside the possible range.")
	ErrGroupBroken = errs.New(errs.Invalid, "catalog.group_broken",
		"{item}: '{group}' 옵션 그룹의 규칙대로 고를 수 없어요.", "{item}: no choice keeps the rules of option group \"{group}\".")
	ErrItemRecipe = errs.New(errs.Invalid, "catalog.item_recipe",
		"{item}: 레시피를 풀 수 없어요. {why}", "{item}: the recipe cannot be resolved. {why}")
)

// assemble turns the draft into what a version of it would say, sub-recipes flattened. The same draft
// always gives the same snapshot. What forbids publishing comes back as errs.Fields, one per problem,
// together with the snapshot of everything that is in order.
func assemble(d *Draft) (Snapshot, errs.Fields) {
	a := assembly{
		draft: d, pantry: pantryOf(d.Materials, d.SubRecipes), groups: make(map[string]OptionGroup, len(d.Groups)),
		used: make(map[string]bool),
	}
	for _, g := range d.Groups {
		a.groups[g.Code] = g
	}
	a.out.Menu.Currency = d.Currency.Code
	categories := make(map[string]bool)
	byCategory := make(map[string]ids.CategoryID, len(d.Categories))
	for _, c := range d.Categories {
		byCategory[c.Code] = c.ID
	}
	for i := range d.Items {
		item := &d.Items[i]
		if item.OnSale && a.item(item, byCategory[item.Category]) {
			categories[item.Category] = true
		}
	}
	for _, c := range d.Categories {
		if categories[c.Code] {
			a.out.Menu.Categories = append(a.out.Menu.Categories, catalogapi.Category{ID: c.ID, Code: c.Code, Name: c.Name, Icon: c.Icon})
		}
	}
	a.optionGroups()
	return a.out, a.wrong
}

type assembly struct {
	draft  *Draft
	pantry pantry
	groups map[string]OptionGroup
	used   map[string]bool // groups that items on sale have
	out    Snapshot
	wrong  errs.Fields
}

func (a *assembly) refuse(e *errs.Error, item *Item) {
	a.wrong = append(a.wrong, e.WithText("item", item.Name).On("items."+item.Code))
}

// item adds an item on sale, or says what is wrong with it.
func (a *assembly) item(item *Item, category ids.CategoryID) bool {
	if len(item.Sizes) == 0 {
		a.refuse(ErrItemWithoutSize, item)
		return false
	}
	out := catalogapi.Item{
		ID: item.ID, Code: item.Code, Category: category, Name: item.Name, Icon: item.Icon, TaxFree: item.TaxFree,
		Allergens: slices.Clone(item.Allergens),
	}
	slices.SortFunc(out.Allergens, func(x, y catalogapi.Allergen) int { return cmp.Compare(x.Code, y.Code) })
	for _, size := range item.Sizes {
		if size.Price < 0 || size.Price > MaxPrice {
			a.refuse(ErrItemPrice, item)
		}
		out.Sizes = append(out.Sizes, catalogapi.Size{
			ID: size.ID, Code: size.Code, Name: size.Name, Price: size.Price, Nutrition: size.Nutrition,
		})
	}
	var options []ids.OptionID
	changes := false
	for _, code := range item.Groups {
		g := a.groups[code]
		if e := groupRule(g.Min, g.Max, g.Options); e != nil || len(g.Options) == 0 {
			a.refuse(ErrGroupBroken.WithText("group", g.Name), item)
		}
		a.used[code] = true
		out.Groups = append(out.Groups, g.ID)
		for _, o := range g.Options {
			options = append(options, o.ID)
			changes = changes || len(o.Deltas) > 0
		}
		if g.Min > 0 {
			a.out.Recipes.Required = append(a.out.Recipes.Required, catalogapi.RequiredGroup{
				ItemID: item.ID, GroupID: g.ID, Options: optionIDs(g.Options),
			})
		}
	}
	a.out.Menu.Items = append(a.out.Menu.Items, out)
	a.recipes(item, options, changes)
	return true
}

// recipes adds what the sizes of an item use. A size that uses nothing and that no option changes has
// no recipe.
func (a *assembly) recipes(item *Item, options []ids.OptionID, changes bool) {
	for _, size := range item.Sizes {
		components, err := a.pantry.flatten(a.draft.Recipes[size.ID].Components)
		if err != nil {
			why := lang.Text{Ko: "수량을 확인해 주세요.", En: "Check its quantities."}
			if e := errs.As(err); e != nil {
				why = e.Text
			}
			a.refuse(ErrItemRecipe.WithText("why", why), item)
			continue
		}
		if len(components) == 0 && !changes {
			continue
		}
		a.out.Recipes.Recipes = append(a.out.Recipes.Recipes, catalogapi.Recipe{
			ItemID: item.ID, SizeID: size.ID, Options: options, Components: components,
		})
	}
}

func (a *assembly) optionGroups() {
	for _, g := range a.draft.Groups {
		if !a.used[g.Code] {
			continue
		}
		out := catalogapi.OptionGroup{ID: g.ID, Code: g.Code, Name: g.Name, Min: g.Min, Max: g.Max}
		for _, o := range g.Options {
			out.Options = append(out.Options, catalogapi.Option{
				ID: o.ID, Code: o.Code, Name: o.Name, Price: o.Price, Default: o.Default, MaxQuantity: o.MaxQuantity,
			})
			for _, delta := range o.Deltas {
				a.out.Recipes.Deltas = append(a.out.Recipes.Deltas, catalogapi.OptionDelta{
					OptionID: o.ID, Kind: delta.Kind, MaterialID: a.pantry.materials[delta.Material].ID,
					With: a.pantry.materials[delta.With].ID, Factor: delta.Factor, Quantity: delta.Quantity,
				})
			}
		}
		a.out.Menu.Groups = append(a.out.Menu.Groups, out)
	}
}

func optionIDs(options []Option) []ids.OptionID {
	out := make([]ids.OptionID, len(options))
	for i, o := range options {
		out[i] = o.ID
	}
	return out
}

package catalog

import (
	"reflect"
	"slices"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
)

// ChangeKind says in which way two versions differ.
type ChangeKind string

// The kinds of changes.
const (
	ItemAdded       ChangeKind = "item_added"
	ItemRemoved     ChangeKind = "item_removed"
	ItemRenamed     ChangeKind = "item_renamed"
	ItemMoved       ChangeKind = "item_moved"   // to another category
	ItemChanged     ChangeKind = "item_changed" // icon, tax, allergens, which option groups
	SizeAdded       ChangeKind = "size_added"
	SizeRemoved     ChangeKind = "size_removed"
	SizeRenamed     ChangeKind = "size_renamed"
	PriceChanged    ChangeKind = "price_changed"
	NutritionChange ChangeKind = "nutrition_changed"
	RecipeChanged   ChangeKind = "recipe_changed"
	CategoryChanged ChangeKind = "category_changed" // added, renamed or removed
	GroupAdded      ChangeKind = "group_added"
	GroupRemoved    ChangeKind = "group_removed"
	GroupChanged    ChangeKind = "group_changed" // name or rules
	OptionAdded     ChangeKind = "option_added"
	OptionRemoved   ChangeKind = "option_removed"
	OptionChanged   ChangeKind = "option_changed" // name, price, default, quantity
	OptionRecipe    ChangeKind = "option_recipe_changed"
	OrderChanged    ChangeKind = "order_changed" // only the order of items or categories
)

// ChangeKinds lists the kinds, for tables that must be total.
var ChangeKinds = []ChangeKind{
	ItemAdded, ItemRemoved, ItemRenamed, ItemMoved, ItemChanged, SizeAdded, SizeRemoved, SizeRenamed, PriceChanged, NutritionChange,
	RecipeChanged, CategoryChanged, GroupAdded, GroupRemoved, GroupChanged, OptionAdded, OptionRemoved, OptionChanged, OptionRecipe,
	OrderChanged,
}

// Change is one difference between two versions.
type Change struct {
	Kind    ChangeKind
	Item    string    // code of the item it is about, where it is about one
	Subject lang.Text // name of the item, category or option group
	Part    lang.Text // name of the size or option, where it is about one
	// What stands before and after, by kind: names, prices, or a material and its quantities.
	Before, After            lang.Text
	OldPrice, NewPrice       money.Amount
	Material                 lang.Text
	Unit                     quantity.Unit
	Dining                   []dining.Option
	OldQuantity, NewQuantity quantity.Milli
}

// compare lists how after differs from before, in the order of after's menu; materials give names and
// units to quantities.
func compare(before, after Snapshot, materials []Material) []Change {
	c := comparison{
		before: before, after: after, materials: make(map[ids.MaterialID]Material, len(materials)),
		oldRecipes: recipesBySize(before), newRecipes: recipesBySize(after),
	}
	for _, m := range materials {
		c.materials[m.ID] = m
	}
	c.categories()
	c.items()
	c.groups()
	c.order()
	return c.out
}

type comparison struct {
	before, after          Snapshot
	materials              map[ids.MaterialID]Material
	oldRecipes, newRecipes map[ids.SizeID]catalogapi.Recipe
	out                    []Change
}

func (c *comparison) add(ch Change) { c.out = append(c.out, ch) }

func recipesBySize(s Snapshot) map[ids.SizeID]catalogapi.Recipe {
	out := make(map[ids.SizeID]catalogapi.Recipe, len(s.Recipes.Recipes))
	for _, r := range s.Recipes.Recipes {
		out[r.SizeID] = r
	}
	return out
}

func (c *comparison) categories() {
	for _, now := range c.after.Menu.Categories {
		old, ok := findCategory(c.before.Menu, now.ID)
		if len(c.before.Menu.Categories) > 0 && (!ok || old.Name != now.Name || old.Icon != now.Icon) {
			c.add(Change{Kind: CategoryChanged, Subject: now.Name, Before: old.Name, After: now.Name})
		}
	}
	for _, old := range c.before.Menu.Categories {
		if _, ok := findCategory(c.after.Menu, old.ID); !ok {
			c.add(Change{Kind: CategoryChanged, Subject: old.Name, Before: old.Name})
		}
	}
}

func findCategory(m catalogapi.Menu, id ids.CategoryID) (catalogapi.Category, bool) {
	for _, c := range m.Categories {
		if c.ID == id {
			return c, true
		}
	}
	return catalogapi.Category{}, false
}

func (c *comparison) items() {
	olds := make(map[ids.ItemID]catalogapi.Item, len(c.before.Menu.Items))
	for _, i := range c.before.Menu.Items {
		olds[i.ID] = i
	}
	for _, now := range c.after.Menu.Items {
		old, ok := olds[now.ID]
		delete(olds, now.ID)
		if !ok {
			c.add(Change{Kind: ItemAdded, Item: now.Code, Subject: now.Name, NewPrice: now.Sizes[0].Price})
			continue
		}
		c.item(old, now)
	}
	for _, old := range c.before.Menu.Items {
		if _, gone := olds[old.ID]; gone {
			c.add(Change{Kind: ItemRemoved, Item: old.Code, Subject: old.Name})
		}
	}
}

func (c *comparison) item(old, now catalogapi.Item) {
	about := Change{Item: now.Code, Subject: now.Name}
	if old.Name != now.Name {
		ch := about
		ch.Kind, ch.Before, ch.After = ItemRenamed, old.Name, now.Name
		c.add(ch)
	}
	if old.Category != now.Category {
		from, _ := findCategory(c.before.Menu, old.Category)
		to, _ := findCategory(c.after.Menu, now.Category)
		ch := about
		ch.Kind, ch.Before, ch.After = ItemMoved, from.Name, to.Name
		c.add(ch)
	}
	if old.Icon != now.Icon || old.TaxFree != now.TaxFree || !slices.Equal(old.Allergens, now.Allergens) || !slices.Equal(old.Groups, now.Groups) {
		ch := about
		ch.Kind = ItemChanged
		c.add(ch)
	}
	c.sizes(old, now, about)
}

func (c *comparison) sizes(old, now catalogapi.Item, about Change) {
	for _, size := range now.Sizes {
		ch := about
		ch.Part = size.Name
		at := slices.IndexFunc(old.Sizes, func(s catalogapi.Size) bool { return s.ID == size.ID })
		if at < 0 {
			ch.Kind, ch.NewPrice = SizeAdded, size.Price
			c.add(ch)
			continue
		}
		was := old.Sizes[at]
		if was.Name != size.Name {
			renamed := ch
			renamed.Kind, renamed.Before, renamed.After = SizeRenamed, was.Name, size.Name
			c.add(renamed)
		}
		if was.Price != size.Price {
			priced := ch
			priced.Kind, priced.OldPrice, priced.NewPrice = PriceChanged, was.Price, size.Price
			c.add(priced)
		}
		if !sameNutrition(was.Nutrition, size.Nutrition) {
			labelled := ch
			labelled.Kind = NutritionChange
			c.add(labelled)
		}
		c.recipe(ch, c.oldRecipes[size.ID].Components, c.newRecipes[size.ID].Components)
	}
	for _, was := range old.Sizes {
		if !slices.ContainsFunc(now.Sizes, func(s catalogapi.Size) bool { return s.ID == was.ID }) {
			ch := about
			ch.Kind, ch.Part, ch.OldPrice = SizeRemoved, was.Name, was.Price
			c.add(ch)
		}
	}
}

func (c *comparison) recipe(about Change, old, now []catalogapi.Component) {
	about.Kind = RecipeChanged
	find := func(in []catalogapi.Component, like catalogapi.Component) quantity.Milli {
		for _, x := range in {
			if x.MaterialID == like.MaterialID && slices.Equal(x.Dining, like.Dining) {
				return x.Quantity
			}
		}
		return 0
	}
	tell := func(x catalogapi.Component, before, after quantity.Milli) {
		if before == after {
			return
		}
		ch := about
		m := c.materials[x.MaterialID]
		ch.Material, ch.Unit, ch.Dining = m.Name, m.Scale.Base, x.Dining
		ch.OldQuantity, ch.NewQuantity = before, after
		c.add(ch)
	}
	for _, x := range now {
		tell(x, find(old, x), x.Quantity)
	}
	for _, x := range old {
		if find(now, x) == 0 {
			tell(x, x.Quantity, 0)
		}
	}
}

func (c *comparison) groups() {
	for _, now := range c.after.Menu.Groups {
		at := slices.IndexFunc(c.before.Menu.Groups, func(g catalogapi.OptionGroup) bool { return g.ID == now.ID })
		if at < 0 {
			c.add(Change{Kind: GroupAdded, Subject: now.Name})
			continue
		}
		old := c.before.Menu.Groups[at]
		if old.Name != now.Name || old.Min != now.Min || old.Max != now.Max || old.Code != now.Code {
			c.add(Change{Kind: GroupChanged, Subject: now.Name, Before: old.Name, After: now.Name})
		}
		c.options(old, now)
	}
	for _, old := range c.before.Menu.Groups {
		if !slices.ContainsFunc(c.after.Menu.Groups, func(g catalogapi.OptionGroup) bool { return g.ID == old.ID }) {
			c.add(Change{Kind: GroupRemoved, Subject: old.Name})
		}
	}
}

func (c *comparison) options(old, now catalogapi.OptionGroup) {
	for _, o := range now.Options {
		ch := Change{Subject: now.Name, Part: o.Name, NewPrice: o.Price}
		at := slices.IndexFunc(old.Options, func(x catalogapi.Option) bool { return x.ID == o.ID })
		if at < 0 {
			ch.Kind = OptionAdded
			c.add(ch)
			continue
		}
		if was := old.Options[at]; was != o {
			changed := ch
			changed.Kind, changed.Before, changed.After, changed.OldPrice = OptionChanged, was.Name, o.Name, was.Price
			c.add(changed)
		}
		if !reflect.DeepEqual(deltasOf(c.before, o.ID), deltasOf(c.after, o.ID)) {
			ch.Kind = OptionRecipe
			c.add(ch)
		}
	}
	for _, was := range old.Options {
		if !slices.ContainsFunc(now.Options, func(x catalogapi.Option) bool { return x.ID == was.ID }) {
			c.add(Change{Kind: OptionRemoved, Subject: now.Name, Part: was.Name})
		}
	}
}

func deltasOf(s Snapshot, option ids.OptionID) []catalogapi.OptionDelta {
	var out []catalogapi.OptionDelta
	for _, d := range s.Recipes.Deltas {
		if d.OptionID == option {
			out = append(out, d)
		}
	}
	return out
}

// order notes that only the order changed: of what is in both versions.
func (c *comparison) order() {
	common := func(m, other catalogapi.Menu) (out []ids.ItemID) {
		for _, i := range m.Items {
			if slices.ContainsFunc(other.Items, func(x catalogapi.Item) bool { return x.ID == i.ID }) {
				out = append(out, i.ID)
			}
		}
		return out
	}
	moved := slices.ContainsFunc(c.out, func(ch Change) bool { return ch.Kind == ItemMoved })
	if !moved && !slices.Equal(common(c.before.Menu, c.after.Menu), common(c.after.Menu, c.before.Menu)) {
		c.add(Change{Kind: OrderChanged})
	}
}

package catalog

import (
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
)

// Draft is everything headquarters edits, as of one moment. Its parts name each other by code.
type Draft struct {
	Currency   money.Currency // zero before the franchise is known
	Categories []Category     // in the order of the register
	Items      []Item         // in the order of the register
	Groups     []OptionGroup
	Materials  []Material
	SubRecipes []SubRecipe
	Recipes    map[ids.SizeID]Recipe
}

// Stamp says which revision of a part this is, and who made it when.
type Stamp struct {
	Revision int64 // from 1
	At       time.Time
	By       string
}

// Category is a section of the menu.
type Category struct {
	ID       ids.CategoryID
	Code     string
	Name     lang.Text
	Icon     string
	Position int
	Stamp
}

// Item is something to sell, with its sizes.
type Item struct {
	ID        ids.ItemID
	Code      string
	Category  string
	Name      lang.Text
	Icon      string // empty: the category's
	TaxFree   bool
	OnSale    bool // off: kept here, left out of the next version
	Position  int
	Allergens []catalogapi.Allergen
	Groups    []string
	Sizes     []Size
	Stamp
}

// Size is one size of an item. Code is unique within the item.
type Size struct {
	ID        ids.SizeID
	Code      string
	Name      lang.Text
	Price     money.Amount
	Nutrition *catalogapi.Nutrition
}

// OptionGroup is a choice with its rules.
type OptionGroup struct {
	ID       ids.OptionGroupID
	Code     string
	Name     lang.Text
	Min, Max int
	Position int
	Options  []Option
	Stamp
}

// Option is one choice of a group. Code is unique within the group.
type Option struct {
	ID          ids.OptionID
	Code        string
	Name        lang.Text
	Price       money.Amount
	Default     bool
	MaxQuantity int
	Deltas      []Delta
}

// Delta is what an option changes in a recipe; see catalogapi.OptionDelta.
type Delta struct {
	Kind     catalogapi.DeltaKind
	Material string
	With     string         // replace: what comes instead
	Factor   quantity.Milli // replace and multiply: thousandths
	Entered  quantity.Milli // add: the number that was typed, in Unit
	Unit     string
	Quantity quantity.Milli // add: in thousandths of the base unit; computed
}

// Material is the master record of a material (원부자재).
type Material struct {
	ID    ids.MaterialID
	Code  string
	Name  lang.Text
	Scale quantity.Scale
	Cost  Cost // per base unit
	Low   quantity.Milli
	Stamp
}

// SubRecipe is something made ahead and used by recipes, such as cold brew concentrate.
type SubRecipe struct {
	ID         ids.RecipeID
	Code       string
	Name       lang.Text
	Unit       quantity.Unit  // base unit of what it yields
	Yield      quantity.Milli // how much the components make
	Components []Component
	Stamp
}

// Recipe is what one unit of an item in one size uses.
type Recipe struct {
	ID         ids.RecipeID
	Components []Component
	Stamp
}

// Component is a material or a sub-recipe in a recipe; exactly one of the two is named.
type Component struct {
	Material string
	Sub      string
	Entered  quantity.Milli // the number that was typed, in Unit
	Unit     string
	Dining   []dining.Option // only for these; empty: always
	Quantity quantity.Milli  // in thousandths of the base unit; computed
}

// Item returns the item with the code.
func (d *Draft) Item(code string) (Item, bool) {
	for _, i := range d.Items {
		if i.Code == code {
			return i, true
		}
	}
	return Item{}, false
}

// Group returns the option group with the code.
func (d *Draft) Group(code string) (OptionGroup, bool) {
	for _, g := range d.Groups {
		if g.Code == code {
			return g, true
		}
	}
	return OptionGroup{}, false
}

// Category returns the category with the code.
func (d *Draft) Category(code string) (Category, bool) {
	for _, c := range d.Categories {
		if c.Code == code {
			return c, true
		}
	}
	return Category{}, false
}

// Material returns the material with the code.
func (d *Draft) Material(code string) (Material, bool) {
	for _, m := range d.Materials {
		if m.Code == code {
			return m, true
		}
	}
	return Material{}, false
}

// SubRecipe returns the sub-recipe with the code.
func (d *Draft) SubRecipe(code string) (SubRecipe, bool) {
	for _, s := range d.SubRecipes {
		if s.Code == code {
			return s, true
		}
	}
	return SubRecipe{}, false
}

// Size returns the size of the item with the code.
func (i *Item) Size(code string) (Size, bool) {
	for _, s := range i.Sizes {
		if s.Code == code {
			return s, true
		}
	}
	return Size{}, false
}

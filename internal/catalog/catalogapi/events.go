// Package catalogapi is what other contexts may know of the catalogue: published menus, flattened
// recipes and the material master.
package catalogapi

import (
	"time"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
)

// Menu is one published, immutable version of everything the franchise sells.
type Menu struct {
	Version     int64         `json:"version"` // counts from 1
	Currency    string        `json:"currency"`
	PublishedAt time.Time     `json:"published_at"`
	Categories  []Category    `json:"categories"` // in the order of the register
	Items       []Item        `json:"items"`      // in the order of the register
	Groups      []OptionGroup `json:"option_groups"`
}

// Category is a section of the menu.
type Category struct {
	ID   ids.CategoryID `json:"id"`
	Code string         `json:"code"`
	Name lang.Text      `json:"name"`
	Icon string         `json:"icon"` // name of the drawn icon that stands in for a picture
}

// Item is something a customer can order, in one or more sizes.
type Item struct {
	ID        ids.ItemID          `json:"id"`
	Code      string              `json:"code"` // stable name in files and integrations
	Category  ids.CategoryID      `json:"category_id"`
	Name      lang.Text           `json:"name"`
	Icon      string              `json:"icon,omitempty"` // empty: the category's
	TaxFree   bool                `json:"tax_free,omitempty"`
	Sizes     []Size              `json:"sizes"` // at least one, smallest first
	Groups    []ids.OptionGroupID `json:"option_group_ids,omitempty"`
	Allergens []Allergen          `json:"allergens,omitempty"`
}

// Size is one size of an item, and what is priced.
type Size struct {
	ID        ids.SizeID   `json:"id"`
	Code      string       `json:"code"`
	Name      lang.Text    `json:"name"`
	Price     money.Amount `json:"price"` // including VAT
	Nutrition *Nutrition   `json:"nutrition,omitempty"`
}

// Nutrition is what Korean labelling asks for, per serving of a size.
type Nutrition struct {
	Kcal         float64 `json:"kcal"`
	SugarG       float64 `json:"sugar_g"`
	ProteinG     float64 `json:"protein_g"`
	SaturatedFat float64 `json:"saturated_fat_g"`
	SodiumMg     float64 `json:"sodium_mg"`
	CaffeineMg   float64 `json:"caffeine_mg"`
	Sample       bool    `json:"sample,omitempty"` // made up for the demo, not measured
}

// Allergen says how an item stands to one of the 22 allergens of Korean labelling. An allergen that
// is not listed is unknown, which is not "none".
type Allergen struct {
	Code   string `json:"code"`   // "milk", "soy", …
	Status string `json:"status"` // "contains", "may_contain", "none"
}

// OptionGroup is a choice with its rules.
type OptionGroup struct {
	ID      ids.OptionGroupID `json:"id"`
	Code    string            `json:"code"`
	Name    lang.Text         `json:"name"`
	Min     int               `json:"min"` // at least this many choices; 1 and more makes the group required
	Max     int               `json:"max"` // at most this many choices, quantities counted
	Options []Option          `json:"options"`
}

// Option is one choice of a group.
type Option struct {
	ID          ids.OptionID `json:"id"`
	Code        string       `json:"code"`
	Name        lang.Text    `json:"name"`
	Price       money.Amount `json:"price"` // added per unit, may be 0 or negative
	Default     bool         `json:"default,omitempty"`
	MaxQuantity int          `json:"max_quantity"` // of this option on one unit of an item; 1 and more
}

// MenuPublished says that the menu is now this version.
type MenuPublished struct {
	Menu Menu `json:"menu"`
}

// RecipesPublished says what the items of a menu version are made of, sub-recipes flattened. It is
// published with the MenuPublished of the same version, in the same transaction, right before it.
type RecipesPublished struct {
	Version int64         `json:"version"`
	Recipes []Recipe      `json:"recipes"`
	Deltas  []OptionDelta `json:"option_deltas"`
	// Required lists the required option groups of each item with their options, so that a reader can
	// tell when no choice of a required group is left.
	Required []RequiredGroup `json:"required_groups"`
}

// Recipe is what one unit of an item in one size uses. Items without a recipe use nothing.
type Recipe struct {
	ItemID     ids.ItemID     `json:"item_id"`
	SizeID     ids.SizeID     `json:"size_id"`
	Options    []ids.OptionID `json:"option_ids,omitempty"` // every option the item can be ordered with
	Components []Component    `json:"components"`
}

// Component is a material in a recipe.
type Component struct {
	MaterialID ids.MaterialID  `json:"material_id"`
	Quantity   quantity.Milli  `json:"quantity"`
	Dining     []dining.Option `json:"dining,omitempty"` // packaging: only for these; empty: always
}

// DeltaKind is how an option changes a recipe. Kinds are applied in the order in which they stand
// here, whatever the order of the choices.
type DeltaKind string

// The kinds of deltas.
const (
	Replace  DeltaKind = "replace"  // MaterialID by With, its quantity × Factor
	Remove   DeltaKind = "remove"   // MaterialID is left out
	Multiply DeltaKind = "multiply" // quantity of MaterialID × Factor
	Add      DeltaKind = "add"      // Quantity of MaterialID more
)

// DeltaKinds lists the kinds in the order of application.
var DeltaKinds = []DeltaKind{Replace, Remove, Multiply, Add}

// OptionDelta is one change that an option makes to a recipe. An option ordered twice on one unit
// applies Add twice; the others once.
type OptionDelta struct {
	OptionID   ids.OptionID   `json:"option_id"`
	Kind       DeltaKind      `json:"kind"`
	MaterialID ids.MaterialID `json:"material_id"`
	With       ids.MaterialID `json:"with_material_id,omitzero"`
	Factor     quantity.Milli `json:"factor,omitempty"`   // thousandths: 1000 is × 1
	Quantity   quantity.Milli `json:"quantity,omitempty"` // of MaterialID
}

// RequiredGroup is an option group of which an item needs a choice.
type RequiredGroup struct {
	ItemID  ids.ItemID        `json:"item_id"`
	GroupID ids.OptionGroupID `json:"group_id"`
	Options []ids.OptionID    `json:"option_ids"`
}

// Material is the master record of a material (원부자재).
type Material struct {
	ID    ids.MaterialID `json:"id"`
	Code  string         `json:"code"`
	Name  lang.Text      `json:"name"`
	Scale quantity.Scale `json:"scale"`
	Low   quantity.Milli `json:"low"` // on hand below this is "running low"; 0: never
}

// MaterialChanged says what the master record of a material is now.
type MaterialChanged struct {
	Material Material  `json:"material"`
	At       time.Time `json:"at"`
}

// menuLane keeps menus in one order: there is one menu.
const menuLane ids.Lane = 0

// EventKind implements event.Event, as do the methods below.
func (MenuPublished) EventKind() string   { return "catalog.menu_published" }
func (MenuPublished) EventVersion() int   { return 1 }
func (MenuPublished) EventLane() ids.Lane { return menuLane }
func (MenuPublished) EventKey() string    { return "menu" }

func (RecipesPublished) EventKind() string   { return "catalog.recipes_published" }
func (RecipesPublished) EventVersion() int   { return 1 }
func (RecipesPublished) EventLane() ids.Lane { return menuLane }
func (RecipesPublished) EventKey() string    { return "menu" }

// EventLane keeps materials in the lane of the menus: a recipe's materials are known before it.
func (MaterialChanged) EventLane() ids.Lane { return menuLane }
func (MaterialChanged) EventKind() string   { return "catalog.material_changed" }
func (MaterialChanged) EventVersion() int   { return 1 }
func (e MaterialChanged) EventKey() string  { return e.Material.ID.String() }

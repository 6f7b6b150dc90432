package imports

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
)

// catalogue maps the names in a file to what they mean.
type catalogue struct {
	stores map[string]*knownStore
	items  map[string]*knownItem
	// NewStores and NewItems were created, or with a dry run would be.
	newStores, newItems []string
}

type knownStore struct {
	id   ids.StoreID
	code string
	zone *time.Location
}

// knownItem is an item of the menu, with the choices that make it sellable without asking anybody.
type knownItem struct {
	id       ids.ItemID
	sizes    []catalogapi.Size
	options  []ordering.ChosenOption
	sellable bool
}

// size finds the size a line means: the named one, or the one of that price, or the smallest.
func (i *knownItem) size(name []byte, price *money.Amount) (ids.SizeID, bool) {
	if len(name) > 0 {
		for _, s := range i.sizes {
			if sameName(string(name), s.Code, s.Name) {
				return s.ID, true
			}
		}
		return ids.SizeID{}, false
	}
	if price != nil {
		for _, s := range i.sizes {
			if s.Price == *price {
				return s.ID, true
			}
		}
	}
	return i.sizes[0].ID, true
}

// settle finds the stores and items of the survey, and creates what is missing where it may.
func (im *salesImport) settle(ctx context.Context, s *survey) (*catalogue, error) {
	c := &catalogue{stores: map[string]*knownStore{}, items: map[string]*knownItem{}}
	if err := im.settleStores(ctx, s, c); err != nil {
		return nil, err
	}
	if err := im.deliver(ctx); err != nil { // ordering has to know the stores, catalog the currency
		return nil, err
	}
	return c, im.settleItems(ctx, s, c)
}

// settleItems finds the items on the menu; what is missing is added to the draft, which is published.
func (im *salesImport) settleItems(ctx context.Context, s *survey, c *catalogue) error {
	missing, err := im.findItems(ctx, s, c)
	if err != nil {
		return err
	}
	if len(missing) == 0 || !im.o.Create {
		return nil
	}
	c.newItems = missing
	if im.o.DryRun {
		for _, name := range missing {
			size := catalogapi.Size{ID: ids.NewSizeID(), Code: regular}
			c.items[name] = &knownItem{id: ids.NewItemID(), sizes: []catalogapi.Size{size}, sellable: true}
		}
		return nil
	}
	version, err := im.addItems(ctx, s, missing)
	if err != nil {
		return err
	}
	if err := im.deliver(ctx); err != nil {
		return err
	}
	if taken := im.Ordering.MenuVersion(); taken < version {
		return fmt.Errorf("ordering still sells by menu version %d, not by %d; see parked events on the operations page", taken, version)
	}
	_, err = im.findItems(ctx, s, c)
	return err
}

// findItems looks every name up on the menu that registers sell by, and returns those that are not on it.
func (im *salesImport) findItems(ctx context.Context, s *survey, c *catalogue) (missing []string, err error) {
	byName := nameIndex[*knownItem]{}
	menu, err := im.menu(ctx)
	if err != nil {
		return nil, err
	}
	if menu != nil {
		groups := make(map[ids.OptionGroupID]catalogapi.OptionGroup, len(menu.Groups))
		for _, g := range menu.Groups {
			groups[g.ID] = g
		}
		for _, item := range menu.Items {
			known := &knownItem{id: item.ID, sizes: item.Sizes}
			known.options, known.sellable = freeChoices(item, groups)
			byName.add(known, item.Code, item.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.items)) {
		if known, ok := byName.find(name); ok {
			c.items[name] = known
			continue
		}
		missing = append(missing, name)
	}
	return missing, nil
}

// menu is the menu registers sell by, which is the same in every store; nil before there is one.
func (im *salesImport) menu(ctx context.Context) (*catalogapi.Menu, error) {
	stores, err := im.Members.Stores(ctx)
	if err != nil {
		return nil, err
	}
	for _, store := range stores {
		if sellable, err := im.Ordering.Sellable(store.ID); err == nil {
			return sellable.Menu, nil
		}
	}
	return nil, nil //nolint:nilnil // no menu was published yet, which is not an error
}

// freeChoices chooses what an item cannot be ordered without: the default where it costs nothing,
// else an option that costs nothing, for the price on the line is the whole price.
func freeChoices(item catalogapi.Item, groups map[ids.OptionGroupID]catalogapi.OptionGroup) (chosen []ordering.ChosenOption, ok bool) {
	for _, id := range item.Groups {
		g := groups[id]
		left := g.Min
		for _, pass := range []bool{true, false} {
			for _, option := range g.Options {
				if left > 0 && option.Default == pass && option.Price == 0 {
					n := min(left, max(option.MaxQuantity, 1))
					chosen = append(chosen, ordering.ChosenOption{OptionID: option.ID, Quantity: n})
					left -= n
				}
			}
		}
		if left > 0 {
			return nil, false
		}
	}
	return chosen, true
}

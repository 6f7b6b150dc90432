package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/ordering"
	"maru/internal/platform/errs"
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

func sameName(said, code string, name lang.Text) bool {
	said = norm.NFC.String(said)
	return strings.EqualFold(said, code) || strings.EqualFold(said, name.Ko) || name.En != "" && strings.EqualFold(said, name.En)
}

// nameIndex finds things by code or by name in any language.
type nameIndex[T any] map[string]T

func (x nameIndex[T]) add(thing T, code string, name lang.Text) {
	for _, key := range []string{name.En, name.Ko, code} { // a code wins over a name
		if key != "" {
			x[foldName(key)] = thing
		}
	}
}

func (x nameIndex[T]) find(said string) (T, bool) {
	thing, ok := x[foldName(said)]
	return thing, ok
}

func foldName(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// codeOf makes a code of a name: "Hell's Kitchen" becomes hells-kitchen. Where the name leaves
// nothing that a code can be made of, or the code is taken, a part of the name's hash follows.
func codeOf(name string, limit int, letter func(rune) bool, taken func(string) bool) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFC.String(name)) {
		switch {
		case letter(r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r == '\'' || r == '’':
		default:
			gap = true
		}
	}
	code := b.String()
	for utf8.RuneCountInString(code) > limit-7 {
		_, size := utf8.DecodeLastRuneInString(code)
		code = code[:len(code)-size]
	}
	code = strings.TrimRight(code, "-")
	if code != "" && !taken(code) {
		return code
	}
	sum := sha256.Sum256([]byte(name))
	return strings.TrimLeft(code+"-"+hex.EncodeToString(sum[:3]), "-")
}

func asciiLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

func anyLetter(r rune) bool {
	return unicode.IsLetter(r) && !unicode.IsUpper(r) && !unicode.IsTitle(r) || unicode.IsDigit(r)
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

func (im *salesImport) settleStores(ctx context.Context, s *survey, c *catalogue) error {
	stores, err := im.Members.Stores(ctx)
	if err != nil {
		return err
	}
	byName := nameIndex[membersapi.Store]{}
	codes := map[string]bool{}
	for _, store := range stores {
		byName.add(store, store.Code, store.Name)
		codes[store.Code] = true
	}
	for _, name := range slices.Sorted(maps.Keys(s.stores)) {
		store, ok := byName.find(name)
		if !ok {
			if !im.o.Create {
				continue
			}
			if store, err = im.openStore(ctx, name, codes); err != nil {
				return err
			}
			codes[store.Code] = true
			byName.add(store, store.Code, store.Name)
			c.newStores = append(c.newStores, name)
		}
		zone, err := time.LoadLocation(store.TimeZone)
		if err != nil {
			return fmt.Errorf("store %s: %w", store.Code, err)
		}
		c.stores[name] = &knownStore{id: store.ID, code: store.Code, zone: zone}
	}
	return nil
}

// ErrNoZone is for a file whose stores are to be created without saying where they are.
var ErrNoZone = errs.New(errs.Invalid, "imports.no_zone",
	"지점을 만들려면 시간대가 필요해요. --zone Asia/Seoul처럼 적어 주세요.", "Stores that are created need a time zone, such as --zone Asia/Seoul.")

func (im *salesImport) openStore(ctx context.Context, name string, codes map[string]bool) (membersapi.Store, error) {
	if im.o.Zone == "" {
		return membersapi.Store{}, ErrNoZone
	}
	cutoff, err := im.o.cutoff()
	if err != nil {
		return membersapi.Store{}, err
	}
	if _, err := businessday.NewClock(im.o.Zone, cutoff); err != nil {
		return membersapi.Store{}, members.ErrBadTimeZone.With("zone", im.o.Zone)
	}
	code := codeOf(name, 32, asciiLetter, func(code string) bool { return codes[code] })
	card := members.StoreCard{Name: lang.Text{Ko: name}, TimeZone: im.o.Zone, Cutoff: cutoff}
	if im.o.DryRun {
		return membersapi.Store{ID: ids.NewStoreID(), Code: code, Name: card.Name, TimeZone: card.TimeZone, Cutoff: cutoff}, nil
	}
	return im.Members.AddStore(ctx, im.by, members.AddStore{Code: code, StoreCard: card})
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

// addItems adds items and their categories to the draft and publishes it, with whatever else was
// waiting in it.
func (im *salesImport) addItems(ctx context.Context, s *survey, missing []string) (version int64, err error) {
	err = im.Catalog.Together(ctx, false, func(menu *catalog.Service) error {
		draft, err := menu.Draft(ctx)
		if err != nil {
			return err
		}
		known, codes := nameIndex[bool]{}, map[string]bool{}
		for _, item := range draft.Items {
			known.add(true, item.Code, item.Name)
			codes[item.Code] = true
		}
		categories := nameIndex[string]{}
		for _, cat := range draft.Categories {
			categories.add(cat.Code, cat.Code, cat.Name)
		}
		for _, name := range missing {
			if _, there := known.find(name); there {
				continue // in the draft already: publishing it is enough, where it is on sale
			}
			if err := im.addItem(ctx, menu, name, s.items[name], codes, categories); err != nil {
				return fmt.Errorf("create item %q: %w", shorten(name), err)
			}
			known.add(true, name, lang.Text{Ko: name})
		}
		version, err = menu.PublishMenu(ctx, im.by, catalog.PublishMenu{Note: im.o.say(saleMenuNote)})
		if errors.Is(err, catalog.ErrNothingChanged) {
			return nil
		}
		return err
	})
	return version, err
}

var saleMenuNote = lang.Text{Ko: "매출 파일에서 온 메뉴", En: "Items from a file of sales"}

func (im *salesImport) addItem(ctx context.Context, menu *catalog.Service, name string, item *surveyedItem, codes map[string]bool, categories nameIndex[string]) error {
	said := item.category
	if said == "" {
		said = im.o.say(saleCategory)
	}
	category, ok := categories.find(said)
	if !ok {
		category = codeOf(said, 64, anyLetter, func(code string) bool { _, there := categories.find(code); return there })
		if _, err := menu.SaveCategory(ctx, im.by, catalog.SaveCategory{Code: category, Name: lang.Text{Ko: said}, Icon: iconOf(said)}); err != nil {
			return err
		}
		categories.add(category, category, lang.Text{Ko: said})
	}
	code := codeOf(name, 64, anyLetter, func(code string) bool { return codes[code] })
	codes[code] = true
	if _, err := menu.SaveItem(ctx, im.by, catalog.SaveItem{Code: code, Category: category, Name: lang.Text{Ko: name}, OnSale: true}); err != nil {
		return err
	}
	return menu.SaveSizes(ctx, im.by, catalog.SaveSizes{Item: code, Sizes: []catalog.Size{
		{Code: regular, Name: defaultSizeName(regular), Price: min(item.price(im.currency), catalog.MaxPrice)},
	}})
}

var saleCategory = lang.Text{Ko: "가져온 메뉴", En: "Imported"}

// iconOf guesses the drawing of a category from words in its name; a cup stands for everything else.
func iconOf(category string) string {
	words := []struct{ word, icon string }{
		{"bean", "bean"},
		{"원두", "bean"},
		{"tea", "leaf"},
		{"티", "leaf"},
		{"차", "leaf"},
		{"bakery", "croissant"},
		{"베이커리", "croissant"},
		{"빵", "croissant"},
		{"coffee", "coffee"},
		{"커피", "coffee"},
		{"chocolate", "cup-soda"},
		{"디저트", "cake-slice"},
		{"dessert", "cake-slice"},
	}
	folded := strings.ToLower(category)
	for _, w := range words {
		if strings.Contains(folded, w.word) {
			return w.icon
		}
	}
	return "cup-soda"
}

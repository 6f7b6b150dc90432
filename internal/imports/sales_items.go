package imports

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
)

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

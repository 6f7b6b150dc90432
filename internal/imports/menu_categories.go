package imports

import (
	"context"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

// categoriesOf returns the categories that the rows name, in the order of first appearance. What a file
// does not say about a category stays as it is; a new one without a name is called by its code.
func categoriesOf(rows []*cells, draft *catalog.Draft) []catalog.SaveCategory {
	var out []catalog.SaveCategory
	at := make(map[string]int)
	for _, r := range rows {
		code := r.text("category")
		i, known := at[code]
		if !known {
			if code == "" {
				continue
			}
			i = len(out)
			at[code] = i
			cmd := catalog.SaveCategory{Code: code, Name: lang.Text{Ko: code}}
			if old, there := draft.Category(code); there {
				cmd.Name, cmd.Icon = old.Name, old.Icon
			}
			out = append(out, cmd)
		}
		if name := r.name("category_name"); name.Ko != "" {
			out[i].Name = name
		}
		if icon := r.text("category_icon"); icon != "" {
			out[i].Icon = icon
		}
	}
	return out
}

// saveCategories returns what is wrong with categories, by code: their items are refused.
func saveCategories(ctx context.Context, menu *catalog.Service, opts Options, all []catalog.SaveCategory) (map[string]error, error) {
	wrong := make(map[string]error)
	for _, cmd := range all {
		_, err := menu.SaveCategory(ctx, opts.By, cmd)
		if err == nil {
			continue
		}
		if e := errs.As(err); e == nil || e.Kind == errs.Internal || e.Kind == errs.Forbidden {
			return nil, err
		}
		wrong[cmd.Code] = err
	}
	return wrong, nil
}

var sizeNames = map[string]lang.Text{
	regular: {Ko: "기본", En: "Regular"},
	"s":     {Ko: "S", En: "Small"},
	"m":     {Ko: "M", En: "Medium"},
	"l":     {Ko: "L", En: "Large"},
	"r":     {Ko: "R", En: "Regular"},
}

func defaultSizeName(code string) lang.Text {
	if name, ok := sizeNames[code]; ok {
		return name
	}
	return lang.Text{Ko: code}
}

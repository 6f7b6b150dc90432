package imports

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/lang"
)

var (
	recipeRequired = []string{"quantity", "unit"}
	recipeOptional = []string{
		"item", "size", "recipe", "recipe_name_ko", "recipe_name_en", "yield", "yield_unit", "option_group", "option", "change",
		"material", "with_material", "sub_recipe", "factor", "dining",
	}
)

var (
	reasonTarget = lang.Text{
		Ko: "item, recipe(서브 레시피), option_group과 option 중 하나에만 적어 주세요.",
		En: "A line belongs to either an item, a recipe (sub-recipe), or an option_group with its option.",
	}
	reasonCycle = lang.Text{Ko: "레시피가 자기 자신을 재료로 써요: {path}", En: "The recipe contains itself: {path}"}
)

// Recipes imports recipes of items, sub-recipes and what options change, one line per material. A
// recipe is imported whole or not at all. Nothing is published. Errors are those of Materials.
func Recipes(ctx context.Context, menu *catalog.Service, r io.Reader, opts Options) (Summary, error) {
	var s Summary
	rows, err := load(r, &s, recipeRequired, recipeOptional)
	if err != nil {
		return Summary{}, err
	}
	draft, err := menu.Draft(ctx)
	if err != nil {
		return Summary{}, err
	}
	things := together(rows, (*cells).target)
	subs := make(map[string]*lines)
	for _, l := range things {
		l.repeated("material", (*cells).ingredient)
		if code, ok := strings.CutPrefix(l.key, "recipe\x00"); ok {
			l.same("recipe_name_ko", "recipe_name_en", "yield", "yield_unit")
			subs[code] = l
		}
	}
	refuseCycles(&draft, subs)
	things = subRecipesFirst(things, subs)
	for _, l := range things {
		l.check()
	}
	return run(ctx, menu, opts, &s, func(menu *catalog.Service, s *Summary) error {
		return saveEach(s, things, func(l *lines) error { return l.save(ctx, menu, opts) })
	})
}

// target names what a line is about; lines with the same target are one recipe.
func (c *cells) target() string {
	item, recipe, group, option := c.text("item"), c.text("recipe"), c.text("option_group"), c.text("option")
	switch {
	case item != "" && recipe == "" && group == "" && option == "":
		size := c.text("size")
		if size == "" {
			size = regular
		}
		return "item\x00" + item + "\x00" + size
	case recipe != "" && item == "" && group == "" && option == "":
		return "recipe\x00" + recipe
	case group != "" && option != "" && item == "" && recipe == "":
		return "option\x00" + group + "\x00" + option
	}
	c.bad = append(c.bad, Refusal{Line: c.line, Reason: reasonTarget})
	return "line\x00" + strconv.Itoa(c.line)
}

// ingredient is what must not stand twice in one recipe.
func (c *cells) ingredient() string {
	return strings.Join([]string{
		c.text("material"), c.text("with_material"), c.text("sub_recipe"), c.text("dining"), c.text("change"),
	}, "\x00")
}

// refuseCycles refuses the sub-recipes of the file that would contain themselves, with what is known
// already.
func refuseCycles(draft *catalog.Draft, subs map[string]*lines) {
	uses := func(code string) (out []string) {
		if l := subs[code]; l != nil {
			for _, r := range l.rows {
				if sub := r.text("sub_recipe"); sub != "" {
					out = append(out, sub)
				}
			}
			return out
		}
		known, _ := draft.SubRecipe(code)
		for _, c := range known.Components {
			if c.Sub != "" {
				out = append(out, c.Sub)
			}
		}
		return out
	}
	for code, l := range subs {
		path := catalog.Cycle(code, uses)
		if !slices.Contains(path, code) {
			continue // in none, or it only uses one that is in a cycle and is refused for that
		}
		next := slices.Index(path, code) + 1
		if next == len(path) {
			next = 1
		}
		for _, r := range l.rows {
			if r.text("sub_recipe") == path[next] {
				r.wrong("sub_recipe", reasonCycle.With("path", shorten(strings.Join(path, " → "))))
			}
		}
	}
}

// subRecipesFirst puts every sub-recipe before what uses it.
func subRecipesFirst(things []*lines, subs map[string]*lines) []*lines {
	out := make([]*lines, 0, len(things))
	placed := make(map[*lines]bool)
	var place func(l *lines)
	place = func(l *lines) {
		if placed[l] {
			return
		}
		placed[l] = true
		for _, r := range l.rows {
			if sub := subs[r.text("sub_recipe")]; sub != nil {
				place(sub)
			}
		}
		out = append(out, l)
	}
	for _, l := range things {
		place(l)
	}
	return out
}

// check reads every value once, so that what is no number is refused before anything is saved.
func (l *lines) check() {
	option := strings.HasPrefix(l.key, "option\x00")
	for _, r := range l.rows {
		r.thousandths("quantity")
		r.thousandths("yield")
		r.thousandths("factor")
		r.dining("dining")
		if option {
			r.needed("change")
			r.needed("material")
		}
	}
}

func (l *lines) save(ctx context.Context, menu *catalog.Service, opts Options) error {
	kind, rest, _ := strings.Cut(l.key, "\x00")
	code, part, _ := strings.Cut(rest, "\x00")
	var err error
	switch first := l.rows[0]; kind {
	case "item":
		err = menu.SaveRecipe(ctx, opts.By, catalog.SaveRecipe{Item: code, Size: part, Components: l.components()})
	case "recipe":
		_, err = menu.SaveSubRecipe(ctx, opts.By, catalog.SaveSubRecipe{
			Code: code, Name: first.name("recipe_name"), Yield: first.thousandths("yield"), Unit: first.text("yield_unit"),
			Components: l.components(),
		})
	case "option":
		err = menu.SaveOptionDeltas(ctx, opts.By, catalog.SaveOptionDeltas{Group: code, Option: part, Deltas: l.deltas()})
	}
	return l.blame(err, func(field string) (int, string) {
		switch field {
		case "code":
			return 0, "recipe"
		case "name_ko", "name_en":
			return 0, "recipe_" + field
		case "group":
			return 0, "option_group"
		case "unit":
			return 0, "yield_unit"
		case "item", "size", "option", "yield":
			return 0, field
		case "components":
			return 0, "sub_recipe"
		}
		at, column := indexed(field)
		switch {
		case column == "with":
			column = "with_material"
		case column == "kind":
			column = "change"
		case column == "material" && at < len(l.rows) && l.rows[at].text("sub_recipe") != "":
			column = "sub_recipe"
		}
		return at, column
	})
}

func (l *lines) components() []catalog.Component {
	out := make([]catalog.Component, len(l.rows))
	for i, r := range l.rows {
		out[i] = catalog.Component{
			Material: r.text("material"), Sub: r.text("sub_recipe"), Entered: r.thousandths("quantity"), Unit: r.text("unit"),
			Dining: r.dining("dining"),
		}
	}
	return out
}

func (l *lines) deltas() []catalog.Delta {
	out := make([]catalog.Delta, len(l.rows))
	for i, r := range l.rows {
		out[i] = catalog.Delta{
			Kind: catalogapi.DeltaKind(r.text("change")), Material: r.text("material"), With: r.text("with_material"),
			Entered: r.thousandths("quantity"), Unit: r.text("unit"), Factor: r.thousandths("factor"),
		}
		if out[i].Kind == catalogapi.Replace && r.text("factor") == "" {
			out[i].Factor = 1000 // one for one
		}
	}
	return out
}

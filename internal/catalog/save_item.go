package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// SaveItem makes or changes an item, without its sizes; see SaveSizes.
type SaveItem struct {
	Code      string
	Category  string // code
	Name      lang.Text
	Icon      string
	TaxFree   bool
	OnSale    bool
	Position  int // 0: where it is, or at the end
	Allergens []catalogapi.Allergen
	Groups    []string // codes, in the order in which a register asks
	Seen      int64    // revision the author saw; or AnyRevision, NotThere
}

// Errors of items.
var (
	ErrAllergen = errs.New(errs.Invalid, "catalog.bad_allergen",
		"'{code}' 알레르기 표시를 알 수 없어요.", "The allergen mark \"{code}\" is not known.")
	ErrTwice = errs.New(errs.Invalid, "catalog.listed_twice",
		"'{code}'이(가) 두 번 들어 있어요.", "\"{code}\" is listed twice.")
)

// SaveItem saves the item with the code in the draft. Saving what is already so changes nothing. It
// returns ErrNotAllowed, ErrStale, ErrCodeTaken, ErrUnknownCategory, ErrUnknownGroup, or what is wrong
// with the input as errs.Fields.
func (s *Service) SaveItem(ctx context.Context, by auth.Principal, cmd SaveItem) (ids.ItemID, error) {
	cmd.Name = trimmed(cmd.Name)
	if cmd.Allergens == nil {
		cmd.Allergens = []catalogapi.Allergen{}
	}
	if err := cmd.check(); err != nil {
		return ids.ItemID{}, err
	}
	var id ids.ItemID
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) (err error) {
		id, err = s.saveItem(ctx, tx, q, by, cmd)
		return err
	})
	if err != nil {
		return ids.ItemID{}, fmt.Errorf("save item %s: %w", cmd.Code, err)
	}
	return id, nil
}

func (cmd SaveItem) check() error {
	var p problems
	p.code("code", cmd.Code)
	p.name("name", cmd.Name)
	p.text("icon", cmd.Icon, maxCode)
	p.position(cmd.Position)
	marked := make(map[string]bool)
	for _, a := range cmd.Allergens {
		switch {
		case !slices.Contains(AllergenCodes, a.Code) || !slices.Contains(AllergenStatuses, a.Status):
			p.add(ErrAllergen.With("code", a.Code+" "+a.Status), "allergens")
		case marked[a.Code]:
			p.add(ErrTwice.With("code", a.Code), "allergens")
		}
		marked[a.Code] = true
	}
	for i, g := range cmd.Groups {
		if slices.Contains(cmd.Groups[:i], g) {
			p.add(ErrTwice.With("code", g), "groups")
		}
	}
	return p.err()
}

func (s *Service) saveItem(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd SaveItem) (ids.ItemID, error) {
	category, groups, err := refersTo(ctx, q, cmd)
	if err != nil {
		return ids.ItemID{}, err
	}
	allergens, err := json.Marshal(cmd.Allergens)
	if err != nil {
		return ids.ItemID{}, err
	}
	old, err := loadItem(ctx, q, cmd.Code)
	if err != nil {
		return ids.ItemID{}, err
	}
	if old == nil {
		return s.insertItem(ctx, tx, q, by, cmd, category, groups, allergens)
	}
	if err := checkSeen(cmd.Seen, &old.Stamp, ErrUnknownItem); err != nil {
		return ids.ItemID{}, err
	}
	position := place(cmd.Position, old.Position)
	if old.Category == cmd.Category && old.Name == cmd.Name && old.Icon == cmd.Icon && old.TaxFree == cmd.TaxFree &&
		old.OnSale == cmd.OnSale && old.Position == int(position) && slices.Equal(old.Allergens, cmd.Allergens) &&
		slices.Equal(old.Groups, cmd.Groups) {
		return old.ID, nil
	}
	if err := q.UpdateItem(ctx, catalogdb.UpdateItemParams{
		ItemID: old.ID, CategoryID: category, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, Icon: cmd.Icon, TaxFree: cmd.TaxFree,
		OnSale: cmd.OnSale, Position: position, Allergens: allergens, ChangedAt: s.now(), ChangedBy: by.Name,
	}); err != nil {
		return ids.ItemID{}, err
	}
	if err := putGroups(ctx, q, old.ID, groups); err != nil {
		return ids.ItemID{}, err
	}
	cmd.Position = int(position)
	was := SaveItem{
		Code: old.Code, Category: old.Category, Name: old.Name, Icon: old.Icon, TaxFree: old.TaxFree, OnSale: old.OnSale,
		Position: old.Position, Allergens: old.Allergens, Groups: old.Groups, Seen: cmd.Seen,
	}
	return old.ID, s.record(ctx, tx, by, "item_saved", itemObject(cmd.Code, cmd.Name), was, cmd)
}

func (s *Service) insertItem(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd SaveItem,
	category ids.CategoryID, groups []ids.OptionGroupID, allergens []byte,
) (ids.ItemID, error) {
	if err := checkSeen(cmd.Seen, nil, ErrUnknownItem.With("code", cmd.Code)); err != nil {
		return ids.ItemID{}, err
	}
	last, err := q.LastItemPosition(ctx)
	if err != nil {
		return ids.ItemID{}, err
	}
	id := ids.NewItemID()
	if err := q.InsertItem(ctx, catalogdb.InsertItemParams{
		ItemID: id, Code: cmd.Code, CategoryID: category, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, Icon: cmd.Icon,
		TaxFree: cmd.TaxFree, OnSale: cmd.OnSale, Position: place(cmd.Position, int(last)+1), Allergens: allergens,
		ChangedAt: s.now(), ChangedBy: by.Name,
	}); err != nil {
		return ids.ItemID{}, err
	}
	if err := putGroups(ctx, q, id, groups); err != nil {
		return ids.ItemID{}, err
	}
	return id, s.record(ctx, tx, by, "item_saved", itemObject(cmd.Code, cmd.Name), nil, cmd)
}

func itemObject(code string, name lang.Text) trail.Object {
	return trail.Object{Kind: "item", ID: code, Name: name.Ko}
}

// refersTo finds what the item names.
func refersTo(ctx context.Context, q *catalogdb.Queries, cmd SaveItem) (ids.CategoryID, []ids.OptionGroupID, error) {
	categories, err := loadCategories(ctx, q)
	if err != nil {
		return ids.CategoryID{}, nil, err
	}
	draft := Draft{Categories: categories}
	category, ok := draft.Category(cmd.Category)
	if !ok {
		return ids.CategoryID{}, nil, ErrUnknownCategory.With("code", cmd.Category).On("category")
	}
	if len(cmd.Groups) == 0 {
		return category.ID, nil, nil
	}
	if draft.Groups, err = loadGroups(ctx, q); err != nil {
		return ids.CategoryID{}, nil, err
	}
	groups := make([]ids.OptionGroupID, len(cmd.Groups))
	for i, code := range cmd.Groups {
		g, ok := draft.Group(code)
		if !ok {
			return ids.CategoryID{}, nil, ErrUnknownGroup.With("code", code).On("groups")
		}
		groups[i] = g.ID
	}
	return category.ID, groups, nil
}

func putGroups(ctx context.Context, q *catalogdb.Queries, item ids.ItemID, groups []ids.OptionGroupID) error {
	if err := q.DeleteGroupsOfItem(ctx, item); err != nil {
		return err
	}
	for i, g := range groups {
		if err := q.AddGroupToItem(ctx, item, g, int32(i)); err != nil {
			return fmt.Errorf("option group %s: %w", strconv.Itoa(i), err)
		}
	}
	return nil
}

package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/platform/trail"
)

// SaveCategory makes or changes a section of the menu.
type SaveCategory struct {
	Code     string
	Name     lang.Text
	Icon     string
	Position int   // 0: where it is, or at the end
	Seen     int64 // revision the author saw; or AnyRevision, NotThere
}

// SaveCategory saves the category with the code in the draft. Saving what is already so changes nothing.
// It returns ErrNotAllowed, ErrStale, ErrCodeTaken, or what is wrong with the input as errs.Fields.
func (s *Service) SaveCategory(ctx context.Context, by auth.Principal, cmd SaveCategory) (ids.CategoryID, error) {
	cmd.Name = trimmed(cmd.Name)
	var p problems
	p.code("code", cmd.Code)
	p.name("name", cmd.Name)
	p.text("icon", cmd.Icon, maxCode)
	p.position(cmd.Position)
	if err := p.err(); err != nil {
		return ids.CategoryID{}, err
	}
	var id ids.CategoryID
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) (err error) {
		id, err = s.saveCategory(ctx, tx, q, by, cmd)
		return err
	})
	if err != nil {
		return ids.CategoryID{}, fmt.Errorf("save category %s: %w", cmd.Code, err)
	}
	return id, nil
}

func (s *Service) saveCategory(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd SaveCategory) (ids.CategoryID, error) {
	all, err := loadCategories(ctx, q)
	if err != nil {
		return ids.CategoryID{}, err
	}
	last := 0
	var old *Category
	for i, c := range all {
		last = max(last, c.Position)
		if c.Code == cmd.Code {
			old = &all[i]
		}
	}
	if old == nil {
		if err := checkSeen(cmd.Seen, nil, ErrUnknownCategory.With("code", cmd.Code)); err != nil {
			return ids.CategoryID{}, err
		}
		id := ids.NewCategoryID()
		if err := q.InsertCategory(ctx, catalogdb.InsertCategoryParams{
			CategoryID: id, Code: cmd.Code, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, Icon: cmd.Icon,
			Position: place(cmd.Position, last+1), ChangedAt: s.now(), ChangedBy: by.Name,
		}); err != nil {
			return ids.CategoryID{}, err
		}
		return id, s.record(ctx, tx, by, "category_saved", cmd.object(), nil, cmd)
	}
	if err := checkSeen(cmd.Seen, &old.Stamp, ErrUnknownCategory); err != nil {
		return ids.CategoryID{}, err
	}
	position := place(cmd.Position, old.Position)
	if old.Name == cmd.Name && old.Icon == cmd.Icon && old.Position == int(position) {
		return old.ID, nil
	}
	if err := q.UpdateCategory(ctx, catalogdb.UpdateCategoryParams{
		CategoryID: old.ID, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, Icon: cmd.Icon, Position: position,
		ChangedAt: s.now(), ChangedBy: by.Name,
	}); err != nil {
		return ids.CategoryID{}, err
	}
	cmd.Position = int(position)
	was := SaveCategory{Code: old.Code, Name: old.Name, Icon: old.Icon, Position: old.Position, Seen: cmd.Seen}
	return old.ID, s.record(ctx, tx, by, "category_saved", cmd.object(), was, cmd)
}

func (cmd SaveCategory) object() trail.Object {
	return trail.Object{Kind: "category", ID: cmd.Code, Name: cmd.Name.Ko}
}

// place returns the position that was asked for, or the other where none was.
func place(asked, other int) int32 {
	if asked > 0 {
		return int32(asked) //nolint:gosec // checked to be at most maxPosition
	}
	return int32(min(other, maxPosition)) //nolint:gosec // just limited
}

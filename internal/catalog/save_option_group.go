package catalog

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

const (
	maxChoices = 99
	maxOptions = 100
)

// SaveOptionGroup makes or changes a choice with its options. An option that is not listed goes.
type SaveOptionGroup struct {
	Code     string
	Name     lang.Text
	Min, Max int
	Position int      // 0: where it is, or at the end
	Options  []Option // in the order of the register; IDs and Deltas are not looked at: see SaveOptionDeltas
	Seen     int64    // revision the author saw; or AnyRevision, NotThere
}

// Errors of option groups.
var (
	ErrGroupRule = errs.New(errs.Invalid, "catalog.bad_group_rule",
		"최소는 0 이상, 최대는 최소 이상이고 1~99여야 해요.", "The minimum is 0 or more; the maximum is at least that, and from 1 to 99.")
	ErrNoOption = errs.New(errs.Invalid, "catalog.no_option",
		"옵션이 하나는 있어야 해요.", "There must be at least one option.")
	ErrTooManyOptions = errs.New(errs.Invalid, "catalog.too_many_options",
		"옵션은 100개까지 만들 수 있어요.", "A group has at most 100 options.")
	ErrOptionQuantity = errs.New(errs.Invalid, "catalog.bad_option_quantity",
		"한 번에 고를 수 있는 수는 1부터 그룹의 최대까지예요.", "How often an option can be chosen is from 1 to the group's maximum.")
	ErrDefaults = errs.New(errs.Invalid, "catalog.bad_defaults",
		"기본 선택이 {count}개예요. 없거나, 그룹의 최소와 최대 사이여야 해요.",
		"{count} options are chosen by default. It must be none, or between the group's minimum and maximum.")
	ErrMinUnreachable = errs.New(errs.Invalid, "catalog.min_unreachable",
		"옵션을 모두 골라도 최소에 못 미쳐요.", "Even choosing everything does not reach the minimum.")
)

// SaveOptionGroup saves the group with the code in the draft; the changes that its options make to
// recipes stay. Saving what is already so changes nothing. It returns ErrNotAllowed, ErrStale,
// ErrCodeTaken, or what is wrong with the input as errs.Fields ("options.0.price" and the like).
func (s *Service) SaveOptionGroup(ctx context.Context, by auth.Principal, cmd SaveOptionGroup) (ids.OptionGroupID, error) {
	cmd.Name = trimmed(cmd.Name)
	for i := range cmd.Options {
		cmd.Options[i].Name = trimmed(cmd.Options[i].Name)
	}
	if err := cmd.check(); err != nil {
		return ids.OptionGroupID{}, err
	}
	var id ids.OptionGroupID
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) (err error) {
		id, err = s.saveOptionGroup(ctx, tx, q, by, cmd)
		return err
	})
	if err != nil {
		return ids.OptionGroupID{}, fmt.Errorf("save option group %s: %w", cmd.Code, err)
	}
	return id, nil
}

func (cmd SaveOptionGroup) check() error {
	var p problems
	p.code("code", cmd.Code)
	p.name("name", cmd.Name)
	p.position(cmd.Position)
	switch {
	case len(cmd.Options) == 0:
		p.add(ErrNoOption, "options")
	case len(cmd.Options) > maxOptions:
		p.add(ErrTooManyOptions, "options")
	}
	seen := make(map[string]bool)
	for i, o := range cmd.Options {
		field := "options." + strconv.Itoa(i)
		p.code(field+".code", o.Code)
		p.name(field+".name", o.Name)
		if seen[o.Code] {
			p.add(ErrTwice.With("code", o.Code), field+".code")
		}
		seen[o.Code] = true
		if o.Price < -MaxPrice || o.Price > MaxPrice {
			p.add(ErrPrice, field+".price")
		}
		if o.MaxQuantity < 1 || o.MaxQuantity > max(cmd.Max, 1) {
			p.add(ErrOptionQuantity, field+".max_quantity")
		}
	}
	if e := groupRule(cmd.Min, cmd.Max, cmd.Options); e != nil && len(cmd.Options) > 0 {
		p.add(e, "max")
	}
	return p.err()
}

// groupRule checks that a choice can be made by its rules, and that the default choice keeps them.
func groupRule(least, most int, options []Option) *errs.Error {
	defaults, reachable := 0, 0
	for _, o := range options {
		reachable += o.MaxQuantity
		if o.Default {
			defaults++
		}
	}
	switch {
	case least < 0 || most < 1 || most < least || most > maxChoices:
		return ErrGroupRule
	case reachable < least:
		return ErrMinUnreachable
	case defaults > most, defaults > 0 && defaults < least:
		return ErrDefaults.With("count", strconv.Itoa(defaults))
	}
	return nil
}

func (s *Service) saveOptionGroup(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd SaveOptionGroup) (ids.OptionGroupID, error) {
	all, err := loadGroups(ctx, q)
	if err != nil {
		return ids.OptionGroupID{}, err
	}
	last := 0
	var old *OptionGroup
	for i, g := range all {
		last = max(last, g.Position)
		if g.Code == cmd.Code {
			old = &all[i]
		}
	}
	if old == nil {
		if err := checkSeen(cmd.Seen, nil, ErrUnknownGroup.With("code", cmd.Code)); err != nil {
			return ids.OptionGroupID{}, err
		}
		id := ids.NewOptionGroupID()
		if err := q.InsertOptionGroup(ctx, catalogdb.InsertOptionGroupParams{
			GroupID: id, Code: cmd.Code, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, Least: int32(cmd.Min), Most: int32(cmd.Max), //nolint:gosec // at most maxChoices
			Position: place(cmd.Position, last+1), ChangedAt: s.now(), ChangedBy: by.Name,
		}); err != nil {
			return ids.OptionGroupID{}, err
		}
		if err := putOptions(ctx, q, id, cmd.Options); err != nil {
			return ids.OptionGroupID{}, err
		}
		return id, s.record(ctx, tx, by, "option_group_saved", cmd.object(), nil, cmd)
	}
	if err := checkSeen(cmd.Seen, &old.Stamp, ErrUnknownGroup); err != nil {
		return ids.OptionGroupID{}, err
	}
	position := place(cmd.Position, old.Position)
	if old.Name == cmd.Name && old.Min == cmd.Min && old.Max == cmd.Max && old.Position == int(position) &&
		sameOptions(old.Options, cmd.Options) {
		return old.ID, nil
	}
	if err := q.UpdateOptionGroup(ctx, catalogdb.UpdateOptionGroupParams{
		GroupID: old.ID, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, Least: int32(cmd.Min), Most: int32(cmd.Max), //nolint:gosec // at most maxChoices
		Position: position, ChangedAt: s.now(), ChangedBy: by.Name,
	}); err != nil {
		return ids.OptionGroupID{}, err
	}
	if err := putOptions(ctx, q, old.ID, cmd.Options); err != nil {
		return ids.OptionGroupID{}, err
	}
	cmd.Position = int(position)
	was := SaveOptionGroup{Code: old.Code, Name: old.Name, Min: old.Min, Max: old.Max, Position: old.Position, Options: old.Options, Seen: cmd.Seen}
	return old.ID, s.record(ctx, tx, by, "option_group_saved", cmd.object(), was, cmd)
}

func (cmd SaveOptionGroup) object() trail.Object {
	return trail.Object{Kind: "option_group", ID: cmd.Code, Name: cmd.Name.Ko}
}

func putOptions(ctx context.Context, q *catalogdb.Queries, group ids.OptionGroupID, options []Option) error {
	keep := make([]string, len(options))
	for i, o := range options {
		keep[i] = o.Code
		if err := q.PutOption(ctx, catalogdb.PutOptionParams{
			OptionID: ids.NewOptionID(), GroupID: group, Code: o.Code, NameKo: o.Name.Ko, NameEn: o.Name.En, Price: o.Price,
			Preselected: o.Default, MaxQuantity: int32(o.MaxQuantity), Position: int32(i), //nolint:gosec // checked to be few
		}); err != nil {
			return err
		}
	}
	return q.DeleteOtherOptions(ctx, group, keep)
}

func sameOptions(a, b []Option) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Code != b[i].Code || a[i].Name != b[i].Name || a[i].Price != b[i].Price || a[i].Default != b[i].Default ||
			a[i].MaxQuantity != b[i].MaxQuantity {
			return false
		}
	}
	return true
}

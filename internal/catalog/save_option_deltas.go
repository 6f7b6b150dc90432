package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// SaveOptionDeltas says what an option changes in the recipes of the items that offer it.
type SaveOptionDeltas struct {
	Group  string // code
	Option string // code
	Deltas []Delta
	Seen   int64 // revision of the group the author saw, or AnyRevision
}

// Errors of deltas.
var (
	ErrDeltaKind = errs.New(errs.Invalid, "catalog.bad_delta",
		"옵션은 재료를 바꾸거나(replace), 빼거나(remove), 곱하거나(multiply), 더할(add) 수 있어요.",
		"An option can replace, remove, multiply or add a material.")
	ErrFactor = errs.New(errs.Invalid, "catalog.bad_factor",
		"배수는 0보다 크고 100 이하인 수로 적어 주세요.", "The factor is a number above 0, at most 100.")
	ErrDeltaShape = errs.New(errs.Invalid, "catalog.bad_delta_material",
		"바꿀 재료는 '바꾸기'에만 적고, 원래 재료와 달라야 해요.", "The other material belongs to \"replace\" only, and must differ from the first.")
)

const maxFactor quantity.Milli = 100_000

// SaveOptionDeltas saves the changes of an option in the draft. Saving what is already so changes
// nothing. It returns ErrNotAllowed, ErrUnknownGroup, ErrUnknownOption, ErrStale, or what is wrong with
// the changes as errs.Fields ("deltas.0.unit" and the like).
func (s *Service) SaveOptionDeltas(ctx context.Context, by auth.Principal, cmd SaveOptionDeltas) error {
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) error {
		groups, err := loadGroups(ctx, q)
		if err != nil {
			return err
		}
		draft := Draft{Groups: groups}
		group, ok := draft.Group(cmd.Group)
		if !ok {
			return ErrUnknownGroup.With("code", cmd.Group).On("group")
		}
		at := slices.IndexFunc(group.Options, func(o Option) bool { return o.Code == cmd.Option })
		if at < 0 {
			return ErrUnknownOption.With("group", cmd.Group, "code", cmd.Option).On("option")
		}
		if err := checkSeen(cmd.Seen, &group.Stamp, ErrUnknownGroup); err != nil {
			return err
		}
		p, err := loadPantry(ctx, q)
		if err != nil {
			return err
		}
		deltas, err := p.measureDeltas(cmd.Deltas)
		if err != nil || slices.Equal(deltas, group.Options[at].Deltas) {
			return err
		}
		if err := q.TouchGroup(ctx, s.now(), by.Name, group.ID); err != nil {
			return err
		}
		if err := putDeltas(ctx, q, p, group.Options[at].ID, deltas); err != nil {
			return err
		}
		return s.record(ctx, tx, by, "option_recipe_saved", trail.Object{Kind: "option_group", ID: cmd.Group, Name: group.Name.Ko},
			map[string]any{cmd.Option: group.Options[at].Deltas}, map[string]any{cmd.Option: deltas})
	})
	if err != nil {
		return fmt.Errorf("save deltas of option %s %s: %w", cmd.Group, cmd.Option, err)
	}
	return nil
}

func (p pantry) measureDeltas(deltas []Delta) ([]Delta, error) {
	var bad problems
	if len(deltas) > maxComponents {
		bad.add(ErrTooManyComponents, "deltas")
		return nil, bad.err()
	}
	out := make([]Delta, len(deltas))
	for i, d := range deltas {
		field := "deltas." + strconv.Itoa(i)
		m, ok := p.materials[d.Material]
		if !ok {
			bad.add(ErrUnknownMaterial.With("code", d.Material), field+".material")
			continue
		}
		switch d.Kind {
		case catalogapi.Replace, catalogapi.Multiply:
			if d.Factor <= 0 || d.Factor > maxFactor {
				bad.add(ErrFactor, field+".factor")
			}
			d.Entered, d.Unit, d.Quantity = 0, "", 0
		case catalogapi.Remove:
			d.Factor, d.Entered, d.Unit, d.Quantity = 0, 0, "", 0
		case catalogapi.Add:
			var e *errs.Error
			if d.Quantity, e = baseQuantity(m.Scale, m.Name, d.Entered, d.Unit); e != nil {
				bad.add(e, field+"."+fieldOf(e))
			}
			d.Factor = 0
		default:
			bad.add(ErrDeltaKind, field+".kind")
			continue
		}
		if d.With != "" {
			if _, ok := p.materials[d.With]; !ok {
				bad.add(ErrUnknownMaterial.With("code", d.With), field+".with")
			}
		}
		if (d.Kind == catalogapi.Replace) != (d.With != "") || d.With == d.Material {
			bad.add(ErrDeltaShape, field+".with")
		}
		out[i] = d
	}
	return out, bad.err()
}

func putDeltas(ctx context.Context, q *catalogdb.Queries, p pantry, option ids.OptionID, deltas []Delta) error {
	if err := q.DeleteDeltas(ctx, option); err != nil {
		return err
	}
	for i, d := range deltas {
		if err := q.InsertDelta(ctx, catalogdb.InsertDeltaParams{
			OptionID: option, No: int32(i + 1), Kind: string(d.Kind), MaterialID: p.materials[d.Material].ID,
			WithMaterial: p.materials[d.With].ID.UUID, FactorMilli: d.Factor, Milli: d.Quantity, EnteredMilli: d.Entered, Unit: d.Unit,
		}); err != nil {
			return err
		}
	}
	return nil
}

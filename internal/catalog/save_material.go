package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

const (
	maxPacks   = 20
	maxDensity = 30_000 // mg per ml: heavier than any metal
)

// SaveMaterial makes or changes the master record of a material.
type SaveMaterial struct {
	Code  string
	Name  lang.Text
	Scale quantity.Scale
	Cost  Cost           // per base unit
	Low   quantity.Milli // warning level, base unit; 0: never
	Seen  int64          // revision the author saw; or AnyRevision, NotThere
}

// Errors of materials.
var (
	ErrBaseUnit = errs.New(errs.Invalid, "catalog.bad_base_unit",
		"기준 단위는 g, ml, ea 중 하나예요.", "The base unit is g, ml or ea.")
	ErrBaseUnitFixed = errs.New(errs.Conflict, "catalog.base_unit_fixed",
		"재고가 이 단위로 쌓여 있어서 기준 단위는 바꿀 수 없어요. 새 원부자재로 등록해 주세요.",
		"Stock is counted in this unit, so the base unit cannot change. Register a new material instead.")
	ErrDensity = errs.New(errs.Invalid, "catalog.bad_density",
		"밀도는 1 ml의 무게(mg)를 0~30,000으로 적어 주세요. 모르면 0이에요.", "The density is the weight of 1 ml in mg, from 0 to 30,000; 0 means unknown.")
	ErrPack = errs.New(errs.Invalid, "catalog.bad_pack",
		"'{pack}' 포장이 올바르지 않아요. 이름은 단위(g, kg, ml, l, ea)와 다르고, 양은 0보다 커야 해요.",
		"Pack \"{pack}\" is not possible: its name must differ from the units g, kg, ml, l and ea, and it must hold more than 0.")
	ErrTooManyPacks = errs.New(errs.Invalid, "catalog.too_many_packs",
		"포장은 20개까지 만들 수 있어요.", "A material has at most 20 packs.")
	ErrCost = errs.New(errs.Invalid, "catalog.bad_cost",
		"단가는 0 이상, 소수점 아래 여섯 자리까지예요.", "The unit cost is 0 or more, with at most six decimal places.")
	ErrLow = errs.New(errs.Invalid, "catalog.bad_low_level",
		"부족 기준은 0 이상이어야 해요.", "The warning level must be 0 or more.")
)

// SaveMaterial saves the material with the code and publishes MaterialChanged where other contexts
// see a difference. Saving what is already so changes nothing. It returns ErrNotAllowed, ErrStale,
// ErrCodeTaken, ErrBaseUnitFixed, or what is wrong with the input as errs.Fields.
func (s *Service) SaveMaterial(ctx context.Context, by auth.Principal, cmd SaveMaterial) (ids.MaterialID, error) {
	cmd.Name = trimmed(cmd.Name)
	if err := cmd.check(); err != nil {
		return ids.MaterialID{}, err
	}
	var id ids.MaterialID
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) (err error) {
		id, err = s.saveMaterial(ctx, tx, q, by, cmd)
		return err
	})
	if err != nil {
		return ids.MaterialID{}, fmt.Errorf("save material %s: %w", cmd.Code, err)
	}
	return id, nil
}

func (cmd SaveMaterial) check() error {
	var p problems
	p.code("code", cmd.Code)
	p.name("name", cmd.Name)
	if base, factor, ok := cmd.Scale.Base.Base(); !ok || factor != 1 || base != cmd.Scale.Base {
		p.add(ErrBaseUnit, "base_unit")
	}
	if cmd.Scale.Density < 0 || cmd.Scale.Density > maxDensity {
		p.add(ErrDensity, "density")
	}
	if len(cmd.Scale.Packs) > maxPacks {
		p.add(ErrTooManyPacks, "packs")
	}
	for _, name := range slices.Sorted(maps.Keys(cmd.Scale.Packs)) {
		holds := cmd.Scale.Packs[name]
		if _, _, unit := quantity.Unit(name).Base(); unit || name == "" || holds <= 0 || holds > quantity.Max {
			p.add(ErrPack.With("pack", name), "packs")
		}
		p.text("packs", name, maxName)
	}
	if cmd.Cost < 0 || cmd.Cost > MaxCost {
		p.add(ErrCost, "cost")
	}
	if cmd.Low < 0 || cmd.Low > quantity.Max {
		p.add(ErrLow, "low")
	}
	return p.err()
}

func (s *Service) saveMaterial(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd SaveMaterial) (ids.MaterialID, error) {
	if cmd.Scale.Packs == nil {
		cmd.Scale.Packs = map[string]quantity.Milli{}
	}
	packs, err := json.Marshal(cmd.Scale.Packs)
	if err != nil {
		return ids.MaterialID{}, err
	}
	row, err := one(q.MaterialByCode(ctx, cmd.Code))
	if err != nil {
		return ids.MaterialID{}, err
	}
	if row == nil {
		if err := checkSeen(cmd.Seen, nil, ErrUnknownMaterial.With("code", cmd.Code)); err != nil {
			return ids.MaterialID{}, err
		}
		id := ids.NewMaterialID()
		if err := q.InsertMaterial(ctx, catalogdb.InsertMaterialParams{
			MaterialID: id, Code: cmd.Code, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, BaseUnit: string(cmd.Scale.Base),
			Density: cmd.Scale.Density, Packs: packs, UnitCostMicro: int64(cmd.Cost), Low: cmd.Low,
			ChangedAt: s.now(), ChangedBy: by.Name,
		}); err != nil {
			return ids.MaterialID{}, err
		}
		if err := s.record(ctx, tx, by, "material_saved", cmd.object(), nil, cmd); err != nil {
			return ids.MaterialID{}, err
		}
		return id, s.announce(ctx, tx, id, cmd)
	}
	return s.updateMaterial(ctx, tx, q, by, cmd, *row, packs)
}

func (s *Service) updateMaterial(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd SaveMaterial,
	row catalogdb.MaterialByCodeRow, packs []byte,
) (ids.MaterialID, error) {
	old, err := materialOf(row)
	if err != nil {
		return ids.MaterialID{}, err
	}
	if err := checkSeen(cmd.Seen, &old.Stamp, ErrUnknownMaterial); err != nil {
		return ids.MaterialID{}, err
	}
	if old.Scale.Base != cmd.Scale.Base {
		return ids.MaterialID{}, ErrBaseUnitFixed.On("base_unit")
	}
	seenByOthers := old.Name != cmd.Name || old.Low != cmd.Low || old.Scale.Density != cmd.Scale.Density ||
		!maps.Equal(old.Scale.Packs, cmd.Scale.Packs)
	if !seenByOthers && old.Cost == cmd.Cost {
		return old.ID, nil
	}
	if err := q.UpdateMaterial(ctx, catalogdb.UpdateMaterialParams{
		MaterialID: old.ID, NameKo: cmd.Name.Ko, NameEn: cmd.Name.En, BaseUnit: string(cmd.Scale.Base),
		Density: cmd.Scale.Density, Packs: packs, UnitCostMicro: int64(cmd.Cost), Low: cmd.Low,
		ChangedAt: s.now(), ChangedBy: by.Name,
	}); err != nil {
		return ids.MaterialID{}, err
	}
	was := SaveMaterial{Code: old.Code, Name: old.Name, Scale: old.Scale, Cost: old.Cost, Low: old.Low, Seen: cmd.Seen}
	if err := s.record(ctx, tx, by, "material_saved", cmd.object(), was, cmd); err != nil || !seenByOthers {
		return old.ID, err
	}
	return old.ID, s.announce(ctx, tx, old.ID, cmd)
}

func (cmd SaveMaterial) object() trail.Object {
	return trail.Object{Kind: "material", ID: cmd.Code, Name: cmd.Name.Ko}
}

func (s *Service) announce(ctx context.Context, tx pgx.Tx, id ids.MaterialID, cmd SaveMaterial) error {
	return outbox.Publish(ctx, tx, catalogapi.MaterialChanged{
		Material: catalogapi.Material{ID: id, Code: cmd.Code, Name: cmd.Name, Scale: cmd.Scale, Low: cmd.Low},
		At:       s.now(),
	})
}

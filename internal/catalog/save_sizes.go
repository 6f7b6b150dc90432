package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// MaxPrice is the highest price of a size and the largest surcharge of an option, in minor units.
const MaxPrice money.Amount = 100_000_000

const maxSizes = 20

// SaveSizes says which sizes an item has, smallest first. A size that is not listed goes, with its recipe.
type SaveSizes struct {
	Item  string // code
	Sizes []Size // IDs are not looked at: a size is found by its code
	Seen  int64  // revision of the item the author saw, or AnyRevision
}

// Errors of sizes.
var (
	ErrNoSize = errs.New(errs.Invalid, "catalog.no_size",
		"사이즈가 하나는 있어야 해요.", "There must be at least one size.")
	ErrTooManySizes = errs.New(errs.Invalid, "catalog.too_many_sizes",
		"사이즈는 20개까지 만들 수 있어요.", "An item has at most 20 sizes.")
	ErrNutrition = errs.New(errs.Invalid, "catalog.bad_nutrition",
		"영양 정보는 0부터 100,000까지의 수로 적어 주세요.", "Nutrition values are numbers from 0 to 100,000.")
)

// SaveSizes saves the sizes of an item in the draft. Saving what is already so changes nothing. It
// returns ErrNotAllowed, ErrUnknownItem, ErrStale, or what is wrong with the input as errs.Fields, whose
// fields are "sizes.0.price" and the like.
func (s *Service) SaveSizes(ctx context.Context, by auth.Principal, cmd SaveSizes) error {
	for i := range cmd.Sizes {
		cmd.Sizes[i].Name = trimmed(cmd.Sizes[i].Name)
	}
	if err := cmd.check(); err != nil {
		return err
	}
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) error {
		item, err := loadItem(ctx, q, cmd.Item)
		if err != nil {
			return err
		}
		if item == nil {
			return ErrUnknownItem.With("code", cmd.Item)
		}
		if err := checkSeen(cmd.Seen, &item.Stamp, ErrUnknownItem); err != nil {
			return err
		}
		return s.putSizes(ctx, tx, q, by, item, cmd.Sizes)
	})
	if err != nil {
		return fmt.Errorf("save sizes of %s: %w", cmd.Item, err)
	}
	return nil
}

func (cmd SaveSizes) check() error {
	var p problems
	switch {
	case len(cmd.Sizes) == 0:
		p.add(ErrNoSize, "sizes")
	case len(cmd.Sizes) > maxSizes:
		p.add(ErrTooManySizes, "sizes")
	}
	seen := make(map[string]bool)
	for i, size := range cmd.Sizes {
		field := "sizes." + strconv.Itoa(i)
		p.code(field+".code", size.Code)
		p.name(field+".name", size.Name)
		if seen[size.Code] {
			p.add(ErrTwice.With("code", size.Code), field+".code")
		}
		seen[size.Code] = true
		if size.Price < 0 || size.Price > MaxPrice {
			p.add(ErrPrice, field+".price")
		}
		if n := size.Nutrition; n != nil && !plausible(*n) {
			p.add(ErrNutrition, field+".nutrition")
		}
	}
	return p.err()
}

func plausible(n catalogapi.Nutrition) bool {
	for _, v := range []float64{n.Kcal, n.SugarG, n.ProteinG, n.SaturatedFat, n.SodiumMg, n.CaffeineMg} {
		if !(v >= 0 && v <= 100_000) || math.IsNaN(v) {
			return false
		}
	}
	return true
}

func (s *Service) putSizes(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, item *Item, sizes []Size) error {
	if sameSizes(item.Sizes, sizes) {
		return nil
	}
	keep := make([]string, len(sizes))
	for i, size := range sizes {
		keep[i] = size.Code
		var nutrition []byte
		if size.Nutrition != nil {
			var err error
			if nutrition, err = json.Marshal(size.Nutrition); err != nil {
				return err
			}
		}
		if err := q.PutSize(ctx, catalogdb.PutSizeParams{
			SizeID: ids.NewSizeID(), ItemID: item.ID, Code: size.Code, NameKo: size.Name.Ko, NameEn: size.Name.En,
			Price: size.Price, Position: int32(i), Nutrition: nutrition,
		}); err != nil {
			return err
		}
	}
	if err := q.DeleteOtherSizes(ctx, item.ID, keep); err != nil {
		return err
	}
	if err := q.TouchItem(ctx, s.now(), by.Name, item.ID); err != nil {
		return err
	}
	return s.record(ctx, tx, by, "sizes_saved", itemObject(item.Code, item.Name), sizesByCode(item.Sizes), sizesByCode(sizes))
}

// sizesByCode is the form in which the trail compares sizes.
func sizesByCode(sizes []Size) map[string]Size {
	by := make(map[string]Size, len(sizes))
	for _, size := range sizes {
		size.ID = ids.SizeID{} // new sizes get theirs from the database
		by[size.Code] = size
	}
	return by
}

func sameSizes(a, b []Size) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		same := a[i].Code == b[i].Code && a[i].Name == b[i].Name && a[i].Price == b[i].Price
		if !same || !sameNutrition(a[i].Nutrition, b[i].Nutrition) {
			return false
		}
	}
	return true
}

func sameNutrition(a, b *catalogapi.Nutrition) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

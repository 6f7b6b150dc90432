package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
)

// Materials returns every material that has arrived here, by code.
func (s *Service) Materials(ctx context.Context) ([]catalogapi.Material, error) {
	rows, err := s.read().Materials(ctx)
	if err != nil {
		return nil, fmt.Errorf("materials: %w", err)
	}
	list := make([]catalogapi.Material, 0, len(rows))
	for _, row := range rows {
		m, err := materialOf(row)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// MaterialByCode returns one material, or ErrNoMaterial.
func (s *Service) MaterialByCode(ctx context.Context, code string) (catalogapi.Material, error) {
	if !utf8.ValidString(code) || strings.ContainsRune(code, 0) {
		return catalogapi.Material{}, ErrNoMaterial // PostgreSQL would not take the question
	}
	row, err := s.read().MaterialByCode(ctx, code)
	if errors.Is(err, pgx.ErrNoRows) {
		return catalogapi.Material{}, ErrNoMaterial
	}
	if err != nil {
		return catalogapi.Material{}, fmt.Errorf("material %q: %w", code, err)
	}
	return materialOf(row)
}

func materialsByID(ctx context.Context, q *inventorydb.Queries, wanted []ids.MaterialID) (map[ids.MaterialID]catalogapi.Material, error) {
	rows, err := q.MaterialsByID(ctx, uuidsOf(wanted))
	if err != nil {
		return nil, fmt.Errorf("materials: %w", err)
	}
	known := make(map[ids.MaterialID]catalogapi.Material, len(rows))
	for _, row := range rows {
		m, err := materialOf(row)
		if err != nil {
			return nil, err
		}
		known[m.ID] = m
	}
	return known, nil
}

func materialOf(row inventorydb.InventoryMaterial) (catalogapi.Material, error) {
	m := catalogapi.Material{
		ID: row.MaterialID, Code: row.Code, Name: lang.Text{Ko: row.NameKo, En: row.NameEn}, Low: row.Low,
		Scale: quantity.Scale{Base: quantity.Unit(row.Unit), Density: row.Density},
	}
	if err := json.Unmarshal(row.Packs, &m.Scale.Packs); err != nil {
		return catalogapi.Material{}, fmt.Errorf("packs of material %s: %w", row.Code, err)
	}
	return m, nil
}

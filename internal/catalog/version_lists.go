package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/platform/errs"
)

// Version is the head of a published version.
type Version struct {
	Number      int64
	Note        string
	PublishedAt time.Time
	PublishedBy string
}

// ErrNotPublished is returned where no version exists yet.
var ErrNotPublished = errs.New(errs.NotFound, "catalog.not_published",
	"아직 발행한 메뉴가 없어요.", "No menu has been published yet.")

// Published returns the menu that is in force, or ErrNotPublished.
func (s *Service) Published(ctx context.Context) (catalogapi.Menu, error) {
	snapshot, err := s.latest(ctx)
	if err != nil {
		return catalogapi.Menu{}, err
	}
	return snapshot.Menu, nil
}

// Versions returns at most limit versions, the newest first; before pages on from a number, 0 starts.
func (s *Service) Versions(ctx context.Context, before int64, limit int) ([]Version, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	var out []Version
	err := s.read(ctx, func(q *catalogdb.Queries) error {
		rows, err := q.VersionHeads(ctx, before, int32(min(limit, 1000))) //nolint:gosec // limited
		for _, r := range rows {
			out = append(out, Version{Number: r.Version, Note: r.Note, PublishedAt: r.PublishedAt, PublishedBy: r.PublishedBy})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("versions before %d: %w", before, err)
	}
	return out, nil
}

// VersionChanges is a published version and how it differs from the one before it.
type VersionChanges struct {
	Version
	Changes []Change
}

// Version returns a version with its difference to the one before, or ErrUnknownVersion.
func (s *Service) Version(ctx context.Context, number int64) (VersionChanges, error) {
	var out VersionChanges
	err := s.read(ctx, func(q *catalogdb.Queries) error {
		row, err := one(q.VersionByNumber(ctx, number))
		if err != nil {
			return err
		}
		if row == nil {
			return ErrUnknownVersion
		}
		out.Version = Version{Number: row.Version, Note: row.Note, PublishedAt: row.PublishedAt, PublishedBy: row.PublishedBy}
		after, err := snapshotOf(*row)
		if err != nil {
			return err
		}
		var before Snapshot
		if row, err = one(q.VersionByNumber(ctx, number-1)); err != nil {
			return err
		} else if row != nil {
			if before, err = snapshotOf(*row); err != nil {
				return err
			}
		}
		materials, err := loadMaterials(ctx, q)
		out.Changes = compare(before, after, materials)
		return err
	})
	if err != nil {
		return VersionChanges{}, fmt.Errorf("version %d: %w", number, err)
	}
	return out, nil
}

// Pending is what publishing now would change, and what forbids it.
type Pending struct {
	Published int64 // the version in force, 0: none
	Changes   []Change
	Problems  error // nil: it can be published; otherwise what PublishMenu would return
}

// Pending compares the draft with the version in force.
func (s *Service) Pending(ctx context.Context) (Pending, error) {
	var out Pending
	err := s.read(ctx, func(q *catalogdb.Queries) error {
		draft, err := loadDraft(ctx, q)
		if err != nil {
			return err
		}
		out, err = pending(ctx, q, &draft)
		return err
	})
	if err != nil {
		return Pending{}, fmt.Errorf("pending changes: %w", err)
	}
	return out, nil
}

// Desk is everything that the page of the whole menu shows: the draft and what is different about it.
type Desk struct {
	Draft   Draft
	Pending Pending
}

// Desk returns the draft and its pending changes, of one moment.
func (s *Service) Desk(ctx context.Context) (Desk, error) {
	var out Desk
	err := s.read(ctx, func(q *catalogdb.Queries) (err error) {
		if out.Draft, err = loadDraft(ctx, q); err != nil {
			return err
		}
		out.Pending, err = pending(ctx, q, &out.Draft)
		return err
	})
	if err != nil {
		return Desk{}, fmt.Errorf("menu desk: %w", err)
	}
	return out, nil
}

func pending(ctx context.Context, q *catalogdb.Queries, draft *Draft) (Pending, error) {
	row, err := one(q.LatestVersion(ctx))
	if err != nil {
		return Pending{}, err
	}
	var before Snapshot
	if row != nil {
		if before, err = snapshotOf(*row); err != nil {
			return Pending{}, err
		}
	}
	after, _ := assemble(draft)
	out := Pending{Published: before.Menu.Version, Changes: compare(before, after, draft.Materials)}
	if _, out.Problems = publishable(draft); out.Problems != nil || row == nil {
		return out, nil
	}
	mark, err := fingerprint(after)
	if err == nil && string(mark) == string(row.Fingerprint) {
		out.Problems = ErrNothingChanged
	}
	return out, err
}

func (s *Service) latest(ctx context.Context) (Snapshot, error) {
	var out Snapshot
	err := s.read(ctx, func(q *catalogdb.Queries) error {
		row, err := one(q.LatestVersion(ctx))
		if err != nil {
			return err
		}
		if row == nil {
			return ErrNotPublished
		}
		out, err = snapshotOf(*row)
		return err
	})
	if err != nil {
		return Snapshot{}, fmt.Errorf("latest version: %w", err)
	}
	return out, nil
}

func snapshotOf(row catalogdb.CatalogMenuVersion) (Snapshot, error) {
	var s Snapshot
	if err := json.Unmarshal(row.Menu, &s.Menu); err != nil {
		return Snapshot{}, fmt.Errorf("menu of version %d: %w", row.Version, err)
	}
	if err := json.Unmarshal(row.Recipes, &s.Recipes); err != nil {
		return Snapshot{}, fmt.Errorf("recipes of version %d: %w", row.Version, err)
	}
	return s, nil
}

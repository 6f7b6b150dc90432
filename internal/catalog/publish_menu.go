package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// PublishMenu makes the draft the menu of every store.
type PublishMenu struct {
	Note string // what this version is about, for people
}

const maxNote = 500

// Errors of publishing.
var (
	ErrNothingChanged = errs.New(errs.Conflict, "catalog.nothing_changed",
		"지난 버전과 달라진 것이 없어요.", "Nothing has changed since the last version.")
	ErrNoteTooLong = errs.New(errs.Invalid, "catalog.note_too_long",
		"메모는 500자까지 쓸 수 있어요.", "A note has at most 500 characters.")
)

// PublishMenu publishes the draft as the next version: in one transaction it stores the version and
// publishes RecipesPublished and then MenuPublished. It returns the version's number, or ErrNotAllowed,
// ErrNoFranchise, ErrNothingOnSale, ErrNothingChanged, ErrNoteTooLong, or everything that is wrong with
// the draft as errs.Fields.
func (s *Service) PublishMenu(ctx context.Context, by auth.Principal, cmd PublishMenu) (version int64, err error) {
	cmd.Note = lang.Tidy(cmd.Note)
	if utf8.RuneCountInString(cmd.Note) > maxNote {
		return 0, ErrNoteTooLong.On("note")
	}
	err = s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) error {
		draft, err := loadDraft(ctx, q)
		if err != nil {
			return err
		}
		snapshot, err := publishable(&draft)
		if err != nil {
			return err
		}
		version, err = s.storeVersion(ctx, tx, q, by, cmd, snapshot)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("publish the menu: %w", err)
	}
	return version, nil
}

// publishable returns what a version of the draft would say, or why there cannot be one.
func publishable(draft *Draft) (Snapshot, error) {
	if draft.Currency.Code == "" {
		return Snapshot{}, ErrNoFranchise
	}
	snapshot, wrong := assemble(draft)
	switch {
	case len(wrong) > 0:
		return Snapshot{}, wrong
	case len(snapshot.Menu.Items) == 0:
		return Snapshot{}, ErrNothingOnSale
	}
	return snapshot, nil
}

func (s *Service) storeVersion(ctx context.Context, tx pgx.Tx, q *catalogdb.Queries, by auth.Principal, cmd PublishMenu, snapshot Snapshot) (int64, error) {
	mark, err := fingerprint(snapshot)
	if err != nil {
		return 0, err
	}
	latest, err := one(q.LatestFingerprint(ctx))
	if err != nil {
		return 0, err
	}
	version := int64(1)
	if latest != nil {
		if bytes.Equal(latest.Fingerprint, mark) {
			return 0, ErrNothingChanged
		}
		version = latest.Version + 1
	}
	snapshot.Menu.Version, snapshot.Recipes.Version = version, version
	snapshot.Menu.PublishedAt = s.now()
	menu, err := json.Marshal(snapshot.Menu)
	if err != nil {
		return 0, err
	}
	recipes, err := json.Marshal(snapshot.Recipes)
	if err != nil {
		return 0, err
	}
	if err := q.InsertVersion(ctx, catalogdb.InsertVersionParams{
		Version: version, Menu: menu, Recipes: recipes, Fingerprint: mark, Note: cmd.Note,
		PublishedAt: snapshot.Menu.PublishedAt, PublishedBy: by.Name,
	}); err != nil {
		return 0, err
	}
	published := trail.Of("catalog", s.now(), by, "menu_published", trail.Object{Kind: "menu", ID: strconv.FormatInt(version, 10)}).
		Because(cmd.Note).Change(map[string]any{"version": version - 1}, map[string]any{"version": version, "items": len(snapshot.Menu.Items)})
	return version, outbox.Publish(ctx, tx, snapshot.Recipes, catalogapi.MenuPublished{Menu: snapshot.Menu}, published)
}

// fingerprint is a hash of what a snapshot says, without its number and time.
func fingerprint(s Snapshot) ([]byte, error) {
	content, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	return sum[:], nil
}

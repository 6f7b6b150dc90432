package members

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// Limits of API keys.
const (
	MaxKeys      = 50   // live at a time, of a store or of headquarters
	MaxPerMinute = 6000 // requests of one key on one replica
	MaxKeyDays   = 365
)

// Errors of API keys.
var (
	ErrNoKey = errs.New(errs.NotFound, "members.no_key",
		"그런 API 키가 없어요.", "There is no such API key.")
	ErrKeyName = errs.New(errs.Invalid, "members.key_name",
		"어디에 쓰는 키인지 80자까지 적어 주세요.", "Say in up to 80 characters what the key is for.")
	ErrKeyPermissions = errs.New(errs.Invalid, "members.key_permissions",
		"이 키가 할 일을 하나 이상 골라 주세요. 내가 할 수 있는 일만 줄 수 있어요.",
		"Choose at least one thing the key may do. You can only give what you may do yourself.")
	ErrKeyLimit = errs.New(errs.Invalid, "members.key_limit",
		"1분에 1번에서 {max}번까지예요.", "From 1 to {max} requests a minute.")
	ErrKeyDays = errs.New(errs.Invalid, "members.key_days",
		"1일에서 {max}일까지예요.", "From 1 to {max} days.")
	ErrTooManyKeys = errs.New(errs.Conflict, "members.too_many_keys",
		"키는 {max}개까지예요. 쓰지 않는 키를 먼저 없애 주세요.", "There can be {max} keys. Revoke one that is not used first.")
)

// CreateKey makes an API key of a store, or of headquarters where Store is nil.
type CreateKey struct {
	Store       *ids.StoreID
	Name        string
	Permissions []auth.Permission
	PerMinute   int
	Days        int // until it expires
}

// APIKey is a key as its list shows it. The secret is nowhere.
type APIKey struct {
	ID          ids.KeyID
	Name        string
	Prefix      string // how people recognise it
	Permissions []auth.Permission
	PerMinute   int
	CreatedAt   time.Time
	CreatedBy   string
	ExpiresAt   time.Time
	LastUsed    *time.Time // to the minute
	LastFrom    string
	RevokedAt   *time.Time
	OwnerGone   bool // it was revoked because the store got another owner
	MakerGone   bool // the account of whoever made it is suspended or closed since: they may still have the key
}

// Live reports whether the key opens anything at that time.
func (k APIKey) Live(now time.Time) bool { return k.RevokedAt == nil && k.ExpiresAt.After(now) }

// keyMark begins every key, so that people and scanners of repositories know one when they see it.
const keyMark = "maru_"

// keyForm is what CreateKey makes: the prefix, and a secret of rand.Text.
var keyForm = regexp.MustCompile(`^(` + keyMark + `[a-z2-7]{8})_[A-Z2-7]{26,40}$`)

// IsKey reports whether a bearer token is meant to be an API key.
func IsKey(token string) bool { return strings.HasPrefix(token, keyMark) }

func mayManageKeys(by auth.Principal, store *ids.StoreID) error {
	switch {
	case store == nil && (!by.AtHQ() || !by.May(auth.ManageSettings)):
		return ErrNotAllowed
	case store != nil && !by.Reaches(*store):
		return ErrNoStore
	case store != nil && !by.MayAt(auth.ManageStaff, *store):
		return ErrNotAllowed
	}
	return nil
}

// KeyPermissions returns what the person can let a key do: what they may do themselves, as far as the
// JSON API has it.
func KeyPermissions(by auth.Principal, store *ids.StoreID) []auth.Entry {
	var out []auth.Entry
	for _, e := range auth.Catalogue {
		if !e.Key || e.AtHQ && store != nil {
			continue
		}
		if store == nil && by.May(e.Permission) || store != nil && by.MayAt(e.Permission, *store) {
			out = append(out, e)
		}
	}
	return out
}

// CreateKey makes a key and returns it with its secret, which can never be read again. It returns
// ErrNotAllowed, ErrNoStore, ErrTooManyKeys, and errs.Fields with ErrKeyName, ErrKeyPermissions,
// ErrKeyLimit and ErrKeyDays.
func (s *Service) CreateKey(ctx context.Context, by auth.Principal, cmd CreateKey) (key APIKey, secret string, err error) {
	if err := mayManageKeys(by, cmd.Store); err != nil {
		return APIKey{}, "", err
	}
	cmd.Name = tidy(cmd.Name)
	if problems := cmd.check(by); len(problems) > 0 {
		return APIKey{}, "", problems
	}
	now := s.now()
	key = APIKey{
		ID: ids.NewKeyID(), Name: cmd.Name, Prefix: keyMark + strings.ToLower(rand.Text()[:8]), Permissions: cmd.Permissions,
		PerMinute: cmd.PerMinute, CreatedAt: now, CreatedBy: by.Name, ExpiresAt: now.AddDate(0, 0, cmd.Days),
	}
	secret = key.Prefix + "_" + rand.Text()
	hash := sha256.Sum256([]byte(secret))
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		if err := s.mayMakeKeys(ctx, tx, by, cmd); err != nil {
			return err
		}
		n, err := q.CountKeys(ctx, cmd.Store, now)
		if err != nil {
			return err
		}
		if n >= MaxKeys {
			return ErrTooManyKeys.With("max", fmt.Sprint(MaxKeys))
		}
		if err := q.InsertKey(ctx, membersdb.InsertKeyParams{
			KeyID: key.ID, OfStore: cmd.Store, Name: key.Name, Prefix: key.Prefix, SecretHash: hash[:], Permissions: texts(key.Permissions),
			PerMinute: int32(key.PerMinute), CreatedAt: now, CreatedBy: key.CreatedBy, CreatedByID: maker(by), ExpiresAt: key.ExpiresAt, //nolint:gosec // at most MaxPerMinute
		}); err != nil {
			return err
		}
		return s.recordKey(ctx, tx, by, "api_key_created", cmd.Store, key.Prefix, key.Name, map[string]any{
			"permissions": key.Permissions, "per_minute": key.PerMinute, "expires": key.ExpiresAt.UTC(),
		})
	})
	if err != nil {
		return APIKey{}, "", fmt.Errorf("create API key: %w", err)
	}
	return key, secret, nil
}

// mayMakeKeys asks again what CreateKey has asked, and lets others who make keys of the same place wait: they count them.
func (s *Service) mayMakeKeys(ctx context.Context, tx pgx.Tx, by auth.Principal, cmd CreateKey) error {
	place, stores := "hq", []ids.StoreID(nil)
	if cmd.Store != nil {
		place, stores = cmd.Store.String(), []ids.StoreID{*cmd.Store}
	}
	by, err := s.rightsNow(ctx, tx, by, stores...)
	if err != nil {
		return err
	}
	if err := mayManageKeys(by, cmd.Store); err != nil {
		return err
	}
	if problems := cmd.check(by); len(problems) > 0 {
		return problems
	}
	return membersdb.New(tx).OneAtATime(ctx, "members.api_key/"+place)
}

func (cmd CreateKey) check(by auth.Principal) errs.Fields {
	var problems errs.Fields
	if cmd.Name == "" || !fits(cmd.Name, maxName) {
		problems = append(problems, ErrKeyName.On("name"))
	}
	may := KeyPermissions(by, cmd.Store)
	notMine := func(p auth.Permission) bool {
		return !slices.ContainsFunc(may, func(e auth.Entry) bool { return e.Permission == p })
	}
	if len(cmd.Permissions) == 0 || slices.ContainsFunc(cmd.Permissions, notMine) {
		problems = append(problems, ErrKeyPermissions.On("permissions"))
	}
	if cmd.PerMinute < 1 || cmd.PerMinute > MaxPerMinute {
		problems = append(problems, ErrKeyLimit.With("max", fmt.Sprint(MaxPerMinute)).On("per_minute"))
	}
	if cmd.Days < 1 || cmd.Days > MaxKeyDays {
		problems = append(problems, ErrKeyDays.With("max", fmt.Sprint(MaxKeyDays)).On("days"))
	}
	return problems
}

func (s *Service) recordKey(ctx context.Context, tx pgx.Tx, by auth.Principal, action string, store *ids.StoreID, prefix, name string, after any) error {
	d := done{action: action, object: trail.Object{Kind: "api_key", ID: prefix, Name: name}, after: after}
	if store != nil {
		d.store = *store
	}
	return record(ctx, tx, s.now(), by, d)
}

// Keys returns the newest 200 keys of a store, or of headquarters where store is nil. It returns
// ErrNotAllowed and ErrNoStore.
func (s *Service) Keys(ctx context.Context, by auth.Principal, store *ids.StoreID) ([]APIKey, error) {
	if err := mayManageKeys(by, store); err != nil {
		return nil, err
	}
	rows, err := membersdb.New(s.db).KeysOf(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("API keys: %w", err)
	}
	keys := make([]APIKey, len(rows))
	for i, row := range rows {
		keys[i] = APIKey{
			ID: row.KeyID, Name: row.Name, Prefix: row.Prefix, Permissions: permissions(row.Permissions), PerMinute: int(row.PerMinute),
			CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy, ExpiresAt: row.ExpiresAt, LastUsed: row.LastUsedAt, LastFrom: row.LastUsedFrom,
			RevokedAt: row.RevokedAt, OwnerGone: row.RevokedFor == ownerChanged, MakerGone: row.MakerGone,
		}
	}
	return keys, nil
}

// RevokeKey makes a key worthless: at once on this replica, within sessionMemory on the others. It
// returns ErrNotAllowed, ErrNoStore, and ErrNoKey for a key that is not of this place or revoked already.
func (s *Service) RevokeKey(ctx context.Context, by auth.Principal, store *ids.StoreID, id ids.KeyID) error {
	if err := mayManageKeys(by, store); err != nil {
		return err
	}
	var prefix string
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		now := s.now()
		row, err := membersdb.New(tx).RevokeKey(ctx, &now, id, store)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoKey
		}
		if err != nil {
			return err
		}
		prefix = row.Prefix
		return s.recordKey(ctx, tx, by, "api_key_revoked", store, row.Prefix, row.Name, nil)
	})
	if err != nil {
		return fmt.Errorf("revoke API key: %w", err)
	}
	s.keys.forget(prefix)
	return nil
}

// AuthenticateKey returns the program whose API key it is, or auth.ErrToken for a key that is unknown,
// revoked or expired. address is where the request comes from.
func (s *Service) AuthenticateKey(ctx context.Context, secret, address string) (auth.Principal, error) {
	now := s.now()
	form := keyForm.FindStringSubmatch(secret)
	if form == nil { // no key can be it, and the database might not take it
		return auth.Principal{}, auth.ErrToken
	}
	prefix, sum := form[1], sha256.Sum256([]byte(secret))
	known, ok := s.keys.get(prefix, now)
	if !ok {
		row, err := membersdb.New(s.db).LiveKey(ctx, prefix, now)
		if errors.Is(err, pgx.ErrNoRows) {
			return auth.Principal{}, auth.ErrToken
		}
		if err != nil {
			return auth.Principal{}, fmt.Errorf("look up API key: %w", err)
		}
		known = knownKey{hash: row.SecretHash, expires: row.ExpiresAt, read: now, principal: principalOf(row)}
		if subtle.ConstantTimeCompare(sum[:], known.hash) != 1 {
			return auth.Principal{}, auth.ErrToken // and not remembered: the next use would pass the note of it over
		}
		if row.LastUsedAt == nil || now.Sub(*row.LastUsedAt) >= time.Minute {
			if err := membersdb.New(s.db).KeyUsed(ctx, &now, networkOf(address), row.KeyID); err != nil {
				return auth.Principal{}, fmt.Errorf("use of API key: %w", err)
			}
		}
		s.keys.put(prefix, known)
	}
	if subtle.ConstantTimeCompare(sum[:], known.hash) != 1 {
		return auth.Principal{}, auth.ErrToken
	}
	return known.principal, nil
}

func maker(by auth.Principal) pgtype.UUID {
	return pgtype.UUID{Bytes: by.Member.UUID, Valid: !by.Member.IsZero()}
}

func principalOf(row membersdb.LiveKeyRow) auth.Principal {
	p := auth.Principal{Key: row.KeyID, Name: "API: " + row.Name, Role: auth.KeyOfHQ, Scope: permissions(row.Permissions), PerMinute: int(row.PerMinute)}
	if row.OfStore != nil {
		p.Role, p.Stores = auth.KeyOfStore, []ids.StoreID{*row.OfStore}
	}
	return p
}

func texts(perms []auth.Permission) []string {
	out := make([]string, len(perms))
	for i, p := range perms {
		out[i] = string(p)
	}
	return out
}

func permissions(names []string) []auth.Permission {
	out := make([]auth.Permission, len(names))
	for i, n := range names {
		out[i] = auth.Permission(n)
	}
	return out
}

type knownKey struct {
	principal     auth.Principal
	hash          []byte
	expires, read time.Time
}

// keyCache remembers keys for sessionMemory, by prefix.
type keyCache struct {
	mu       sync.Mutex
	byPrefix map[string]knownKey
}

func (c *keyCache) get(prefix string, now time.Time) (knownKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.byPrefix[prefix]
	return k, ok && now.Sub(k.read) < sessionMemory && k.expires.After(now)
}

func (c *keyCache) put(prefix string, k knownKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byPrefix) >= cachedSessions {
		clear(c.byPrefix)
	}
	if c.byPrefix == nil {
		c.byPrefix = map[string]knownKey{}
	}
	c.byPrefix[prefix] = k
}

func (c *keyCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.byPrefix)
}

func (c *keyCache) forget(prefix string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byPrefix, prefix)
}

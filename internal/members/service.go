// Package members knows the franchise, its stores, the people and where they work, and who is signed
// in on which device.
//
// It owns schema members. It publishes FranchiseFounded, StoreOpened and StoreChanged, and reacts to
// no other context; see membersapi. Every replica keeps the franchise and the stores in memory and
// follows its own events to keep them right (subscribe.go).
package members

import (
	"log/slog"
	"time"

	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres"
)

// ErrNotAllowed is returned to whoever lacks the permission that a use case needs.
var ErrNotAllowed = errs.New(errs.Forbidden, "members.not_allowed",
	"이 일을 할 권한이 없어요.", "You are not allowed to do this.")

// Service is the members context.
type Service struct {
	db        *postgres.DB
	tokens    *auth.Tokens
	passwords *auth.Passwords
	pins      *auth.Passwords
	now       func() time.Time
	directory *directory
	sessions  *sessionCache
	keys      *keyCache
	mail      *mailbox
	waiting   *queue
	limits    SessionLimits
	refusals  *refusals
	log       *slog.Logger // see LogProofs
}

var (
	_ membersapi.Stores     = (*Service)(nil)
	_ membersapi.Franchises = (*Service)(nil)
	_ membersapi.Ownerships = (*Service)(nil)
)

// pinsAtOnce is how many PINs a replica checks at a time: each takes some 15 ms and 7 MiB.
const pinsAtOnce = 4

// New returns the members context on its database.
func New(db *postgres.DB, tokens *auth.Tokens, passwords *auth.Passwords, now func() time.Time) *Service {
	return &Service{
		db: db, tokens: tokens, passwords: passwords, pins: auth.NewPasswords(auth.PINArgon, pinsAtOnce), now: now,
		directory: &directory{db: db}, sessions: newSessionCache(), keys: &keyCache{}, mail: newMailbox(), waiting: newQueue(),
		limits: DefaultSessionLimits, refusals: &refusals{counts: map[string]int{}, places: map[string]bool{}}, log: slog.New(slog.DiscardHandler),
	}
}

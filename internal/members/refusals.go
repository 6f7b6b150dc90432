package members

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// refusals counts sign-ins that were refused, by kind. One record a minute tells the trail of all of them, so
// that nobody can fill it by guessing; what was not told yet when a replica dies is lost.
type refusals struct {
	mu     sync.Mutex
	counts map[string]int
	places map[string]bool // networks they came from; at most maxPlaces are told apart
}

const maxPlaces = 1000

// countRefusal counts a refusal of signing in.
func (s *Service) countRefusal(e *errs.Error, address string) {
	r := s.refusals
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[e.Code]++
	if len(r.places) < maxPlaces {
		r.places[networkOf(address)] = true
	}
}

// tellRefusals leaves one record of all that were refused since the last.
func (s *Service) tellRefusals(ctx context.Context) error {
	r := s.refusals
	r.mu.Lock()
	counts, places := r.counts, len(r.places)
	r.counts, r.places = map[string]int{}, map[string]bool{}
	r.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	after := fields{"from_networks": places}
	for code, n := range counts {
		kind := strings.TrimSuffix(strings.TrimPrefix(code, "members."), "_credentials") // a member of that name is masked
		after[kind] = n
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		return record(ctx, tx, s.now(), auth.Principal{}, done{action: "sign_ins_refused", object: trail.Object{Kind: "sign_in", ID: "all"}, after: after})
	})
	if err != nil {
		return fmt.Errorf("record refused sign-ins: %w", err)
	}
	return nil
}

// lockRecord is what a lock or budget that closes leaves: there are fewer of them than guesses are let through.
// Logins that do not exist leave one as well, for the same work.
func (s *Service) lockRecord(login, address string, member ids.MemberID, name string) func(context.Context, pgx.Tx, time.Time) error {
	return func(ctx context.Context, tx pgx.Tx, until time.Time) error {
		object := memberObject(member, name)
		if member.IsZero() {
			object = trail.Object{Kind: "sign_in", ID: accountKey(login)} // people type passwords into the wrong field
		}
		return record(ctx, tx, s.now(), auth.Principal{Address: networkOf(address)}, done{
			action: "sign_in_locked", object: object, after: fields{"until": until.UTC()},
		})
	}
}

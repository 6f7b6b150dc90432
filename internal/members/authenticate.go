package members

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Authenticate returns whose access token it is. It returns auth.ErrToken for a token that is not
// valid and ErrSessionEnded when its session is over.
func (s *Service) Authenticate(ctx context.Context, accessToken string) (auth.Principal, error) {
	claims, err := s.tokens.Verify(accessToken)
	if err != nil {
		return auth.Principal{}, err
	}
	known, err := s.lookUp(ctx, claims.Session)
	if err != nil {
		return auth.Principal{}, err
	}
	if known.principal.Member != claims.Member {
		return auth.Principal{}, auth.ErrToken
	}
	return known.principal, nil
}

// Alive reports whether the person's session still holds, as of at most sessionMemory ago.
func (s *Service) Alive(ctx context.Context, p auth.Principal) (bool, error) {
	_, err := s.lookUp(ctx, p.Session)
	if errs.KindOf(err) == errs.Unauthorized {
		return false, nil
	}
	return err == nil, err
}

// sessionMemory is how long a replica believes what it read about a session: the time that signing
// out, or a change of stores, takes to reach the others.
const sessionMemory = 5 * time.Second

// knownSession is what is remembered of a live session.
type knownSession struct {
	principal auth.Principal
	expires   time.Time
	read      time.Time
}

// lookUp returns a live session, or ErrSessionEnded.
func (s *Service) lookUp(ctx context.Context, id ids.SessionID) (knownSession, error) {
	now := s.now()
	if known, ok := s.sessions.get(id, now); ok {
		return known, nil
	}
	q := membersdb.New(s.db)
	row, err := q.LiveSession(ctx, id, now)
	if errors.Is(err, pgx.ErrNoRows) {
		s.sessions.forget(id)
		return knownSession{}, ErrSessionEnded
	}
	if err != nil {
		return knownSession{}, fmt.Errorf("look up session: %w", err)
	}
	known := knownSession{
		principal: auth.Principal{Member: row.MemberID, Session: id, Name: row.Name, Role: row.Role},
		expires:   row.ExpiresAt, read: now,
	}
	known.principal.NeedsFactor = row.NeedsFactor
	if !row.Role.AtHQ() {
		if known.principal.Stores, err = q.Workplaces(ctx, row.MemberID); err != nil {
			return knownSession{}, fmt.Errorf("look up workplaces: %w", err)
		}
		exceptions, err := q.ExceptionsOf(ctx, row.MemberID)
		if err != nil {
			return knownSession{}, fmt.Errorf("look up exceptions: %w", err)
		}
		known.principal.Exceptions = exceptionsOf(exceptions)
	}
	s.sessions.put(id, known)
	return known, nil
}

// sessionCache remembers live sessions for sessionMemory.
type sessionCache struct {
	mu   sync.Mutex
	byID map[ids.SessionID]knownSession
}

// cachedSessions bounds the memory: above it, everything is forgotten and read again.
const cachedSessions = 20_000

func newSessionCache() *sessionCache {
	return &sessionCache{byID: make(map[ids.SessionID]knownSession)}
}

func (c *sessionCache) get(id ids.SessionID, now time.Time) (knownSession, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.byID[id]
	if !ok || now.Sub(known.read) >= sessionMemory || !known.expires.After(now) {
		return knownSession{}, false
	}
	return known, true
}

func (c *sessionCache) put(id ids.SessionID, known knownSession) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byID) >= cachedSessions {
		clear(c.byID)
	}
	c.byID[id] = known
}

// forgetMember makes the next request of every session of a person read it again.
func (c *sessionCache) forgetMember(member ids.MemberID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, known := range c.byID {
		if known.principal.Member == member {
			delete(c.byID, id)
		}
	}
}

func (c *sessionCache) forget(id ids.SessionID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}

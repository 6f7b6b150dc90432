package members

import (
	"context"
	"fmt"
	"sync"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

// Authenticate returns whose access token it is. It returns auth.ErrToken for a token that is not
// valid and ErrSessionEnded when its session is over.
func (s *Service) Authenticate(ctx context.Context, accessToken string) (auth.Principal, error) {
	claims, err := s.tokens.Verify(accessToken)
	if err != nil {
		return auth.Principal{}, err
	}
	known, err := s.lookUp(ctx, claims.Session)
	if err == nil && !known.of(claims) && known.principal.OnShared() {
		s.sessions.forget(claims.Session) // somebody came or left, perhaps on another replica
		known, err = s.lookUp(ctx, claims.Session)
	}
	if err != nil {
		return auth.Principal{}, err
	}
	if !known.of(claims) {
		return auth.Principal{}, auth.ErrToken
	}
	return known.principal, nil
}

// sessionMemory is how long a replica believes what it read about a session: the time that signing
// out, or a change of stores, takes to reach the others.
const sessionMemory = 5 * time.Second

// knownSession is what is remembered of a live session.
type knownSession struct {
	principal auth.Principal
	expires   time.Time
	read      time.Time
	// Since when somebody works on a shared device, and until when, unless they do something before.
	actingSince, actingUntil time.Time
}

// of reports whether the token is of who the session is now. On a shared device one of the same person's earlier hours
// is not, as far as the clocks of two replicas agree.
func (k knownSession) of(claims auth.Claims) bool {
	issued := claims.Expires.Add(-auth.AccessTokenLife)
	return k.principal.Member == claims.Member && !issued.Before(k.actingSince.Add(-clocksApart))
}

// clocksApart is by how much the clocks of two replicas may differ, and the seconds in which tokens count.
const clocksApart = 30 * time.Second

// lookUp returns a live session, or ErrSessionEnded.
func (s *Service) lookUp(ctx context.Context, id ids.SessionID) (knownSession, error) {
	now := s.now()
	if known, ok := s.sessions.get(id, now); ok {
		return known, nil
	}
	found, err := s.readSessions(ctx, []ids.SessionID{id}, now)
	if err != nil {
		return knownSession{}, fmt.Errorf("look up session: %w", err)
	}
	if known, ok := found[id]; ok {
		return known, nil
	}
	return s.lookUpShared(ctx, id, now)
}

// sessionCache remembers live sessions for sessionMemory.
type sessionCache struct {
	mu    sync.Mutex
	byID  map[ids.SessionID]knownSession
	times int // that anything was forgotten
}

// cachedSessions bounds the memory, to 15 MiB (measured with one store each): twice the pages that one replica keeps open, each of which may be of a session
// of its own. Above it, one is forgotten for each that comes.
const cachedSessions = 40_000

func newSessionCache() *sessionCache {
	return &sessionCache{byID: make(map[ids.SessionID]knownSession)}
}

func (c *sessionCache) get(id ids.SessionID, now time.Time) (knownSession, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.byID[id]
	lapsed := !known.actingUntil.IsZero() && !known.actingUntil.After(now) // unless another replica knows better
	if !ok || lapsed || now.Sub(known.read) >= sessionMemory || !known.expires.After(now) {
		return knownSession{}, false
	}
	return known, true
}

// forgotten is for put: ask before reading.
func (c *sessionCache) forgotten() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.times
}

// put remembers a session, unless anything was forgotten since: it may have been read before that was written.
func (c *sessionCache) put(id ids.SessionID, known knownSession, before int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times != before {
		return
	}
	if _, there := c.byID[id]; !there && len(c.byID) >= cachedSessions {
		for other := range c.byID { // the map's order is as good as chance, and costs nothing to keep
			delete(c.byID, other)
			break
		}
	}
	c.byID[id] = known
}

func (c *sessionCache) forget(id ids.SessionID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times++
	delete(c.byID, id)
}

package members

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// sessionsAtOnce bounds one reading of sessions: what it brings is held in memory.
const sessionsAtOnce = 4000

// Alive reports of each person whether their session still holds and reaches every store that it did. On a shared device
// it is over when another person works there, or nobody. It reads all sessions at once and remembers those of people, so
// that their requests need not: whoever asks for all open pages every few seconds costs the database no more than one page.
func (s *Service) Alive(ctx context.Context, who []auth.Principal) ([]bool, error) {
	people, devices := map[ids.SessionID]bool{}, map[ids.SessionID]bool{}
	for i := range who {
		if who[i].OnShared() {
			devices[who[i].Session] = true
		} else {
			people[who[i].Session] = true
		}
	}
	now, live := s.now(), make(map[ids.SessionID]auth.Principal, len(people)+len(devices))
	for some := range slices.Chunk(slices.Collect(maps.Keys(people)), sessionsAtOnce) {
		found, err := s.readSessions(ctx, some, now)
		if err != nil {
			return nil, fmt.Errorf("look up sessions: %w", err)
		}
		for id, known := range found {
			live[id] = known.principal
		}
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(devices)), sessionsAtOnce) {
		rows, err := membersdb.New(s.db).WhoIsOnDevices(ctx, now, sessionUUIDs(some))
		if err != nil {
			return nil, fmt.Errorf("look up shared devices: %w", err)
		}
		for _, r := range rows {
			live[r.SessionID] = auth.Principal{Member: ids.MemberID{UUID: r.Who}, Stores: []ids.StoreID{r.StoreID}}
		}
	}
	alive := make([]bool, len(who))
	for i := range who {
		is, ok := live[who[i].Session]
		lost := func(store ids.StoreID) bool { return !is.Reaches(store) }
		alive[i] = ok && is.Member == who[i].Member && !slices.ContainsFunc(who[i].Stores, lost)
	}
	return alive, nil
}

// readSessions reads the live ones of people's sessions, and remembers them.
func (s *Service) readSessions(ctx context.Context, sessions []ids.SessionID, now time.Time) (map[ids.SessionID]knownSession, error) {
	q, before := membersdb.New(s.db), s.sessions.forgotten()
	rows, err := q.LiveSessions(ctx, sessionUUIDs(sessions), now)
	if err != nil {
		return nil, err
	}
	var members []uuid.UUID
	for _, r := range rows {
		if !r.Role.AtHQ() {
			members = append(members, r.MemberID.UUID)
		}
	}
	exceptions := map[ids.MemberID][]auth.Exception{}
	if len(members) > 0 {
		all, err := q.ExceptionsOfMany(ctx, members)
		if err != nil {
			return nil, fmt.Errorf("exceptions: %w", err)
		}
		for _, e := range all {
			one := exceptionsOf([]membersdb.ExceptionsOfRow{{StoreID: e.StoreID, Permission: e.Permission, Granted: e.Granted}})
			exceptions[e.MemberID] = append(exceptions[e.MemberID], one...)
		}
	}
	found := make(map[ids.SessionID]knownSession, len(rows))
	for _, r := range rows {
		known := knownSession{expires: r.ExpiresAt, read: now, principal: auth.Principal{
			Member: r.MemberID, Session: r.SessionID, Name: r.Name, Role: r.Role, NeedsFactor: r.NeedsFactor,
		}}
		if !r.Role.AtHQ() {
			for _, store := range r.Stores {
				known.principal.Stores = append(known.principal.Stores, ids.StoreID{UUID: store})
			}
			known.principal.Exceptions = exceptions[r.MemberID]
		}
		found[r.SessionID] = known
		s.sessions.put(r.SessionID, known, before)
	}
	return found, nil
}

func sessionUUIDs(sessions []ids.SessionID) []uuid.UUID {
	all := make([]uuid.UUID, len(sessions))
	for i, s := range sessions {
		all[i] = s.UUID
	}
	return all
}

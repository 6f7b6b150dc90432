package members

import (
	"time"

	"maru/internal/platform/auth"
)

// SessionLimits are how long somebody stays signed in without using it, and in all. Headquarters has its own,
// because its sessions reach every store.
type SessionLimits struct {
	Idle, Life     time.Duration
	IdleHQ, LifeHQ time.Duration
}

// DefaultSessionLimits suit a tablet that is used every day, and an office. ASVS 5.0 (7.3) asks for both limits
// and leaves the numbers to the risk.
var DefaultSessionLimits = SessionLimits{
	Idle: 30 * 24 * time.Hour, Life: 90 * 24 * time.Hour, IdleHQ: 24 * time.Hour, LifeHQ: 7 * 24 * time.Hour,
}

// deviceLife is how long a shared device of a store stays set up: it opens nothing without somebody's PIN.
const deviceLife = 365 * 24 * time.Hour

// LimitSessions sets the limits. Call it before the service is used.
func (s *Service) LimitSessions(limits SessionLimits) { s.limits = limits }

// until returns when a session ends that began at one time and was used at another.
func (l SessionLimits) until(role auth.Role, began, used time.Time) time.Time {
	idle, life := l.Idle, l.Life
	if role.AtHQ() {
		idle, life = l.IdleHQ, l.LifeHQ
	}
	return earlier(used.Add(idle), began.Add(life))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

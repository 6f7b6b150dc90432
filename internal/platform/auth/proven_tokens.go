package auth

import (
	"maps"
	"sync"
	"time"
)

// provenTokens remembers access tokens whose signature was verified: a person sends the same one for
// ten minutes. It says nothing about the session, which is looked up every time.
type provenTokens struct {
	mu     sync.RWMutex
	claims map[string]Claims
}

// mostProven bounds the memory, to about a megabyte; with more people signed in at one replica, some
// tokens are verified again.
const mostProven = 2048

func (p *provenTokens) get(token string, now time.Time) (Claims, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c, ok := p.claims[token]
	return c, ok && now.Before(c.Expires)
}

func (p *provenTokens) put(token string, c Claims, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.claims) >= mostProven {
		maps.DeleteFunc(p.claims, func(_ string, c Claims) bool { return !now.Before(c.Expires) })
	}
	if p.claims == nil || len(p.claims) >= mostProven {
		p.claims = make(map[string]Claims)
	}
	p.claims[token] = c
}

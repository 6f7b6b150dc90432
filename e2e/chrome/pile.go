//go:build e2e

package chrome

import "sync"

// Pile is what came from elsewhere, in order, until somebody takes it. Its zero value is empty.
type Pile[T any] struct {
	mu  sync.Mutex
	all []T
}

// Add puts one more onto it.
func (p *Pile[T]) Add(one T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, one)
}

// Take returns what came since the last time.
func (p *Pile[T]) Take() []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.all
	p.all = nil
	return all
}

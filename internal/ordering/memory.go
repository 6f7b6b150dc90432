package ordering

import "time"

// Memory says how old is what this replica sells by.
type Memory struct {
	// Menu is the version of the menu; 0 while none was published.
	Menu int64
	// Loaded is when this replica took it into memory; Heard when it last heard of any change of the
	// menu, a store or what is sold out. Both are zero until the first load.
	Loaded, Heard time.Time
	// Stores is how many stores it knows.
	Stores int
}

// Memory returns the age of the menu in memory. It asks no database.
func (s *Service) Memory() Memory {
	s.shelf.mu.RLock()
	defer s.shelf.mu.RUnlock()
	m := Memory{Loaded: s.shelf.since, Heard: s.shelf.fresh, Stores: len(s.shelf.stores)}
	if s.shelf.menu != nil {
		m.Menu = s.shelf.menu.menu.Version
	}
	return m
}

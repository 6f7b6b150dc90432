//go:build !failpoints

package failpoint

import "time"

// Enabled says whether the program was built with failpoints; code behind it is not in other builds.
const Enabled = false

// Hit is called where a test may want the program to fail. It returns nil.
func Hit(string, string) error { return nil }

// Watched reports whether a rule waits for that point. It returns false.
func Watched(string, string) bool { return false }

// Now is time.Now.
func Now() time.Time { return time.Now() }

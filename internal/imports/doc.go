// Package imports reads files: materials, option groups, menu, recipes and opening stock as CSV, in the
// formats that docs/import-formats.md describes.
//
// Every reader goes through the same use cases as the pages. What is wrong with a line is collected with
// its number, its column and the reason, and the rest is imported; but one thing (an item with its
// sizes, an option group, a recipe) is imported whole or not at all. Things are found by their code, so
// that reading a file again changes nothing.
package imports

import (
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
)

// Options says how a file is read.
type Options struct {
	By     auth.Principal // on whose behalf
	DryRun bool           // do everything, then undo it
	Reason string         // why, where stores get another status
}

// Summary is what became of a file.
type Summary struct {
	Lines   int       // lines with data, refused ones counted
	Things  int       // materials, option groups, items, recipes or stores' stock that were imported
	Refused []Refusal // in the order of lines
	Ignored []string  // columns of the file that have no meaning here
	DryRun  bool      // nothing was kept
}

// Refusal is why a line was not imported.
type Refusal struct {
	Line   int    // in the file, from 1; the header counts
	Column string // empty where it is about the whole line
	Reason lang.Text
}

package webkit

import (
	"cmp"
	"net/url"

	"maru/internal/kernel/lang"
)

// SearchSpec describes the form above a list: what to type, and by its children what else to choose by.
type SearchSpec struct {
	Action string // the path of the list
	Form   *Form  // what is wrong with what was asked for; nil where nothing can be
	ID     string // of the input, where a page has several forms; "search" where empty
	// Label names the input; where it is empty there is none, only what the children hold.
	Label lang.Text
	Hint  lang.Text // shown in the empty input
	Value string
	// Keep are pairs of name and value that the list also depends on, such as its order.
	Keep []string
	// Filtered offers a way back to the whole list.
	Filtered bool
}

func (s SearchSpec) id() string { return cmp.Or(s.ID, "search") }

// URL is a path with a query made of pairs of name and value. Empty values are left out, and of two values for one
// name the later holds.
func URL(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

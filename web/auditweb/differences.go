package auditweb

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"maru/internal/audit/auditapi"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

// difference is one member of an object that was changed. Of what was made there is no Before.
type difference struct {
	Name          string
	Before, After string
	Made          bool
}

const nothing = "–"

// differences sets before and after side by side, in the words of people.
func differences(ctx context.Context, e auditapi.Entry) []difference {
	var before, after map[string]json.RawMessage
	// What is no object is shown whole.
	if e.Before != nil && json.Unmarshal(e.Before, &before) != nil || e.After != nil && json.Unmarshal(e.After, &after) != nil {
		return []difference{{Before: plain(ctx, e.Object.Kind, "", e.Before), After: plain(ctx, e.Object.Kind, "", e.After), Made: e.Before == nil}}
	}
	all := maps.Clone(before)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, after)
	var rows []difference
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := difference{Name: fieldName(ctx, name), Before: plain(ctx, e.Object.Kind, name, before[name]), After: plain(ctx, e.Object.Kind, name, after[name]), Made: len(before) == 0}
		if d.Made && d.After == nothing {
			continue
		}
		rows = append(rows, d)
	}
	return rows
}

// fieldName is what people call a field; one that is missing in the list is shown by its stored name.
func fieldName(ctx context.Context, name string) string {
	if words, ok := fieldNames[strings.ToLower(name)]; ok {
		return webkit.T(ctx, words)
	}
	if p, ok := permissionName(name); ok {
		return webkit.T(ctx, p)
	}
	return name
}

func permissionName(name string) (lang.Text, bool) {
	i := slices.IndexFunc(auth.Catalogue, func(p auth.Entry) bool { return string(p.Permission) == name })
	if i < 0 {
		return lang.Text{}, false
	}
	return auth.Catalogue[i].Name, true
}

// plain shows a JSON value of a field as people write it: a word for what is one of a few, a moment as the list shows
// moments, a text without its quotes, nothing as a dash.
func plain(ctx context.Context, kind, field string, v json.RawMessage) string {
	var said any
	if len(v) == 0 || json.Unmarshal(v, &said) != nil {
		return nothing
	}
	switch said := said.(type) {
	case nil:
		return nothing
	case bool:
		if said {
			return webkit.T(ctx, text.Yes)
		}
		return webkit.T(ctx, text.No)
	case string:
		return word(ctx, kind, strings.ToLower(field), said)
	case []any:
		words := make([]string, len(said))
		for i, one := range said {
			s, ok := one.(string)
			if !ok {
				return string(v)
			}
			words[i] = word(ctx, kind, strings.ToLower(field), s)
		}
		return cmp.Or(strings.Join(words, ", "), nothing)
	}
	var both struct{ Ko, En *string }
	if json.Unmarshal(v, &both) == nil && both.Ko != nil {
		return cmp.Or(webkit.T(ctx, lang.Text{Ko: *both.Ko, En: cmp.Or(deref(both.En), *both.Ko)}), nothing)
	}
	return string(v)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// word says a text of a field: what the program calls by a code has a name.
func word(ctx context.Context, kind, field, said string) string {
	switch field {
	case "role":
		if i := slices.IndexFunc(auth.Roles, func(r auth.RoleEntry) bool { return string(r.Role) == said }); i >= 0 {
			return webkit.T(ctx, auth.Roles[i].Name)
		}
	case "permissions":
		if name, ok := permissionName(said); ok {
			return webkit.T(ctx, name)
		}
	case "device":
		if strings.Contains(said, "/") {
			return webkit.T(ctx, webkit.DeviceName(said))
		}
	case "expires", "until", "at":
		if at, err := time.Parse(time.RFC3339, said); err == nil {
			return webkit.FullTime(ctx, at)
		}
	case "status", "state", "disposition", "dining":
		if name, ok := valueNames[kind][said]; ok {
			return webkit.T(ctx, name)
		}
	default:
		if _, ok := permissionName(field); ok {
			if choice, ok := valueNames["permission"][said]; ok {
				return webkit.T(ctx, choice)
			}
		}
	}
	return cmp.Or(said, nothing)
}

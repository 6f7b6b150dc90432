package membersweb

import (
	"context"

	"github.com/a-h/templ"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

// fieldName is what a column of a list can mean, in words.
func fieldName(ctx context.Context, f members.StoreField) string { return webkit.T(ctx, f.Name()) }

// cellText is a value of a change as people read it.
func cellText(ctx context.Context, f members.StoreField, value string) string {
	if f == members.FieldStatus {
		if word, ok := statusWords[membersapi.StoreStatus(value)]; ok {
			return webkit.T(ctx, word)
		}
	}
	if value == "" {
		return "—"
	}
	return value
}

func outcomeBadge(ctx context.Context, o members.StoreOutcome) templ.Component {
	word := webkit.T(ctx, outcomeWords[o])
	switch o {
	case members.StoreIsNew:
		return webkit.Badge(webkit.Good, "plus", word)
	case members.StoreIsChanged:
		return webkit.Badge(webkit.Warm, "pencil", word)
	case members.StoreIsRefused:
		return webkit.Badge(webkit.Bad, "x", word)
	case members.StoreIsUnchanged:
	}
	return webkit.Badge(webkit.Neutral, "check", word)
}

func listBadge(ctx context.Context, l members.StoreList) templ.Component {
	switch l.State {
	case members.ListIsRunning:
		return webkit.Badge(webkit.Warm, "timer", webkit.T(ctx, storeText.ListRunning))
	case members.ListIsDone:
		return webkit.Badge(webkit.Good, "check", webkit.T(ctx, storeText.ListDone))
	case members.ListIsDraft:
	}
	return webkit.Badge(webkit.Inform, "file-text", webkit.T(ctx, storeText.ListDraft))
}

func counts(ctx context.Context, n members.StoreCounts) string {
	return webkit.T(ctx, storeText.Counts.With("new", webkit.Number(int64(n.New)), "changed", webkit.Number(int64(n.Changed)),
		"unchanged", webkit.Number(int64(n.Unchanged)), "refused", webkit.Number(int64(n.Refused))))
}

// outcomeWords name what lines do.
var (
	outcomeWords = map[members.StoreOutcome]lang.Text{
		members.StoreIsNew: storeText.IsNew, members.StoreIsChanged: storeText.IsChanged,
		members.StoreIsUnchanged: storeText.IsUnchanged, members.StoreIsRefused: storeText.IsRefused,
	}
)

package membersweb

import (
	"context"

	"github.com/a-h/templ"

	"maru/web/webkit"
)

// meTabs are the pages of a person's own account.
func meTabs(path string) []webkit.Tab {
	tabs := []webkit.Tab{
		{URL: "/me/profile", Label: peopleText.Profile, Icon: "circle-user"},
		{URL: "/me/devices", Label: meText.Devices, Icon: "monitor"},
		{URL: "/me/password", Label: meText.Password, Icon: "lock"},
		{URL: "/me/pin", Label: sharedText.PIN, Icon: "keyboard"},
		{URL: "/me/second-factor", Label: meText.Factor, Icon: "shield-check"},
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].URL == path
	}
	return tabs
}

// revealed lets a person look at the password they type.
func revealed(ctx context.Context) templ.Attributes {
	return templ.Attributes{
		"required": true, "data-reveal": webkit.T(ctx, text.Show), "data-conceal": webkit.T(ctx, text.Hide),
		"data-reveal-label": webkit.T(ctx, text.ShowPassword),
	}
}

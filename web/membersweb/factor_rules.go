package membersweb

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

// registerFactorRules puts headquarters' page on the site that says who must use a second factor.
func (p *pages) registerFactorRules(site *webkit.Site, r *webkit.Router) {
	settings := webkit.AtHQ(auth.ManageSettings)
	r.GET("/hq/second-factors", settings, p.factorRules)
	r.POST("/hq/second-factors", settings, p.setFactorRule)
	site.Nav(webkit.NavItem{Path: "/hq/second-factors", Label: meText.Factor, Icon: "shield-check", Needs: auth.ManageSettings, Order: 85})
}

// factorRule is a role and its rule.
type factorRule struct {
	auth.RoleEntry
	members.SecondFactorRule
}

func (p *pages) factorRules(c echo.Context) error {
	known, err := p.members.SecondFactorRules(c.Request().Context(), webkit.Principal(c))
	if err != nil {
		return err
	}
	rules := make([]factorRule, len(auth.Roles))
	for i, role := range auth.Roles {
		rules[i].RoleEntry = role
		if at := slices.IndexFunc(known, func(k members.SecondFactorRule) bool { return k.Role == role.Role }); at >= 0 {
			rules[i].SecondFactorRule = known[at]
		}
	}
	return webkit.Render(c, http.StatusOK, factorRulesPage(rules))
}

func (p *pages) setFactorRule(c echo.Context) error {
	f := webkit.ReadForm(c)
	names := make([]string, len(auth.Roles))
	for i, role := range auth.Roles {
		names[i] = string(role.Role)
	}
	role, required := auth.Role(f.Choice("role", names...)), f.Value("required") == "1"
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.members.RequireSecondFactor(c.Request().Context(), webkit.Principal(c), role, required); err != nil {
		return err
	}
	return webkit.RedirectWithToast(c, "/hq/second-factors", webkit.Toast{Kind: webkit.ToastDone, Text: meText.RuleSaved})
}

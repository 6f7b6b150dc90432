package webkit

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"maru/internal/kernel/lang"
)

// Theme is light, dark, or what the person's system says.
type Theme string

// The themes.
const (
	Auto  Theme = "auto"
	Light Theme = "light"
	Dark  Theme = "dark"
)

const (
	langCookie  = "lang"
	themeCookie = "theme"
	rememberFor = 365 * 24 * time.Hour
)

// spoken matches Accept-Language to lang.All. The index counts: matched tags carry extensions.
var spoken = language.NewMatcher([]language.Tag{language.Korean, language.English})

// languageOf returns the language of a request: ?lang=, then the cookie, then what the browser asks
// for, then Korean.
func languageOf(r *http.Request) lang.Lang {
	if l, ok := lang.Parse(r.URL.Query().Get("lang")); ok {
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		if l, ok := lang.Parse(c.Value); ok {
			return l
		}
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return lang.Korean
	}
	_, index, confidence := spoken.Match(tags...)
	if confidence == language.No {
		return lang.Korean
	}
	return lang.All[index]
}

// language puts the language into the request's context, and remembers one that ?lang= asked for.
func (s *Site) language(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		l := languageOf(r)
		if asked, ok := lang.Parse(r.URL.Query().Get("lang")); ok {
			c.SetCookie(s.remember(langCookie, string(asked)))
		}
		c.Response().Header().Set("Content-Language", string(l))
		c.Response().Header().Add("Vary", "Accept-Language, Cookie")
		c.SetRequest(r.WithContext(lang.Into(r.Context(), l)))
		return next(c)
	}
}

func (s *Site) theme(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := viewOf(c)
		v.theme = Auto
		if cookie, err := c.Cookie(themeCookie); err == nil {
			v.theme = parseTheme(cookie.Value)
		}
		return next(c)
	}
}

func parseTheme(s string) Theme {
	switch t := Theme(s); t {
	case Light, Dark:
		return t
	case Auto:
	}
	return Auto
}

// chooseLanguage remembers the language a person chose and shows them the same page in it.
func (s *Site) chooseLanguage(c echo.Context) error {
	l, ok := lang.Parse(c.FormValue("lang"))
	if ok {
		c.SetCookie(s.remember(langCookie, string(l)))
	}
	return s.back(c)
}

// chooseTheme remembers a theme. Scripts send it in the background; without scripts the page reloads.
func (s *Site) chooseTheme(c echo.Context) error {
	c.SetCookie(s.remember(themeCookie, string(parseTheme(c.FormValue("theme")))))
	if isHTMX(c.Request()) {
		return c.NoContent(http.StatusNoContent)
	}
	return s.back(c)
}

// back returns to the page the request came from, without its ?lang=.
func (s *Site) back(c echo.Context) error {
	to := ownPath(samePageReferer(c.Request()))
	if u, err := url.Parse(to); err == nil {
		q := u.Query()
		q.Del("lang")
		u.RawQuery = q.Encode()
		to = u.RequestURI()
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// remember makes a cookie for a preference: readable by scripts, nothing secret in it.
func (s *Site) remember(name, value string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // scripts read preferences; Secure is off on plain HTTP only
		Name: name, Value: value, Path: "/", MaxAge: int(rememberFor.Seconds()),
		SameSite: http.SameSiteLaxMode, Secure: !s.Insecure,
	}
}

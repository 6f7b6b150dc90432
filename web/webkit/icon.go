package webkit

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

//go:embed icons/*.svg
var iconFiles embed.FS

// icons maps a name to the inner markup of its drawing on a 24 by 24 field.
var icons = sync.OnceValue(func() map[string]string {
	names, err := fs.Glob(iconFiles, "icons/*.svg")
	if err != nil {
		panic("webkit: icons: " + err.Error())
	}
	drawn := make(map[string]string, len(names))
	for _, n := range names {
		body, err := fs.ReadFile(iconFiles, n)
		if err != nil {
			panic("webkit: icons: " + err.Error())
		}
		drawn[strings.TrimSuffix(strings.TrimPrefix(n, "icons/"), ".svg")] = strings.TrimSpace(string(body))
	}
	return drawn
})

func mustHaveIcon(name string) string {
	body, ok := icons()[name]
	if !ok {
		panic("webkit: no icon " + name + "; add it to web/webkit/icons/names.txt and run npm run vendor")
	}
	return body
}

// Icon draws a Lucide icon in the colour of the text around it; class gives its size ("size-5") and
// may give more. It is decoration: a word says the same beside it, or an aria-label on the button
// does. It panics on a name that does not exist.
func Icon(name, class string) templ.Component {
	body := mustHaveIcon(name)
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<svg class="`+templ.EscapeString(class)+` shrink-0" viewBox="0 0 24 24" fill="none" stroke="currentColor"`+
			` stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">`+body+`</svg>`)
		return err
	})
}

// HasIcon reports whether an icon of the name exists, for names that come from data.
func HasIcon(name string) bool {
	_, ok := icons()[name]
	return ok
}

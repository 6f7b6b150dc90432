package webkit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"maru/web"
)

// assetsPath is where the embedded files are served.
const assetsPath = "/assets/"

// asset is one embedded file, with what is needed to serve it for ever.
type asset struct {
	body   []byte
	hash   string
	hashed string // its name with the hash in it: js/app.4f2a….js
}

// library is every embedded file by plain and by hashed name.
type library struct {
	plain  map[string]*asset
	hashed map[string]*asset
}

// embedded reads the library once; a program without its own files cannot start, so it panics.
var embedded = sync.OnceValue(func() *library {
	lib, err := readLibrary(web.Static())
	if err != nil {
		panic("webkit: embedded assets: " + err.Error())
	}
	return lib
})

func readLibrary(files fs.FS) (*library, error) {
	lib := &library{plain: map[string]*asset{}, hashed: map[string]*asset{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		lib.add(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	lib.linkFonts()
	return lib, nil
}

func (l *library) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	a := &asset{body: body, hash: hex.EncodeToString(sum[:6])}
	ext := path.Ext(name)
	a.hashed = strings.TrimSuffix(name, ext) + "." + a.hash + ext
	l.plain[name] = a
	l.hashed[a.hashed] = a
}

// Asset returns the URL of an embedded file, with a hash of its content in it, so that browsers may
// keep it for ever: Asset("app.css"). It panics on a name that does not exist: that is a mistake in
// the program, found by the first test that renders the page.
func Asset(name string) string {
	a, ok := embedded().plain[name]
	if !ok {
		panic("webkit: no asset " + name)
	}
	return assetsPath + a.hashed
}

// serveAssets answers /assets/…: hashed names are immutable, plain names are checked by ETag.
func serveAssets(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, assetsPath)
	lib := embedded()
	a, immutable := lib.hashed[name]
	if !immutable {
		a = lib.plain[name]
	}
	if a == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	if immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("ETag", `"`+a.hash+`"`)
	if t, ok := mediaTypes[path.Ext(name)]; ok {
		h.Set("Content-Type", t)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(a.body))
}

// mediaTypes are fixed here, because the table of the operating system differs from machine to machine.
var mediaTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
	".md":    "text/plain; charset=utf-8",
	".mp3":   "audio/mpeg",
}

// linkFonts writes hashed names into fonts.css, whose @font-face rules name ninety files: they never
// change, and a plain name would be asked for again on every page.
func (l *library) linkFonts() {
	css, ok := l.plain["fonts.css"]
	if !ok {
		return
	}
	text := string(css.body)
	for name, a := range l.plain {
		if strings.HasPrefix(name, "fonts/") && strings.HasSuffix(name, ".woff2") {
			text = strings.ReplaceAll(text, "url("+name+")", "url("+assetsPath+a.hashed+")")
		}
	}
	delete(l.hashed, css.hashed)
	l.add("fonts.css", []byte(text))
}

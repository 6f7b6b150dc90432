// Package web holds the files that browsers load: styles, scripts, fonts. They are built and vendored
// ahead and committed, so that the program needs no Node; see package.json.
package web

import (
	"embed"
	"io/fs"
)

//go:embed static
var files embed.FS

// Static returns the tree of files under web/static.
func Static() fs.FS {
	sub, err := fs.Sub(files, "static")
	if err != nil {
		panic("web: the embedded tree has no static folder: " + err.Error())
	}
	return sub
}

package apikit

import (
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaName names a type in the OpenAPI document. Types of page packages carry their context's name,
// because two contexts may well have a "group" or a "line": statsweb.apiGroup is "StatsGroup".
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	context, ofPages := strings.CutSuffix(path.Base(t.PkgPath()), "web")
	if !ofPages || context == "" {
		return name
	}
	name = strings.TrimPrefix(name, "Api")
	return strings.ToUpper(context[:1]) + context[1:] + name
}

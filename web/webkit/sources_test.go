package webkit_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// templateRules are what a template must not contain, and what would be wrong with it.
var templateRules = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`[\x{1100}-\x{11FF}\x{3130}-\x{318F}\x{AC00}-\x{D7A3}]`), "Korean text belongs into texts.go, beside the English"},
	{regexp.MustCompile(`(?i)\sstyle\s*=`), "style attributes are refused by the Content-Security-Policy"},
	{regexp.MustCompile(`(?i)\son[a-z]+\s*=\s*["{]`), "inline handlers are refused by the Content-Security-Policy"},
	{regexp.MustCompile(`hx-on|js:|javascript:`), "htmx must not evaluate scripts"},
	{regexp.MustCompile(`<style|<script[^>]*>[^<\s]`), "inline styles and scripts are refused by the Content-Security-Policy"},
	{regexp.MustCompile(`(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}/`), "pages load nothing from other sites"},
	{regexp.MustCompile(`class=\{[^}]*"\s*\+`), "class names are whole literals, or Tailwind does not find them"},
}

func brokenTemplateRules(source string) []string {
	var broken []string
	for line := range strings.Lines(source) {
		if strings.HasPrefix(strings.TrimSpace(line), "//") {
			continue
		}
		for _, r := range templateRules {
			if r.pattern.MatchString(line) {
				broken = append(broken, strings.TrimSpace(line)+": "+r.why)
			}
		}
	}
	return broken
}

func TestTemplatesKeepTheRules(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".templ" || strings.Contains(path, "showcase") {
			return err
		}
		seen++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, wrong := range brokenTemplateRules(string(b)) {
			t.Errorf("%s: %s", path, wrong)
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Fatalf("%d templates seen: %v", seen, err)
	}
}

func TestTheRulesOfTemplatesCanFail(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`<p>안녕하세요</p>`, `<p style="color: red">`, `<button onclick="pay()">`, `<div hx-on:click="x()">`, `<a href="javascript:x">`,
		`<style>p{}</style>`, `<script>alert(1)</script>`, `<img src="https://cdn.example.com/a.png"/>`, `<p class={ "bg-" + tone }>`,
	} {
		if len(brokenTemplateRules(source)) == 0 {
			t.Errorf("a template may contain %s", source)
		}
	}
	for _, source := range []string{`<button type="button" class={ "btn", x }>`, `// 안녕 in a comment`, `<a href={ templ.SafeURL(u) }>`} {
		if broken := brokenTemplateRules(source); len(broken) > 0 {
			t.Errorf("a template may not contain %s: %v", source, broken)
		}
	}
}

func TestStylesUseNoSourceButTheirOwn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../static/app.css", "../static/fonts.css"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, url := range regexp.MustCompile(`url\(([^)]{0,80})`).FindAllStringSubmatch(string(b), -1) {
			if !strings.HasPrefix(strings.Trim(url[1], `"'`), "data:") && !strings.HasPrefix(url[1], "fonts/") && !strings.HasPrefix(url[1], "%23") {
				t.Errorf("%s loads %s", name, url[1])
			}
		}
	}
}

package main

import (
	"strings"
	"testing"
)

func TestTheReportCountsAndShowsWhatFailed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		fine bool
		want []string
	}{
		"all passed": {
			`{"Action":"output","Package":"maru/a","Test":"TestOne","Output":"noise\n"}
{"Action":"pass","Package":"maru/a","Test":"TestOne"}
{"Action":"pass","Package":"maru/a","Test":"TestOne/sub"}
{"Action":"pass","Package":"maru/a","Elapsed":1.2}
{"Action":"skip","Package":"maru/empty"}`,
			true,
			[]string{"ok       1.2s  maru/a", "2 passed, 0 failed, 0 skipped"},
		},
		"one failed, one skipped": {
			`{"Action":"output","Package":"maru/a","Test":"TestOne","Output":"    a_test.go:3: got 1, want 2\n"}
{"Action":"fail","Package":"maru/a","Test":"TestOne"}
{"Action":"output","Package":"maru/a","Test":"TestTwo","Output":"    a_test.go:9: no browser here\n"}
{"Action":"output","Package":"maru/a","Test":"TestTwo","Output":"--- SKIP: TestTwo (0.00s)\n"}
{"Action":"skip","Package":"maru/a","Test":"TestTwo"}
{"Action":"pass","Package":"maru/a","Test":"TestThree"}
{"Action":"fail","Package":"maru/a"}`,
			false,
			[]string{"got 1, want 2", "skip maru/a TestTwo: a_test.go:9: no browser here", "1 passed, 1 failed, 1 skipped"},
		},
		"a package that does not build": {
			`{"ImportPath":"maru/b","Action":"build-output","Output":"b.go:1: undefined: x\n"}
{"Action":"fail","Package":"maru/b"}
{"Action":"pass","Package":"maru/a","Test":"TestOne"}`,
			false,
			[]string{"undefined: x", "1 passed, 1 failed, 0 skipped"},
		},
		"a test whose process died": {
			`{"Action":"output","Package":"maru/a","Test":"TestOne","Output":"panic: oh\n"}
{"Action":"fail","Package":"maru/a"}`,
			false,
			[]string{"panic: oh", "0 passed, 1 failed, 0 skipped"},
		},
		"nothing at all": {``, false, []string{"0 passed, 0 failed, 0 skipped"}},
	} {
		var out strings.Builder
		r := newReport(&out)
		if err := r.read(strings.NewReader(c.in)); err != nil {
			t.Fatal(err)
		}
		if fine := r.end(); fine != c.fine {
			t.Errorf("%s: fine is %v", name, fine)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: the report does not say %q:\n%s", name, want, out.String())
			}
		}
	}
}

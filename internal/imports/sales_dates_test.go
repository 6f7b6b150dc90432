package imports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDatesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"2026-11-22": "2026-11-22", "2026/1/2": "2026-1-2", "2026. 11. 22.": "2026-11-22", "2026년 11월 22일": "2026-11-22", "20261122": "2026-11-22",
		"11/22/2026": "2026-11-22", " 1/2/26 ": "2026-1-2", "2024-02-29": "2024-2-29",
		"2026-02-29": "", "2026-13-01": "", "2026-00-10": "", "22.11.2026": "", "2026-11": "", "": "", "2026-11-22-3": "", "12345-1-1": "", "soon": "", "2026x11x22": "",
	} {
		got := ""
		if y, m, d, ok := readDay([]byte(said), monthFirst); ok {
			got = fmt.Sprintf("%d-%d-%d", y, m, d)
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", said, got, want)
		}
	}
}

func TestTimesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"07:06:11": "7:6:11", "7:06": "7:6:0", "23:59:59.999": "23:59:59", "3:04 PM": "15:4:0", "12:00 am": "0:0:0", "12:30 PM": "12:30:0", "오후 3:04": "15:4:0", "오전 12:10": "0:10:0",
		"24:00": "", "7": "", "7:60": "", "13:00 PM": "", "7:6:5:4": "", "": "", "noon": "", "-1:00": "",
	} {
		got := ""
		if h, m, s, ok := readClock([]byte(said)); ok {
			got = fmt.Sprintf("%d:%d:%d", h, m, s)
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", said, got, want)
		}
	}
}

func TestADateAndATimeInOneCellAreToldApart(t *testing.T) {
	t.Parallel()
	for said, want := range map[string][2]string{
		"2026-11-22 15:04:05": {"2026-11-22", "15:04:05"}, "2026-11-22T15:04": {"2026-11-22", "15:04"}, "1/31/2023 7:06 PM": {"1/31/2023", "7:06 PM"},
		"2026. 11. 22. 오후 3:04": {"2026. 11. 22.", "오후 3:04"}, "2026-11-22": {"2026-11-22", ""},
	} {
		date, clock := splitDateTime([]byte(said))
		if string(date) != want[0] || string(clock) != want[1] {
			t.Errorf("%q: %q and %q", said, date, clock)
		}
	}
}

func TestAWholeFileSaysInWhichOrderItsDatesAre(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dates []string
		want  dayOrder
		err   error
	}{
		"year first":  {[]string{"2026-11-22", "junk"}, yearFirst, nil},
		"month first": {[]string{"1/2/2026", "1/31/2026"}, monthFirst, nil},
		"day first":   {[]string{"1/2/2026", "31/1/2026", "1/3/2026"}, dayFirst, nil},
		"nobody":      {[]string{"1/2/2026", "3/4/2026"}, orderUnknown, ErrDatesAmbiguous},
	} {
		var v dayVotes
		for _, d := range tc.dates {
			v.add([]byte(d))
		}
		if got, err := v.order(); got != tc.want || err != tc.err { //nolint:errorlint // the variable itself is returned
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestCellsComeBackAsTheyWereWritten writes random cells as RFC 4180 says and reads them again.
func TestCellsComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.SliceOfN(rapid.StringMatching(`[a-z가-힣", ]{0,8}`), 1, 6).Draw(rt, "cells")
		written := make([]string, len(want))
		for i, cell := range want {
			written[i] = cell
			if strings.ContainsAny(cell, `",`) || rapid.Bool().Draw(rt, "quoted") {
				written[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
		}
		cells, ok := splitLine([]byte(strings.Join(written, ",")), ',', nil)
		var got []string
		for _, c := range cells {
			got = append(got, string(c))
		}
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			rt.Fatalf("read %v (-want +got):\n%s", ok, diff)
		}
	})
}

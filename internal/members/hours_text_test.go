package members_test

import (
	"math/rand/v2"
	"testing"

	"maru/internal/members"
	"maru/internal/members/membersapi"
)

func TestHoursAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"":            "",
		"08:00-22:00": "mon-sun 08:00-22:00",
		"매일 8~22":     "mon-sun 08:00-22:00",
		"평일 08:00 - 21:00 / 주말 10:00-20:30": "mon-fri 08:00-21:00; sat-sun 10:00-20:30",
		"월-토 9:00-18:00; 일 휴무":              "mon-sat 09:00-18:00; sun off",
		"토,일 10-02":                         "mon-fri off; sat-sun 10:00-02:00",
		"금요일~일요일 18:00–24:00":               "mon-thu off; fri-sun 18:00-24:00",
		"24시간":                              "mon-sun 00:00-24:00",
		"Mon-Fri 07:00-19:00; sat off":      "mon-fri 07:00-19:00; sat-sun off",
		"sat-mon 9-18":                      "mon 09:00-18:00; tue-fri off; sat-sun 09:00-18:00",
	} {
		h, ok := members.ParseHours(written)
		if got := members.FormatHours(h); !ok || got != want {
			t.Errorf("%q is %q, %v; want %q", written, got, ok, want)
		}
	}
	for _, nonsense := range []string{"아침부터 저녁까지", "25:00-26:00", "09:00-09:00", "09:70-10:00", "월-화-수 9-18", "9", "24:00-25:00", "월 9-18 화 9-18 수"} {
		if h, ok := members.ParseHours(nonsense); ok {
			t.Errorf("%q is understood as %q", nonsense, members.FormatHours(h))
		}
	}
}

func TestEveryWeekOfHoursSurvivesItsText(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var h membersapi.Hours
		for d := range h {
			if random.IntN(4) > 0 {
				h[d] = membersapi.DayHours{Opens: int16(random.IntN(1440)), Closes: int16(random.IntN(1441))}
			}
			if h[d].Off() {
				h[d] = membersapi.DayHours{}
			}
		}
		if again, ok := members.ParseHours(members.FormatHours(h)); !ok || again != h {
			t.Fatalf("%v is %q is %v, %v", h, members.FormatHours(h), again, ok)
		}
	}
}

package members

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPasswordsThatAreSoonGuessedAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	about := []string{"seongsu-owner", "김하늘", "성수 골목점", "Seongsu"}
	for password, why := range map[string]string{
		"short":                  whyShort.Ko,
		"짧아요":                    whyShort.Ko,
		"password1234":           whyCommon.Ko,
		"Passw0rd1!":             whyCommon.Ko,
		"비밀번호 비밀번호1":             whyCommon.Ko, // as it is read
		"qlalfqjsgh1234":         whyCommon.Ko, // as it is typed on a keyboard that is switched
		"사랑해사랑해사랑해":              whyShort.Ko,
		"사랑해요사랑해요사랑해요":           "",
		"마루커피2026":               whyShort.Ko,
		"akfnzjvl2026":           "",
		"seongsu-owner1":         whyOwn.Ko,
		"성수 골목점 김하늘":             whyOwn.Ko,
		"tjdtnrhfahrwja":         whyOwn.Ko,
		"qwertyuiop":             whyCommon.Ko,
		"[poiuytrewq":            whyKeys.Ko,
		"1q2w3e4r5t":             "",
		"aaaaaaaaaaaa":           whyRepeat.Ko,
		"abcdefghijkl":           whySeries.Ko,
		"1234567890":             "",
		"19990101 20000101":      "",
		"01012345678":            "",
		strings.Repeat("가", 257): whyLong.Ko,
		"ab\xff\xfe0123456789":   whyLong.Ko,
	} {
		err := weakness(password, about...)
		switch {
		case err == nil:
			t.Errorf("%q is taken", password)
		case !errors.Is(err, ErrWeakPassword) || !strings.Contains(err.Text.Ko, why) || strings.Contains(err.Text.Ko+err.Text.En, "{"):
			t.Errorf("%q: %s", password, err.Text.Ko)
		}
	}
	for _, password := range []string{
		"golmok-anjja-26", "커피콩 볶는 우리 마을", "자전거 우산 복숭아 열두 시", "vSnr2-kHq9Lm", "correct staple horse battery", "느린 거북이가 달을 샀다",
		strings.Repeat("나무 위의 기차 ", 20),
	} {
		if err := weakness(password, about...); err != nil {
			t.Errorf("%q: %s", password, err.Text.Ko)
		}
	}
}

// A request must not buy much time with a long password.
func TestAnEstimateIsQuick(t *testing.T) {
	t.Parallel()
	for _, nasty := range []string{strings.Repeat("4@8({[3€6!1|50$7", 16), strings.Repeat("a", 256), strings.Repeat("꿻", 256), strings.Repeat("qwerty1234", 25)} {
		begun := time.Now()
		_ = weakness(nasty, strings.Repeat("김하늘 ", 20))
		if took := time.Since(begun); took > 2*time.Second { // some ten milliseconds; the machine may be busy
			t.Errorf("%.10s…: %v", nasty, took)
		}
	}
}

func TestHangulIsTheKeysItIsTypedWith(t *testing.T) {
	t.Parallel()
	for text, keys := range map[string]string{
		"비밀번호": "qlalfqjsgh", "마루": "akfn", "왜 닭값": "dho ekfrrkqt", "ㅋㅋㅠ": "zzb", "Maru1!": "maru1!", "빵": "qkd", "": "",
	} {
		if got := typedOnKeys(text); got != keys {
			t.Errorf("%s: %s, want %s", text, got, keys)
		}
	}
}

package members

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"golang.org/x/text/unicode/norm"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

// ErrWeakPassword is returned for a password that somebody who guesses would soon come to. Its text says
// why, and what to do instead.
var ErrWeakPassword = errs.New(errs.Invalid, "members.weak_password",
	"{why} 서로 관계없는 낱말 서너 개를 이어 보세요. 띄어쓰기도 괜찮아요.",
	"{why} Try three or four words that have nothing to do with each other; spaces are welcome.")

const (
	minPassword = 10
	maxPassword = 256
	// enoughScore is zxcvbn's "safely unguessable": more than 10^10 guesses. The limits of ADR 0022 let some
	// hundred a day through; the rest is for the day on which somebody carries the hashes away.
	enoughScore = 3
	// estimated is how much of a password is looked at: the estimate takes time that grows fast with the length,
	// and nobody guesses a password by what comes after this.
	estimated = 32
)

// Why a password is weak.
var (
	whyShort   = lang.Text{Ko: "10자 이상이어야 해요.", En: "It must have at least 10 characters."}
	whyLong    = lang.Text{Ko: "256자까지예요.", En: "It may have at most 256 characters."}
	whyOwn     = lang.Text{Ko: "아이디나 이름, 가게와 관련된 말이라 짐작하기 쉬워요.", En: "It contains your login, a name or something about the business, which is easy to guess."}
	whyCommon  = lang.Text{Ko: "누구나 먼저 떠올리는 말이 들어 있어요.", En: "It is made of words that everybody thinks of first."}
	whyKeys    = lang.Text{Ko: "키보드에서 나란한 자판이에요.", En: "It follows the keys of the keyboard."}
	whyRepeat  = lang.Text{Ko: "같은 글자가 되풀이돼요.", En: "It repeats itself."}
	whySeries  = lang.Text{Ko: "abc나 1234처럼 이어지는 글자예요.", En: "It has a series such as abc or 1234."}
	whyDate    = lang.Text{Ko: "날짜는 짐작하기 쉬워요.", En: "Dates are easy to guess."}
	whyGeneral = lang.Text{Ko: "짐작하기 쉬워요.", En: "It is easy to guess."}
)

// weakness returns what is wrong with a new password, nil for a good one. about is what an attacker knows
// of the person: login, name, stores.
func weakness(password string, about ...string) *errs.Error {
	if n := utf8.RuneCountInString(password); n > maxPassword || !utf8.ValidString(password) {
		return ErrWeakPassword.WithText("why", whyLong)
	} else if n < minPassword {
		return ErrWeakPassword.WithText("why", whyShort)
	}
	typed := typedOnKeys(strings.ToLower(password))
	if len(typed) > estimated {
		typed = typed[:estimated]
	}
	known := guessable()
	inputs := make([]string, 0, 2*len(about)+len(known))
	own := make(map[string]bool, 2*len(about))
	for _, text := range about {
		for _, word := range append(strings.FieldsFunc(text, notOfAWord), text) {
			if word = typedOnKeys(strings.ToLower(word)); len(word) > 1 && !own[word] {
				own[word] = true
				inputs = append(inputs, word)
			}
		}
	}
	found := zxcvbn.PasswordStrength(typed, append(inputs, known...))
	if found.Score >= enoughScore {
		return nil
	}
	why, longest := whyGeneral, 0
	for _, m := range found.MatchSequence {
		if m.J-m.I < longest {
			continue
		}
		longest = m.J - m.I
		switch {
		case m.Pattern == "dictionary" && own[m.Token]:
			why = whyOwn
		case m.Pattern == "dictionary":
			why = whyCommon
		case m.Pattern == "spatial":
			why = whyKeys
		case m.Pattern == "repeat":
			why = whyRepeat
		case m.Pattern == "sequence":
			why = whySeries
		case strings.HasPrefix(m.Pattern, "date"):
			why = whyDate
		default:
			why = whyGeneral
		}
	}
	return ErrWeakPassword.WithText("why", why)
}

func notOfAWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// guessable are the words that people in this country and this trade think of first, beside the lists of
// zxcvbn, which are English: as they are typed on the keyboard's Korean layout, whichever way it is switched.
var guessable = sync.OnceValue(func() []string {
	words := strings.Fields(`
		비밀번호 패스워드 암호 사랑해 사랑해요 사랑합니다 안녕 안녕하세요 대한민국 한국 서울 부산 대구 인천 강남 홍대 우리 우리집 우리가족 가족
		엄마 아빠 아들 딸 친구 행복 건강 희망 하나님 예수 부처님 바보 멍청이 천사 공주 왕자 자기야 여보 오빠 언니 누나 동생 나비 강아지 고양이
		가나다라 가나다라마바사 가나다라마바사아자차카타파하 도레미 하나둘셋 일이삼사 일이삼사오 감사합니다 고맙습니다 화이팅 파이팅 대박 최고 부자 돈
		마루 마루커피 커피 카페 커피숍 아메리카노 라떼 카페라떼 에스프레소 바리스타 원두 매장 지점 가게 점주 점장 사장 사장님 직원 매니저 본사 관리자
		주문 포스 계산대 재고 발주 마감 영업 오픈 손님 골목 골목커피 우리커피
		김 이 박 최 정 강 조 윤 장 임 철수 영희 민수 지민 서연 민준 하늘 바다 봄 여름 가을 겨울 첫눈 벚꽃 무궁화 동해물과 애국가 독도 태극기
		축구 야구 손흥민 김연아 아이유 방탄 방탄소년단 뽀로로 도깨비 호랑이 용 비밀 열쇠 로그인 아이디 관리 테스트 임시 초기 변경`)
	out := []string{
		"maru", "maruadmin", "coffee", "cafe", "latte", "barista", "espresso", "americano", "store", "shop", "owner", "manager", "staff",
		"headquarters", "admin", "administrator", "welcome", "letmein", "changeme", "asdf", "asdfg", "qwer", "qwerty", "zxcv", "1q2w3e4r",
		"1q2w3e", "q1w2e3", "korea", "seoul", "iloveyou", "password", "passw0rd", "samsung", "naver", "kakao",
	}
	for _, w := range words {
		if keys := typedOnKeys(w); len(keys) > 1 {
			out = append(out, keys)
		}
	}
	return out
})

// The keys of 두벌식 for the letters of which a syllable of Hangul is made.
var (
	leads  = strings.Fields("r R s e E f a q Q t T d w W c z x v g")
	vowels = strings.Fields("k o i O j p u P h hk ho hl y n nj np nl b m ml l")
	tails  = append([]string{""}, strings.Fields("r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g")...)
	single = map[rune]string{
		'ㄱ': "r", 'ㄲ': "R", 'ㄴ': "s", 'ㄷ': "e", 'ㄸ': "E", 'ㄹ': "f", 'ㅁ': "a", 'ㅂ': "q", 'ㅃ': "Q", 'ㅅ': "t", 'ㅆ': "T", 'ㅇ': "d",
		'ㅈ': "w", 'ㅉ': "W", 'ㅊ': "c", 'ㅋ': "z", 'ㅌ': "x", 'ㅍ': "v", 'ㅎ': "g", 'ㅏ': "k", 'ㅐ': "o", 'ㅑ': "i", 'ㅒ': "O", 'ㅓ': "j", 'ㅔ': "p",
		'ㅕ': "u", 'ㅖ': "P", 'ㅗ': "h", 'ㅛ': "y", 'ㅜ': "n", 'ㅠ': "b", 'ㅡ': "m", 'ㅣ': "l",
	}
)

// typedOnKeys returns the keys with which a text is typed on a Korean keyboard, in lower case: 비밀번호 and
// qlalfqjsgh are the same keys, and guessed together.
func typedOnKeys(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		switch {
		case r >= '가' && r <= '힣':
			n := int(r - '가')
			b.WriteString(leads[n/588] + vowels[n%588/28] + tails[n%28])
		case single[r] != "":
			b.WriteString(single[r])
		default:
			b.WriteRune(r)
		}
	}
	return strings.ToLower(b.String())
}

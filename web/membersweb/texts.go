package membersweb

import "maru/internal/kernel/lang"

var text = struct {
	SignIn, Welcome, Login, Password, Show, Hide, ShowPassword, SessionEnded, SignedOut lang.Text
	Demo, DemoHint, DemoPassword, ChooseStore, ChooseNote, NoStore, NoStoreHint         lang.Text
	SignOut, Settings                                                                   lang.Text
}{
	SignIn:       lang.Text{Ko: "로그인", En: "Sign in"},
	Welcome:      lang.Text{Ko: "매장과 본사가 만나는 자리", En: "Where stores and headquarters meet"},
	Login:        lang.Text{Ko: "아이디", En: "Login"},
	Password:     lang.Text{Ko: "비밀번호", En: "Password"},
	Show:         lang.Text{Ko: "보기", En: "Show"},
	Hide:         lang.Text{Ko: "가리기", En: "Hide"},
	ShowPassword: lang.Text{Ko: "비밀번호 보기", En: "Show the password"},
	SessionEnded: lang.Text{Ko: "로그인하면 보던 화면으로 돌아가요.", En: "Sign in to go on where you were."},
	SignedOut:    lang.Text{Ko: "로그아웃했어요.", En: "You have signed out."},
	Demo:         lang.Text{Ko: "체험용 계정", En: "Demo accounts"},
	DemoHint:     lang.Text{Ko: "누르면 바로 들어가요.", En: "One tap signs you in."},
	DemoPassword: lang.Text{Ko: "비밀번호는 모두 같아요:", En: "They share one password:"},
	Settings:     lang.Text{Ko: "언어 · Language", En: "Language · 언어"},
	ChooseStore:  lang.Text{Ko: "어느 지점에서 일하세요?", En: "Which store are you in?"},
	ChooseNote:   lang.Text{Ko: "나중에 오른쪽 위 메뉴에서 바꿀 수 있어요.", En: "You can switch later in the menu at the top right."},
	NoStore:      lang.Text{Ko: "아직 맡은 지점이 없어요", En: "You have no store yet"},
	NoStoreHint:  lang.Text{Ko: "점주나 본사에 지점을 연결해 달라고 해 주세요.", En: "Ask the store owner or headquarters to add you to a store."},
	SignOut:      lang.Text{Ko: "로그아웃", En: "Sign out"},
}

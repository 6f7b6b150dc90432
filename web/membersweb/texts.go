package membersweb

import "maru/internal/kernel/lang"

var text = struct {
	SignIn, Welcome, Login, Password, Show, Hide, ShowPassword, SessionEnded, SignedOut lang.Text
	DemoSwitch, DemoSwitchHint, DemoSwitchDo                                            lang.Text
	Demo, DemoHint, DemoPassword, ChooseStore, ChooseNote, NoStore, NoStoreHint         lang.Text
	StoreComing, StoreComingHint, YoursFrom                                             lang.Text
	SignOut, Settings                                                                   lang.Text
}{
	SignIn:          lang.Text{Ko: "로그인", En: "Sign in"},
	Welcome:         lang.Text{Ko: "매장과 본사가 만나는 자리", En: "Where stores and headquarters meet"},
	Login:           lang.Text{Ko: "아이디", En: "Login"},
	Password:        lang.Text{Ko: "비밀번호", En: "Password"},
	Show:            lang.Text{Ko: "보기", En: "Show"},
	Hide:            lang.Text{Ko: "가리기", En: "Hide"},
	ShowPassword:    lang.Text{Ko: "비밀번호 보기", En: "Show the password"},
	SessionEnded:    lang.Text{Ko: "로그인하면 보던 화면으로 돌아가요.", En: "Sign in to go on where you were."},
	SignedOut:       lang.Text{Ko: "로그아웃했어요.", En: "You have signed out."},
	Demo:            lang.Text{Ko: "체험용 계정", En: "Demo accounts"},
	DemoHint:        lang.Text{Ko: "누르면 바로 들어가요.", En: "One tap signs you in."},
	DemoPassword:    lang.Text{Ko: "비밀번호는 모두 같아요:", En: "They share one password:"},
	DemoSwitch:      lang.Text{Ko: "공용 기기에서 PIN으로 바꿔 일하기", En: "Switch people by PIN on a shared device"},
	DemoSwitchHint:  lang.Text{Ko: "이 브라우저를 매장 공용 기기로 등록하고(위 비밀번호로 확인해요) 이름과 PIN으로 들어가 보세요.", En: "Make this browser a shared device of the store (it asks for the password above), then pick a name and enter its PIN."},
	DemoSwitchDo:    lang.Text{Ko: "공용 기기 등록하러 가기", En: "Set up the shared device"},
	Settings:        lang.Text{Ko: "언어 · Language", En: "Language · 언어"},
	ChooseStore:     lang.Text{Ko: "어느 지점에서 일하세요?", En: "Which store are you in?"},
	ChooseNote:      lang.Text{Ko: "나중에 오른쪽 위 메뉴에서 바꿀 수 있어요.", En: "You can switch later in the menu at the top right."},
	NoStore:         lang.Text{Ko: "아직 맡은 지점이 없어요", En: "You have no store yet"},
	StoreComing:     lang.Text{Ko: "곧 시작할 지점이에요", En: "Your store is on its way"},
	StoreComingHint: lang.Text{Ko: "그날 영업을 시작하는 시각부터 여기로 바로 들어갈 수 있어요. 날짜가 다르면 본사에 알려 주세요.", En: "On that day you can enter it from here. Tell headquarters if the date is wrong."},
	YoursFrom:       lang.Text{Ko: "{day}부터 맡아요", En: "Yours from {day}"},
	NoStoreHint:     lang.Text{Ko: "점주나 본사에 지점을 연결해 달라고 해 주세요.", En: "Ask the store owner or headquarters to add you to a store."},
	SignOut:         lang.Text{Ko: "로그아웃", En: "Sign out"},
}

package webkit

import "maru/internal/kernel/lang"

// text is everything the kit itself says.
var text = struct {
	Product, SkipToContent, Menu, Close, Language, Theme, ThemeAuto, ThemeLight                     lang.Text
	ThemeDark, SignOut, Account, SwitchStore, Headquarters, MainNavigation, Messages, Undo          lang.Text
	Dismiss, LiveOn, LiveConnecting, LiveOff, LiveOffSince, NetworkProblem, Shortcuts, ShortcutHelp lang.Text
	CloseHelp, Copied, Newer, Older, Pages, Increase, Decrease, Quantity                            lang.Text
	Optional, NoNumber, NoWholeNumber, TooSmall, TooBig, TooLong, NoMoney, NoDate                   lang.Text
	NoChoice, ShowTable, ErrorTitle, NotFoundTitle, ForbiddenTitle, GoHome, ErrorReference, Today   lang.Text
	Search, ShowAll, UnknownDevice, ProgramDevice                                                   lang.Text
	MyAccount, Yesterday, Tomorrow, JustNow, MinutesAgo, Label, Lock, SwitchPerson, SharedDevices   lang.Text
}{
	UnknownDevice:  lang.Text{Ko: "알 수 없는 기기", En: "Unknown device"},
	ProgramDevice:  lang.Text{Ko: "프로그램 ({name})", En: "Program ({name})"},
	Product:        lang.Text{Ko: "마루", En: "Maru"},
	SkipToContent:  lang.Text{Ko: "본문으로 건너뛰기", En: "Skip to content"},
	Menu:           lang.Text{Ko: "메뉴", En: "Menu"},
	Close:          lang.Text{Ko: "닫기", En: "Close"},
	Language:       lang.Text{Ko: "언어", En: "Language"},
	Theme:          lang.Text{Ko: "화면 밝기", En: "Appearance"},
	ThemeAuto:      lang.Text{Ko: "기기 설정", En: "System"},
	ThemeLight:     lang.Text{Ko: "밝게", En: "Light"},
	ThemeDark:      lang.Text{Ko: "어둡게", En: "Dark"},
	SignOut:        lang.Text{Ko: "로그아웃", En: "Sign out"},
	MyAccount:      lang.Text{Ko: "내 계정", En: "My account"},
	Account:        lang.Text{Ko: "내 계정과 설정", En: "Account and settings"},
	Lock:           lang.Text{Ko: "잠그기", En: "Lock"},
	SharedDevices:  lang.Text{Ko: "매장 공용 기기", En: "Shared devices"},
	SwitchPerson:   lang.Text{Ko: "다른 사람으로", En: "Somebody else"},
	SwitchStore:    lang.Text{Ko: "다른 지점으로", En: "Switch store"},
	Headquarters:   lang.Text{Ko: "본사", En: "Headquarters"},
	MainNavigation: lang.Text{Ko: "주 메뉴", En: "Main navigation"},
	Messages:       lang.Text{Ko: "알림", En: "Messages"},
	Undo:           lang.Text{Ko: "되돌리기", En: "Undo"},
	Dismiss:        lang.Text{Ko: "알림 닫기", En: "Dismiss"},
	LiveOn:         lang.Text{Ko: "실시간", En: "Live"},
	LiveConnecting: lang.Text{Ko: "연결 중", En: "Connecting"},
	LiveOff:        lang.Text{Ko: "연결 끊김", En: "Offline"},
	LiveOffSince:   lang.Text{Ko: "{time} 기준", En: "as of {time}"},
	NetworkProblem: lang.Text{
		Ko: "연결이 되지 않아 처리하지 못했어요. 네트워크를 확인하고 다시 해 주세요.",
		En: "That did not go through: there is no connection. Check the network and try again.",
	},
	Shortcuts:      lang.Text{Ko: "단축키", En: "Keyboard shortcuts"},
	ShortcutHelp:   lang.Text{Ko: "단축키 보기", En: "Show shortcuts"},
	CloseHelp:      lang.Text{Ko: "창 닫기", En: "Close the dialog"},
	Copied:         lang.Text{Ko: "복사했어요.", En: "Copied."},
	Newer:          lang.Text{Ko: "이전", En: "Previous"},
	Older:          lang.Text{Ko: "다음", En: "Next"},
	Pages:          lang.Text{Ko: "페이지", En: "Pages"},
	Increase:       lang.Text{Ko: "하나 더", En: "One more"},
	Decrease:       lang.Text{Ko: "하나 빼기", En: "One fewer"},
	Quantity:       lang.Text{Ko: "수량", En: "Quantity"},
	Optional:       lang.Text{Ko: "선택", En: "optional"},
	NoNumber:       lang.Text{Ko: "숫자로 적어 주세요.", En: "Please enter a number."},
	NoWholeNumber:  lang.Text{Ko: "정수로 적어 주세요.", En: "Please enter a whole number."},
	TooSmall:       lang.Text{Ko: "{min} 이상으로 적어 주세요.", En: "Please enter at least {min}."},
	TooBig:         lang.Text{Ko: "{max} 이하로 적어 주세요.", En: "Please enter at most {max}."},
	TooLong:        lang.Text{Ko: "{max}자 안으로 적어 주세요.", En: "Please use at most {max} characters."},
	NoMoney:        lang.Text{Ko: "금액을 숫자로 적어 주세요.", En: "Please enter an amount as a number."},
	NoDate:         lang.Text{Ko: "날짜를 2026-11-22처럼 적어 주세요.", En: "Please enter a date like 2026-11-22."},
	NoChoice:       lang.Text{Ko: "목록에서 골라 주세요.", En: "Please choose from the list."},
	ShowTable:      lang.Text{Ko: "표로 보기", En: "Show as table"},
	ErrorTitle:     lang.Text{Ko: "문제가 생겼어요", En: "Something went wrong"},
	NotFoundTitle:  lang.Text{Ko: "찾는 페이지가 없어요", En: "Page not found"},
	ForbiddenTitle: lang.Text{Ko: "볼 수 없는 페이지예요", En: "You cannot open this page"},
	GoHome:         lang.Text{Ko: "처음 화면으로", En: "Go to the start page"},
	ErrorReference: lang.Text{Ko: "문의할 때 이 번호를 알려 주세요: {id}", En: "If you ask for help, give this number: {id}"},
	Today:          lang.Text{Ko: "오늘", En: "today"},
	Yesterday:      lang.Text{Ko: "어제", En: "yesterday"},
	Tomorrow:       lang.Text{Ko: "내일", En: "tomorrow"},
	JustNow:        lang.Text{Ko: "방금", En: "just now"},
	MinutesAgo:     lang.Text{Ko: "{n}분 전", En: "{n} min ago"},
	Search:         lang.Text{Ko: "찾기", En: "Search"},
	ShowAll:        lang.Text{Ko: "모두 보기", En: "Show all"},
	Label:          lang.Text{Ko: "항목", En: "Item"},
}

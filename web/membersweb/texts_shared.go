package membersweb

import "maru/internal/kernel/lang"

// sharedText is what the pages about shared devices of a store and PINs say.
var sharedText = struct {
	Devices, DevicesNote, NoDevices, NoDevicesHint, SetUp, SetUpNote, DeviceName, DeviceNameHint, LockAfter, Minutes lang.Text
	SetUpDo, DeviceEnded, LockSaved, EndDevice, SetUpBy, Working, Locked, Copied, CopiedLine, CopiedAdvice, Save     lang.Text
	PINs, PINsNote, PINSince, NoPIN, RemovePIN, PINRemoved                                                           lang.Text
	PIN, PINTitle, PINNote, NewPIN, PINHint, PINStores, SetPIN, PINSet, OwnSince, OwnNone, NoStores                  lang.Text
	Who, WhoNote, NobodyYet, NobodyYetNote, NowHere, WithPassword, SignInEndsDevice                                  lang.Text
	EnterPIN, Others, Enter, Backspace, PadLabel, NoPINYet, ShowPIN, WrongPINs                                       lang.Text
}{
	Devices:        lang.Text{Ko: "공용 기기", En: "Shared devices"},
	DevicesNote:    lang.Text{Ko: "매장에 두고 함께 쓰는 기기예요. 매장으로 로그인해 있고, 일하는 사람은 PIN으로 바꿔요.", En: "Devices that stay in the store for everybody. They are signed in as the store, and people come and go by PIN."},
	NoDevices:      lang.Text{Ko: "아직 공용 기기가 없어요", En: "No shared device yet"},
	NoDevicesHint:  lang.Text{Ko: "카운터 태블릿에서 이 화면을 열고 등록해 주세요.", En: "Open this page on the tablet at the counter and set it up there."},
	SetUp:          lang.Text{Ko: "이 기기를 매장 공용으로 사용", En: "Make this a shared device"},
	SetUpNote:      lang.Text{Ko: "지금 쓰는 이 브라우저가 공용 기기가 되고, 내 로그인은 여기서 끝나요. 이 브라우저에는 비밀번호를 저장하지 마세요.", En: "This very browser becomes a shared device, and your own session on it ends. Let this browser remember no passwords."},
	DeviceName:     lang.Text{Ko: "기기 이름", En: "Name of the device"},
	DeviceNameHint: lang.Text{Ko: "카운터, 픽업대처럼. 주문 내역에 나와요.", En: "Such as Counter or Pickup; it is shown in the history of orders."},
	LockAfter:      lang.Text{Ko: "만지지 않으면 잠그기", En: "Lock when nobody touches it"},
	Minutes:        lang.Text{Ko: "{n}분 뒤", En: "after {n} min"},
	SetUpDo:        lang.Text{Ko: "공용으로 사용", En: "Make it shared"},
	DeviceEnded:    lang.Text{Ko: "공용 기기를 끝냈어요. 몇 초 안에 로그인 화면으로 돌아가요.", En: "The device is ended. Within seconds it is back at the sign-in page."},
	LockSaved:      lang.Text{Ko: "저장했어요.", En: "Saved."},
	EndDevice:      lang.Text{Ko: "공용 사용 끝내기", En: "End"},
	SetUpBy:        lang.Text{Ko: "{when} {name} 등록", En: "set up {when} by {name}"},
	Working:        lang.Text{Ko: "{name} 사용 중", En: "{name} is working"},
	Locked:         lang.Text{Ko: "잠겨 있어요", En: "Locked"},
	Copied:         lang.Text{Ko: "누군가 공용 기기의 로그인 정보를 복사해 쓴 것 같아요", En: "Somebody seems to have used a copy of a shared device"},
	CopiedLine:     lang.Text{Ko: "{name} · {since} 등록 · {ended} 끝냄", En: "{name} · set up {since} · ended {ended}"},
	CopiedAdvice:   lang.Text{Ko: "그래서 바로 끝냈어요. 기기에 모르는 프로그램이 없는지 보고 다시 등록하세요.", En: "It was ended at once. Check the device for programs you do not know before you set it up again."},
	Save:           lang.Text{Ko: "저장", En: "Save"},
	PINs:           lang.Text{Ko: "직원 PIN", En: "PINs"},
	PINsNote:       lang.Text{Ko: "PIN은 각자 자기 기기의 내 계정에서 정해요. 잊었으면 여기서 지우고 새로 정하게 하세요. 아무도 볼 수는 없어요.", En: "Everybody chooses their own, in their account on a device of their own. If one is forgotten, remove it here. Nobody can read them."},
	PINSince:       lang.Text{Ko: "{when} 정함", En: "chosen {when}"},
	NoPIN:          lang.Text{Ko: "PIN 없음", En: "No PIN yet"},
	RemovePIN:      lang.Text{Ko: "PIN 지우기", En: "Remove PIN"},
	PINRemoved:     lang.Text{Ko: "PIN을 지웠어요.", En: "The PIN is removed."},

	PIN:       lang.Text{Ko: "PIN", En: "PIN"},
	PINTitle:  lang.Text{Ko: "매장 공용 기기의 PIN", En: "PIN for the store's shared devices"},
	PINNote:   lang.Text{Ko: "공용 기기에서 내 이름을 고르고 이 PIN을 누르면 내 이름으로 주문을 받아요. 다른 사람에게 알려 주지 마세요.", En: "Pick your name on a shared device and enter it: what you do there then carries your name. Tell it to nobody."},
	NewPIN:    lang.Text{Ko: "새 PIN", En: "New PIN"},
	PINHint:   lang.Text{Ko: "숫자 4~6자리. 생일, 전화번호, 이어지는 숫자는 쓸 수 없어요.", En: "4 to 6 digits. No birthday, phone number or series."},
	PINStores: lang.Text{Ko: "쓸 지점", En: "For which stores"},
	SetPIN:    lang.Text{Ko: "PIN 정하기", En: "Set the PIN"},
	PINSet:    lang.Text{Ko: "PIN을 정했어요. 이제 공용 기기에서 쓸 수 있어요.", En: "Your PIN is set. You can use it on shared devices now."},
	OwnSince:  lang.Text{Ko: "{when}부터 쓰고 있어요", En: "In use since {when}"},
	OwnNone:   lang.Text{Ko: "아직 없어요", En: "None yet"},
	NoStores:  lang.Text{Ko: "일하는 지점이 없어서 PIN을 쓸 곳이 없어요.", En: "You work in no store, so there is nothing to use a PIN for."},

	Who:              lang.Text{Ko: "누구세요?", En: "Who are you?"},
	WhoNote:          lang.Text{Ko: "{device} · 이름을 고르고 PIN을 눌러 주세요.", En: "{device} · Pick your name, then enter your PIN."},
	NobodyYet:        lang.Text{Ko: "아직 PIN을 정한 사람이 없어요", En: "Nobody has a PIN yet"},
	NobodyYetNote:    lang.Text{Ko: "자기 휴대폰으로 로그인해서 내 계정의 PIN에서 정해 주세요.", En: "Sign in on your own phone and choose one in your account, under PIN."},
	NowHere:          lang.Text{Ko: "사용 중", En: "working"},
	WithPassword:     lang.Text{Ko: "비밀번호로 로그인", En: "Sign in with a password"},
	SignInEndsDevice: lang.Text{Ko: "여기서 비밀번호로 로그인하면 이 기기는 더 이상 매장 공용 기기가 아니에요.", En: "If you sign in here with a password, this is no shared device of the store any more."},
	EnterPIN:         lang.Text{Ko: "PIN을 눌러 주세요", En: "Enter your PIN"},
	Others:           lang.Text{Ko: "다른 사람", En: "Somebody else"},
	Enter:            lang.Text{Ko: "들어가기", En: "Enter"},
	Backspace:        lang.Text{Ko: "한 자리 지우기", En: "Delete the last digit"},
	PadLabel:         lang.Text{Ko: "숫자판", En: "Keypad"},
	NoPINYet:         lang.Text{Ko: "{name} 님은 아직 PIN이 없어요. 자기 휴대폰으로 로그인해서 내 계정의 PIN에서 정해 주세요.", En: "{name} has no PIN yet. Sign in on your own phone and choose one in your account, under PIN."},
	WrongPINs:        lang.Text{Ko: "지난번 들어온 뒤 내 이름으로 틀린 PIN: {n}번. 내가 아니면 PIN을 바꾸고 점주에게 알려 주세요.", En: "Wrong PINs tried in your name since you last came: {n}. If that was not you, change your PIN and tell the owner."},
	ShowPIN:          lang.Text{Ko: "PIN 보기", En: "Show the PIN"},
}

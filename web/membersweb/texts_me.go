package membersweb

import "maru/internal/kernel/lang"

// meText is what the pages of a person's own account say.
var meText = struct {
	Account, Back, Password, Devices, SignOut, EndNeeds                                 lang.Text
	PasswordNote, OldPassword, NewPassword, NewPasswordHint, ChangePassword, Changed    lang.Text
	DevicesNote, ThisDevice, SignedInAt, LastUsed, From, EndDevice, Ended, EndOthers    lang.Text
	EndedOthers, OnlyThis                                                               lang.Text
	Factor, FactorNote, FactorOn, FactorOff, FactorRequired, FactorSetUp, AppName, Scan lang.Text
	ScanByHand, Code, CodeHint, Confirm, CodesTitle, CodesNote, CodesLeft, CodesKept    lang.Text
	RenewCodes, RemoveFactor, FactorRemoved, YourPassword, Copy, SetUpFirst             lang.Text
	Passkeys, PasskeysNote, NoPasskeys, AddPasskey, PasskeyName, PasskeyNameHint        lang.Text
	PasskeyAdded, PasskeyRemoved, PasskeyUsed, PasskeyUnused, Remove, PasskeyFailed     lang.Text
	NoPasskeysHere, SignInWithPasskey, CodeTitle, CodeNote, SignIn, StartOver           lang.Text
	RulesNote, RuleOn, RuleSet, RuleLift, RuleNobody, RuleCount, RuleSaved              lang.Text
	CopiedTitle, CopiedBody, CopiedLine, CopiedAdvice, CopiedRead, GoOn                 lang.Text
}{
	SignOut:         lang.Text{Ko: "로그아웃", En: "Sign out"},
	EndNeeds:        lang.Text{Ko: "다른 기기를 로그아웃하려면 적어 주세요.", En: "Needed to sign other devices out."},
	Account:         lang.Text{Ko: "내 계정", En: "My account"},
	Back:            lang.Text{Ko: "하던 일로", En: "Back to work"},
	Password:        lang.Text{Ko: "비밀번호", En: "Password"},
	Devices:         lang.Text{Ko: "내 기기", En: "My devices"},
	PasswordNote:    lang.Text{Ko: "바꾸면 다른 기기는 모두 로그아웃돼요. 이 기기는 새 로그인으로 이어 써요.", En: "All your other devices will be signed out. This one goes on with a new sign-in."},
	OldPassword:     lang.Text{Ko: "지금 비밀번호", En: "Present password"},
	NewPassword:     lang.Text{Ko: "새 비밀번호", En: "New password"},
	NewPasswordHint: lang.Text{Ko: "10자 이상. 관계없는 낱말 서너 개를 이으면 외우기 쉽고 알아내기 어려워요.", En: "At least 10 characters. A few unrelated words are easy to remember and hard to guess."},
	ChangePassword:  lang.Text{Ko: "비밀번호 바꾸기", En: "Change password"},
	Changed:         lang.Text{Ko: "비밀번호를 바꿨어요. 다른 기기는 로그아웃했어요. 공용 기기의 PIN은 그대로예요.", En: "Your password is changed. Other devices are signed out. PINs for shared devices stay as they are."},
	DevicesNote:     lang.Text{Ko: "모르는 기기가 있으면 로그아웃하고 비밀번호를 바꾸세요.", En: "If you do not know one of them, sign it out and change your password."},
	ThisDevice:      lang.Text{Ko: "이 기기", En: "This device"},
	SignedInAt:      lang.Text{Ko: "{when} 로그인", En: "Signed in {when}"},
	LastUsed:        lang.Text{Ko: "{when} 사용", En: "Used {when}"},
	From:            lang.Text{Ko: "주소 {address}", En: "Address {address}"},
	EndDevice:       lang.Text{Ko: "로그아웃", En: "Sign out"},
	Ended:           lang.Text{Ko: "그 기기를 로그아웃했어요. 몇 초 안에 아무것도 할 수 없게 돼요.", En: "That device is signed out. Within seconds it can do nothing any more."},
	EndOthers:       lang.Text{Ko: "다른 기기 모두 로그아웃", En: "Sign out all others"},
	EndedOthers:     lang.Text{Ko: "다른 기기를 모두 로그아웃했어요.", En: "All other devices are signed out."},
	OnlyThis:        lang.Text{Ko: "지금은 이 기기에서만 로그인해 있어요.", En: "You are signed in on this device only."},
	Factor:          lang.Text{Ko: "2단계 인증", En: "Second factor"},
	FactorNote:      lang.Text{Ko: "비밀번호가 새어 나가도, 휴대폰의 인증 앱에 나온 번호 없이는 아무도 들어오지 못해요.", En: "Even if your password gets out, nobody comes in without the code on your phone."},
	FactorOn:        lang.Text{Ko: "{when}부터 쓰고 있어요", En: "In use since {when}"},
	FactorOff:       lang.Text{Ko: "쓰지 않아요", En: "Not in use"},
	FactorRequired:  lang.Text{Ko: "이 역할은 꼭 써야 해요", En: "Required for your role"},
	FactorSetUp:     lang.Text{Ko: "인증 앱 연결하기", En: "Set up an authenticator app"},
	AppName:         lang.Text{Ko: "Google OTP, Microsoft Authenticator, 1Password 같은 앱이면 돼요.", En: "Any app will do: Google Authenticator, Microsoft Authenticator, 1Password …"},
	Scan:            lang.Text{Ko: "앱에서 이 그림을 찍고, 앱에 나온 번호를 적어 주세요.", En: "Scan this picture with the app, then enter the code it shows."},
	ScanByHand:      lang.Text{Ko: "찍을 수 없으면 이 글자를 넣으세요", En: "If you cannot scan it, type this"},
	Code:            lang.Text{Ko: "인증 번호", En: "Code"},
	CodeHint:        lang.Text{Ko: "6자리. 30초마다 바뀌어요.", En: "Six digits, new every 30 seconds."},
	Confirm:         lang.Text{Ko: "확인", En: "Confirm"},
	CodesTitle:      lang.Text{Ko: "복구 코드", En: "Recovery codes"},
	CodesNote:       lang.Text{Ko: "휴대폰을 잃어버렸을 때 번호 대신 한 번씩 쓸 수 있어요. 지금만 보여 드려요. 종이에 적거나 인쇄해서 잘 두세요.", En: "Each replaces one code if you lose your phone. They are shown only now: write them down or print them."},
	CodesLeft:       lang.Text{Ko: "복구 코드가 {n}개 남았어요.", En: "{n} recovery codes are left."},
	CodesKept:       lang.Text{Ko: "잘 두었어요", En: "I have kept them"},
	RenewCodes:      lang.Text{Ko: "복구 코드 새로 받기", En: "New recovery codes"},
	RemoveFactor:    lang.Text{Ko: "그만 쓰기", En: "Stop using it"},
	FactorRemoved:   lang.Text{Ko: "2단계 인증을 그만 써요.", En: "The second factor is off."},
	YourPassword:    lang.Text{Ko: "비밀번호로 본인 확인", En: "Your password, to be sure it is you"},
	Copy:            lang.Text{Ko: "모두 복사", En: "Copy all"},
	SetUpFirst:      lang.Text{Ko: "이 역할은 2단계 인증을 써야 해요. 연결하면 바로 일을 이어서 할 수 있어요.", En: "Your role requires a second factor. Set it up and you can go on at once."},
	Passkeys:        lang.Text{Ko: "패스키", En: "Passkeys"},
	PasskeysNote:    lang.Text{Ko: "비밀번호와 번호 대신 이 기기의 지문, 얼굴이나 잠금 번호로 로그인해요. 가짜 사이트에서는 쓰이지 않아요.", En: "Sign in with this device's fingerprint, face or PIN instead of password and code. It cannot be used on a fake site."},
	NoPasskeys:      lang.Text{Ko: "아직 없어요.", En: "You have none yet."},
	AddPasskey:      lang.Text{Ko: "이 기기에 패스키 만들기", En: "Make a passkey on this device"},
	PasskeyName:     lang.Text{Ko: "이름", En: "Name"},
	PasskeyNameHint: lang.Text{Ko: "어느 기기인지 알아볼 이름", En: "So that you know which device it is"},
	PasskeyAdded:    lang.Text{Ko: "패스키를 만들었어요.", En: "The passkey is ready."},
	PasskeyRemoved:  lang.Text{Ko: "패스키를 지웠어요.", En: "The passkey is removed."},
	PasskeyUsed:     lang.Text{Ko: "{added} 만듦 · {used} 사용", En: "Made {added} · used {used}"},
	PasskeyUnused:   lang.Text{Ko: "{added} 만듦", En: "Made {added}"},
	Remove:          lang.Text{Ko: "지우기", En: "Remove"},
	PasskeyFailed:   lang.Text{Ko: "패스키를 쓰지 못했어요. 다시 해 주세요.", En: "The passkey did not work. Please try again."},
	NoPasskeysHere:  lang.Text{Ko: "이 브라우저나 주소에서는 패스키를 쓸 수 없어요.", En: "Passkeys do not work in this browser or at this address."},

	SignInWithPasskey: lang.Text{Ko: "패스키로 로그인", En: "Sign in with a passkey"},
	CodeTitle:         lang.Text{Ko: "인증 번호", En: "Your code"},
	CodeNote:          lang.Text{Ko: "인증 앱에 나온 번호 6자리, 또는 복구 코드를 적어 주세요.", En: "Enter the six digits of your authenticator app, or a recovery code."},
	SignIn:            lang.Text{Ko: "로그인", En: "Sign in"},
	StartOver:         lang.Text{Ko: "처음부터 다시", En: "Start over"},

	RulesNote:  lang.Text{Ko: "어느 역할이 2단계 인증을 꼭 써야 하는지 정해요. 아직 쓰지 않는 사람은 다음 화면에서 연결하게 돼요.", En: "Which roles must use a second factor. Whoever has none yet is led to set one up at the next page."},
	RuleOn:     lang.Text{Ko: "꼭 써야 해요", En: "Required"},
	RuleSet:    lang.Text{Ko: "꼭 쓰게 하기", En: "Require it"},
	RuleLift:   lang.Text{Ko: "선택으로 바꾸기", En: "Make it optional"},
	RuleNobody: lang.Text{Ko: "아직 이 역할인 사람이 없어요", En: "Nobody has this role yet"},
	RuleCount:  lang.Text{Ko: "{all}명 중 {with}명이 인증 앱을 써요", En: "{with} of {all} use an authenticator app"},
	RuleSaved:  lang.Text{Ko: "저장했어요.", En: "Saved."},

	CopiedTitle:  lang.Text{Ko: "누군가 로그인 정보를 복사해 쓴 것 같아요", En: "Somebody seems to have used a copy of your sign-in"},
	CopiedBody:   lang.Text{Ko: "같은 로그인이 두 곳에서 쓰여서 바로 끝냈어요.", En: "One sign-in was used in two places, so it was ended at once."},
	CopiedLine:   lang.Text{Ko: "{device} · {since} 로그인 · {ended} 끝냄", En: "{device} · signed in {since} · ended {ended}"},
	CopiedAdvice: lang.Text{Ko: "그 기기에 모르는 프로그램이 없는지 보고, 비밀번호를 바꾸세요.", En: "Check that device for programs you do not know, and change your password."},
	CopiedRead:   lang.Text{Ko: "확인했어요", En: "I have read this"},
	GoOn:         lang.Text{Ko: "계속하기", En: "Go on"},
}

package membersweb

import "maru/internal/kernel/lang"

// joinText is what the pages say to people who are not in yet: applying, invitations, a forgotten password.
var joinText = struct {
	Apply, ApplyNote, BusinessNo, BusinessNoHint, YourName, Phone, PhoneHint, Email, EmailHint, Wish, WishHint lang.Text
	Send, HaveNumber, Applied, AppliedNote, Number, NumberNote, Copy, CheckState, CheckNote, Check             lang.Text
	State, Waiting, WaitingNote, Approved, ApprovedNote, Refused, RefusedNote, Reason, AppliedOn, DecidedOn    lang.Text
	YourWish, ApplyAgain, ToSignIn, StateOf                                                                    lang.Text
	Join, JoinNote, JoinStores, JoinRole, Login, LoginHint, Password, PasswordHint, Open, Opened               lang.Text
	Gone, GoneNote, Reset, ResetNote, NewPassword, SetPassword, WasSet                                         lang.Text
	Forgot, ForgotNote, ForgotAsk, ForgotSend, ForgotSent, ForgotSentNote, ForgotLink, ApplyLink, Name         lang.Text
}{
	Apply:          lang.Text{Ko: "점주 신청", En: "Apply as an owner"},
	ApplyNote:      lang.Text{Ko: "본사가 살펴보고 결과를 알려 드려요. 접수 번호로 언제든 확인할 수 있어요.", En: "Headquarters reviews it and answers. You can look it up any time by its number."},
	BusinessNo:     lang.Text{Ko: "사업자등록번호", En: "Business registration number"},
	BusinessNoHint: lang.Text{Ko: "숫자 10자리. 예: 124-81-00998", En: "10 digits, as in 124-81-00998"},
	YourName:       lang.Text{Ko: "이름", En: "Your name"},
	Name:           lang.Text{Ko: "이름", En: "Name"},
	Phone:          lang.Text{Ko: "전화번호", En: "Phone"},
	PhoneHint:      lang.Text{Ko: "예: 010-1234-5678", En: "As in 010-1234-5678"},
	Email:          lang.Text{Ko: "이메일", En: "E-mail"},
	EmailHint:      lang.Text{Ko: "적어 두면 비밀번호를 잊었을 때 링크를 받을 수 있어요.", En: "With it you can get a link if you forget your password."},
	Wish:           lang.Text{Ko: "어떤 지점을 하고 싶으세요?", En: "Which store would you like to run?"},
	WishHint:       lang.Text{Ko: "동네, 크기, 시기를 적어 주세요. 이어받고 싶은 지점이 있으면 그 이름도요.", En: "The area, the size and when; or the store you would like to take over."},
	Send:           lang.Text{Ko: "신청하기", En: "Send application"},
	HaveNumber:     lang.Text{Ko: "이미 신청했어요", En: "I have applied already"},
	Applied:        lang.Text{Ko: "신청을 받았어요", En: "We have your application"},
	AppliedNote:    lang.Text{Ko: "접수 번호를 적어 두거나 이 주소를 저장해 주세요. 번호는 다시 보여 드릴 수 없어요.", En: "Write the number down, or keep the address of this page. It cannot be shown again."},
	Number:         lang.Text{Ko: "접수 번호", En: "Application number"},
	NumberNote:     lang.Text{Ko: "예: ABCD-EFGH-IJKL-MNOP", En: "As in ABCD-EFGH-IJKL-MNOP"},
	Copy:           lang.Text{Ko: "복사", En: "Copy"},
	CheckState:     lang.Text{Ko: "신청 결과 확인", En: "Look up an application"},
	CheckNote:      lang.Text{Ko: "신청할 때 받은 접수 번호를 적어 주세요.", En: "Enter the number you got when you applied."},
	Check:          lang.Text{Ko: "확인하기", En: "Look up"},
	StateOf:        lang.Text{Ko: "{name}님의 신청", En: "{name}’s application"},
	State:          lang.Text{Ko: "진행 상태", En: "State"},
	Waiting:        lang.Text{Ko: "심사 중", En: "In review"},
	WaitingNote:    lang.Text{Ko: "본사가 살펴보고 있어요. 끝나면 이 화면이 바뀌어요.", En: "Headquarters is looking at it. This page changes when they are done."},
	Approved:       lang.Text{Ko: "승인", En: "Approved"},
	ApprovedNote:   lang.Text{Ko: "본사가 보내는 링크에서 아이디와 비밀번호를 정하면 시작할 수 있어요. 링크를 받지 못했다면 본사에 다시 보내 달라고 해 주세요.", En: "Headquarters sends you a link: choose a login and a password there. If none arrives, ask them to send it again."},
	Refused:        lang.Text{Ko: "거절", En: "Refused"},
	RefusedNote:    lang.Text{Ko: "이번에는 함께하지 못하게 됐어요.", En: "We cannot go ahead this time."},
	Reason:         lang.Text{Ko: "이유", En: "Reason"},
	AppliedOn:      lang.Text{Ko: "신청한 때", En: "Applied"},
	DecidedOn:      lang.Text{Ko: "결정한 때", En: "Decided"},
	YourWish:       lang.Text{Ko: "원한 지점", En: "Store"},
	ApplyAgain:     lang.Text{Ko: "다시 신청하기", En: "Apply again"},
	ToSignIn:       lang.Text{Ko: "로그인으로", En: "To sign in"},
	Join:           lang.Text{Ko: "계정 만들기", En: "Open your account"},
	JoinNote:       lang.Text{Ko: "{name}님을 초대했어요. 로그인할 때 쓸 아이디와 비밀번호를 정해 주세요.", En: "{name} is invited. Choose the login and password you will sign in with."},
	JoinStores:     lang.Text{Ko: "지점", En: "Stores"},
	JoinRole:       lang.Text{Ko: "역할", En: "Role"},
	Login:          lang.Text{Ko: "아이디", En: "Login"},
	LoginHint:      lang.Text{Ko: "영어 소문자, 숫자, . _ @ + - 로 2자 이상. 이메일 주소도 괜찮아요.", En: "At least 2 lower-case letters, digits or . _ @ + - characters; an e-mail address is fine."},
	Password:       lang.Text{Ko: "비밀번호", En: "Password"},
	PasswordHint:   lang.Text{Ko: "10자 이상. 서로 관계없는 낱말 서너 개가 좋아요. 띄어쓰기도 돼요.", En: "At least 10 characters. Three or four unrelated words are good; spaces are welcome."},
	Open:           lang.Text{Ko: "계정 만들기", En: "Open account"},
	Opened:         lang.Text{Ko: "계정을 만들었어요. 이제 로그인해 주세요.", En: "Your account is open. Please sign in."},
	Gone:           lang.Text{Ko: "쓸 수 없는 링크예요", En: "This link cannot be used"},
	GoneNote:       lang.Text{Ko: "이미 썼거나, 기한이 지났거나, 취소된 링크예요. 링크를 보내 준 사람에게 새로 달라고 해 주세요.", En: "It was used, has expired or was taken back. Ask whoever sent it for a new one."},
	Reset:          lang.Text{Ko: "새 비밀번호 정하기", En: "Choose a new password"},
	ResetNote:      lang.Text{Ko: "아이디 {login}의 비밀번호를 바꿔요. 로그인돼 있던 모든 기기에서 로그아웃돼요.", En: "For the login {login}. Every device that is signed in will be signed out."},
	NewPassword:    lang.Text{Ko: "새 비밀번호", En: "New password"},
	SetPassword:    lang.Text{Ko: "비밀번호 바꾸기", En: "Set password"},
	WasSet:         lang.Text{Ko: "비밀번호를 바꿨어요. 새 비밀번호로 로그인해 주세요.", En: "Your password was changed. Please sign in with the new one."},
	Forgot:         lang.Text{Ko: "비밀번호를 잊으셨나요?", En: "Forgotten your password?"},
	ForgotNote:     lang.Text{Ko: "아이디를 적어 주시면, 등록한 이메일로 새 비밀번호를 정하는 링크를 보내요.", En: "Enter your login. A link to choose a new password goes to your e-mail address."},
	ForgotAsk:      lang.Text{Ko: "매장에서 일하면 점주에게, 점주라면 본사에 새 비밀번호 링크를 달라고 해 주세요. 링크를 받으면 바로 바꿀 수 있어요.", En: "If you work in a store, ask its owner for a link; if you are an owner, ask headquarters. The link lets you choose a new password at once."},
	ForgotSend:     lang.Text{Ko: "링크 받기", En: "Send me a link"},
	ForgotSent:     lang.Text{Ko: "메일을 확인해 주세요", En: "Check your mail"},
	ForgotSentNote: lang.Text{Ko: "그 아이디에 이메일이 등록돼 있으면 몇 분 안에 링크가 도착해요. 오지 않으면 점주나 본사에 부탁해 주세요.", En: "If that login has an e-mail address, a link arrives within minutes. If none does, ask your store owner or headquarters."},
	ForgotLink:     lang.Text{Ko: "비밀번호를 잊었어요", En: "I forgot my password"},
	ApplyLink:      lang.Text{Ko: "점주로 신청하기", En: "Apply as an owner"},
}

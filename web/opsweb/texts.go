package opsweb

import "maru/internal/kernel/lang"

// text is everything these pages say.
var text = struct {
	Operations, OperationsNote, Refresh, Waiting, WaitingOldest, NothingWaits, OnHold, OnHoldNote, NothingHeldNote   lang.Text
	MenuInMemory, MenuVersion, MenuAges, NoMenu, NotLoaded, Replica, Ready, NotReady, Started                        lang.Text
	Flow, Subscription, Producer, RecordOf, Oldest, State, Unreadable                                                lang.Text
	Fine, Unknown, NotBegun, Refused, Missing, Paused, Newer, Rebuilding, SomeHeld                                   lang.Text
	DoUnknown, DoNotBegun, DoRefused, DoMissing, DoPaused, DoNewer, DoHeld, DoCareful, DoRebuilding                  lang.Text
	Held, HeldMore, NothingHeld, NothingHeldMore, Event, Why, WaitsBehind, Attempts, Place, PublishedAt, Since, More lang.Text
	Retry, RetryAll, Skip, SkipTitle, SkipSure, Reason, ReasonHint, SkipIt                                           lang.Text
	Retried, RetriedAll, RetriedSome, Skipped                                                                        lang.Text
}{
	Operations:      lang.Text{Ko: "운영", En: "Operations"},
	OperationsNote:  lang.Text{Ko: "주문이 재고와 매출까지 잘 흘러가는지 보고, 멈춘 것을 다시 움직여요.", En: "Whether orders flow on to stock and sales, and the way to put right what got stuck."},
	Refresh:         lang.Text{Ko: "새로 고침", En: "Refresh"},
	Waiting:         lang.Text{Ko: "처리 대기", En: "Waiting"},
	WaitingOldest:   lang.Text{Ko: "가장 오래된 것: {ago}", En: "Oldest: {ago}"},
	NothingWaits:    lang.Text{Ko: "밀린 이벤트가 없어요", En: "Nothing is behind"},
	OnHold:          lang.Text{Ko: "보류", En: "On hold"},
	OnHoldNote:      lang.Text{Ko: "확인이 필요해요", En: "Somebody has to look"},
	NothingHeldNote: lang.Text{Ko: "보류된 이벤트가 없어요", En: "Nothing is on hold"},
	MenuInMemory:    lang.Text{Ko: "주문이 쓰는 메뉴", En: "Menu that orders use"},
	MenuVersion:     lang.Text{Ko: "{n}판", En: "Version {n}"},
	MenuAges:        lang.Text{Ko: "불러옴: {loaded} · 마지막 변경: {heard}", En: "Loaded: {loaded} · last change: {heard}"},
	NoMenu:          lang.Text{Ko: "발행 전", En: "None yet"},
	NotLoaded:       lang.Text{Ko: "아직 불러오지 않았어요", En: "Not loaded yet"},
	Replica:         lang.Text{Ko: "이 서버 ({name})", En: "This server ({name})"},
	Ready:           lang.Text{Ko: "정상", En: "Ready"},
	NotReady:        lang.Text{Ko: "준비 안 됨", En: "Not ready"},
	Started:         lang.Text{Ko: "시작: {ago} · 버전 {version}", En: "Started: {ago} · version {version}"},
	Flow:            lang.Text{Ko: "이벤트 흐름", En: "Flow of events"},
	Subscription:    lang.Text{Ko: "구독", En: "Subscription"},
	Producer:        lang.Text{Ko: "보내는 곳", En: "Producer"},
	RecordOf:        lang.Text{Ko: "{name}에서 한 일을 감사 기록에", En: "Records of {name} to the audit trail"},
	Oldest:          lang.Text{Ko: "가장 오래됨", En: "Oldest"},
	State:           lang.Text{Ko: "상태", En: "State"},
	Unreadable:      lang.Text{Ko: "이벤트 상태를 읽지 못했어요: {error}", En: "The state of the events could not be read: {error}"},

	Fine:       lang.Text{Ko: "정상", En: "Fine"},
	Unknown:    lang.Text{Ko: "모르는 구독", En: "Unknown here"},
	NotBegun:   lang.Text{Ko: "시작 전", En: "Not begun"},
	Refused:    lang.Text{Ko: "레인 {n}개 거부", En: "{n} lanes refused"},
	Missing:    lang.Text{Ko: "레인 {n}개 이벤트 없음", En: "{n} lanes without their events"},
	Paused:     lang.Text{Ko: "일시 정지", En: "Paused"},
	Newer:      lang.Text{Ko: "새 버전 대기", En: "Waits for a newer version"},
	Rebuilding: lang.Text{Ko: "다시 만드는 중", En: "Being rebuilt"},
	SomeHeld:   lang.Text{Ko: "보류 있음", En: "Some on hold"},

	DoUnknown:    lang.Text{Ko: "이 프로그램이 모르는 구독이에요. 함께 도는 다른 버전의 것이거나, 이름이 바뀌었거나 없어졌어요. 그때까지 이벤트를 지우지 않고 둬요. 이름이 바뀌었으면 rename, 없어졌으면 forget을 실행하세요.", En: "This program does not know it: it belongs to another version that runs beside this one, or was renamed or removed. Its events are kept until then. Run rename where it has a new name, forget where it is gone."},
	DoNotBegun:   lang.Text{Ko: "아직 위치가 없어요. 이 버전의 서버가 돌지 않았거나, 같은 곳에 모르는 구독이 있어 기다리고 있어요.", En: "It has no position yet: no server of this version has run, or it waits because its context has an unknown subscription."},
	DoRefused:    lang.Text{Ko: "보내는 쪽 데이터베이스가 이전 상태로 돌아갔어요. 처리한 이벤트 일부가 그쪽에는 없어요. 확인한 뒤 실행하세요. 그 뒤의 이벤트는 새것으로 처리해요.", En: "The producer's database went back to an older state, so some of what was applied does not exist there any more. Check, then run this; what comes from there on is applied as new."},
	DoMissing:    lang.Text{Ko: "있어야 할 이벤트가 없어 그 레인이 기다려요. 손으로 지운 파티션을 되살리거나, 레인을 그 뒤로 옮기세요.", En: "Events that should be there are not, and their lanes wait. Bring the rows back, or set the lane behind them."},
	DoPaused:     lang.Text{Ko: "1분 사이에 20개가 넘는 키가 보류되어 멈췄어요. 이벤트가 아니라 프로그램의 잘못이에요. 30초마다 다시 시도해요.", En: "More than 20 keys were put on hold within a minute. That is a mistake of the program, not of the events; it tries again every 30 seconds."},
	DoNewer:      lang.Text{Ko: "다음 이벤트는 더 새로운 버전의 것이에요. 새 버전 서버가 처리하거나, 이 서버를 올리세요.", En: "The next events are of a newer version. A newer server takes them, or update this one."},
	DoHeld:       lang.Text{Ko: "{keys}개 키의 이벤트 {events}개를 처리하지 못했어요. 아래에서 원인을 보고 다시 처리하거나 건너뛰세요.", En: "{events} events of {keys} keys could not be applied. See below why; retry or skip them."},
	DoCareful:    lang.Text{Ko: "레인 {n}개에서 끝나지 않은 처리가 있어 한 건씩 조심스럽게 처리하고 있어요.", En: "{n} lanes are gone through one event at a time, after something that did not finish."},
	DoRebuilding: lang.Text{Ko: "다시 만드는 작업이 진행 중이거나 중단되었어요. {n}개 남았어요. replay로 이어 가고 --abort로 그만둬요.", En: "A rebuild is under way or was left; {n} events are left to read. Replay goes on with it, --abort ends it."},

	Held:            lang.Text{Ko: "보류된 이벤트", En: "Events on hold"},
	HeldMore:        lang.Text{Ko: "처음 {shown}개를 보여 줘요. {more}개가 더 있어요.", En: "The first {shown} are shown; there are {more} more."},
	NothingHeld:     lang.Text{Ko: "보류된 이벤트가 없어요", En: "Nothing is on hold"},
	NothingHeldMore: lang.Text{Ko: "처리하지 못한 이벤트가 생기면 이유와 함께 여기에 보여요.", En: "An event that cannot be applied appears here, with the reason."},
	Event:           lang.Text{Ko: "이벤트", En: "Event"},
	Why:             lang.Text{Ko: "이유", En: "Why"},
	WaitsBehind:     lang.Text{Ko: "같은 키의 앞선 이벤트를 기다려요.", En: "It waits behind an earlier event of its key."},
	Attempts:        lang.Text{Ko: "{n}번 시도", En: "Tried {n} times"},
	Place:           lang.Text{Ko: "레인 {lane}, 위치 {pos}", En: "Lane {lane}, position {pos}"},
	PublishedAt:     lang.Text{Ko: "보냄: {ago}", En: "Published: {ago}"},
	Since:           lang.Text{Ko: "보류: {ago}", En: "On hold: {ago}"},
	More:            lang.Text{Ko: "내용 보기", En: "What is in it"},

	Retry:      lang.Text{Ko: "키 다시 처리", En: "Retry key"},
	RetryAll:   lang.Text{Ko: "모두 다시 처리", En: "Retry all"},
	Skip:       lang.Text{Ko: "건너뛰기", En: "Skip"},
	SkipTitle:  lang.Text{Ko: "이 이벤트를 건너뛸까요?", En: "Skip this event?"},
	SkipSure:   lang.Text{Ko: "건너뛴 이벤트는 다시 처리할 수 없어요. 재고나 매출에 빠진 만큼은 손으로 맞춰야 해요.", En: "An event that was skipped is never applied. What is missing in stock or sales then has to be put right by hand."},
	Reason:     lang.Text{Ko: "이유", En: "Reason"},
	ReasonHint: lang.Text{Ko: "이벤트와 감사 기록에 남아요.", En: "It is kept with the event and in the audit trail."},
	SkipIt:     lang.Text{Ko: "건너뛰기", En: "Skip for good"},

	Retried:     lang.Text{Ko: "다시 처리했어요.", En: "Applied."},
	RetriedAll:  lang.Text{Ko: "키 {freed}개를 다시 처리했어요.", En: "{freed} keys were applied."},
	RetriedSome: lang.Text{Ko: "키 {freed}개를 다시 처리했고, {failed}개는 또 실패했어요.", En: "{freed} keys were applied, {failed} failed again."},
	Skipped:     lang.Text{Ko: "건너뛰었어요.", En: "Skipped."},
}

package membersweb

import "maru/internal/kernel/lang"

// accessText are the texts of single people's permissions and of API keys.
var accessText = struct {
	Permissions, Permit, PermissionsNote, OwnerHasAll, ByRole, Granted, Withheld, MayNow, MayNotNow, PermissionSet, BackToStaff lang.Text

	Keys, KeysNote, NewKey, KeyName, KeyNameHint, KeyMay, PerMinute, PerMinuteHint, Days, CreateKey, KeyCreated, KeyOnce,
	Prefix, LastUsed, NeverUsed, Expires, Made, State, Live, Expired, Revoked, Revoke, RevokeKey, RevokeSure, KeyRevoked, NoKeys, NoKeysHint, Limit, MakerGone, MakerGoneNote, OwnerGone lang.Text
}{
	Permissions:     lang.Text{Ko: "{name}님 권한", En: "Permissions of {name}"},
	Permit:          lang.Text{Ko: "권한", En: "Permissions"},
	PermissionsNote: lang.Text{Ko: "이 지점에서만, 저장하면 몇 초 안에 바뀌어요.", En: "In this store only; a change holds within seconds."},
	OwnerHasAll:     lang.Text{Ko: "점주는 지점의 모든 일을 할 수 있어요.", En: "Owners may do everything in their store."},
	ByRole:          lang.Text{Ko: "역할대로", En: "As the role"},
	Granted:         lang.Text{Ko: "허용", En: "Allow"},
	Withheld:        lang.Text{Ko: "막기", En: "Withhold"},
	MayNow:          lang.Text{Ko: "할 수 있음", En: "Allowed"},
	MayNotNow:       lang.Text{Ko: "할 수 없음", En: "Not allowed"},
	PermissionSet:   lang.Text{Ko: "권한을 바꿨어요.", En: "The permission was changed."},
	BackToStaff:     lang.Text{Ko: "직원 목록", En: "Staff"},

	Keys:          lang.Text{Ko: "API 키", En: "API keys"},
	KeysNote:      lang.Text{Ko: "다른 프로그램이 JSON API를 쓸 때 보내는 키예요.", En: "What other programs send to use the JSON API."},
	NewKey:        lang.Text{Ko: "새 키 만들기", En: "New key"},
	KeyName:       lang.Text{Ko: "어디에 쓰나요?", En: "What is it for?"},
	KeyNameHint:   lang.Text{Ko: "예: 회계 프로그램", En: "For example: bookkeeping"},
	KeyMay:        lang.Text{Ko: "이 키가 할 수 있는 일", En: "What the key may do"},
	PerMinute:     lang.Text{Ko: "1분에 몇 번까지", En: "Requests a minute"},
	PerMinuteHint: lang.Text{Ko: "서버 한 대마다 따로 세요.", En: "Counted on each server by itself."},
	Days:          lang.Text{Ko: "며칠 동안", En: "Days it holds"},
	CreateKey:     lang.Text{Ko: "키 만들기", En: "Create key"},
	KeyCreated:    lang.Text{Ko: "키를 만들었어요", En: "The key is ready"},
	KeyOnce:       lang.Text{Ko: "지금 복사해 두세요. 다시 볼 수 없어요.", En: "Copy it now. It cannot be shown again."},
	Prefix:        lang.Text{Ko: "키", En: "Key"},
	LastUsed:      lang.Text{Ko: "마지막 사용", En: "Last used"},
	NeverUsed:     lang.Text{Ko: "아직 없음", En: "Never"},
	Expires:       lang.Text{Ko: "만료", En: "Expires"},
	Made:          lang.Text{Ko: "만든 사람", En: "Made by"},
	State:         lang.Text{Ko: "상태", En: "State"},
	Live:          lang.Text{Ko: "사용 중", En: "Live"},
	Expired:       lang.Text{Ko: "만료됨", En: "Expired"},
	Revoked:       lang.Text{Ko: "없앰", En: "Revoked"},
	Revoke:        lang.Text{Ko: "없애기", En: "Revoke"},
	RevokeKey:     lang.Text{Ko: "{name} 키 없애기", En: "Revoke the key {name}"},
	RevokeSure:    lang.Text{Ko: "이 키를 쓰는 프로그램은 바로 거절돼요. 되돌릴 수 없어요.", En: "Programs that use it are refused at once. This cannot be undone."},
	OwnerGone:     lang.Text{Ko: "점주가 바뀌어서 없앴어요", En: "Because the store has a new owner"},
	KeyRevoked:    lang.Text{Ko: "키를 없앴어요.", En: "The key was revoked."},
	NoKeys:        lang.Text{Ko: "아직 키가 없어요", En: "No keys yet"},
	NoKeysHint:    lang.Text{Ko: "회계나 배달 프로그램을 이을 때 하나씩 만드세요.", En: "Make one for each program that is connected."},
	Limit:         lang.Text{Ko: "1분에 {n}번", En: "{n} a minute"},
	MakerGone:     lang.Text{Ko: "만든 사람이 그만둠", En: "Its maker left"},
	MakerGoneNote: lang.Text{Ko: "그 사람이 키를 알 수 있어요. 새 키로 바꾸고 이 키를 없애 주세요.", En: "They may still know it. Replace it with a new key and revoke this one."},
}

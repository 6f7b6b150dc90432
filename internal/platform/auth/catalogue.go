package auth

import (
	"slices"

	"maru/internal/kernel/lang"
)

// Permission is one thing a person may do. Routes and use cases name permissions, never roles.
type Permission string

// The permissions of a store: they hold in the stores a person works in.
const (
	TakeOrders     Permission = "take_orders"
	MoveOrders     Permission = "move_orders"
	CancelOrders   Permission = "cancel_orders"
	CancelPrepared Permission = "cancel_prepared"
	RefundOrders   Permission = "refund_orders"
	GiveDiscounts  Permission = "give_discounts"
	ViewStock      Permission = "view_stock"
	ReceiveStock   Permission = "receive_stock"
	AdjustStock    Permission = "adjust_stock"
	ViewSales      Permission = "view_sales"
	ManageDevices  Permission = "manage_devices"
	ManageStaff    Permission = "manage_staff"
)

// The permissions of headquarters: no role of a store has any of them, and no owner can give one away.
const (
	ViewChain      Permission = "view_chain"
	EditMenu       Permission = "edit_menu"
	RunOps         Permission = "run_ops"
	ManageStores   Permission = "manage_stores"
	ReviewSignUps  Permission = "review_sign_ups"
	ViewMembers    Permission = "view_members"
	ManageMembers  Permission = "manage_members"
	UnlockMembers  Permission = "unlock_members"
	ReadAudit      Permission = "read_audit"
	ManageSettings Permission = "manage_settings"
)

// Entry is a permission of the catalogue, with what it means to a person.
type Entry struct {
	Permission Permission
	// AtHQ marks what only roles of headquarters hold.
	AtHQ bool
	// Marked is what an owner may grant to, or withhold from, single people of a store. A permission that no
	// use case asks for yet is not: a switch that changes nothing is worse than none.
	Marked bool
	// Key is what an operation of the JSON API asks for, so that an API key can hold it.
	Key bool
	// Password marks what a PIN is not enough for, because it makes passwords, PINs, keys or devices.
	Password bool
	Name     lang.Text // a few words, for a switch
	Means    lang.Text // a sentence
}

// Catalogue is every permission there is, in the order in which tables show them.
var Catalogue = []Entry{
	{
		Permission: TakeOrders, Key: true, Name: lang.Text{Ko: "주문 받기", En: "Take orders"},
		Means: lang.Text{Ko: "주문 화면을 쓰고 장바구니를 결제해요.", En: "Use the register and its carts."},
	},
	{
		Permission: MoveOrders, Key: true, Name: lang.Text{Ko: "주문 진행", En: "Move orders"},
		Means: lang.Text{Ko: "주문 현황을 보고 제조, 픽업, 완료로 넘겨요.", En: "See the order board and move orders along it."},
	},
	{
		Permission: CancelOrders, Key: true, Name: lang.Text{Ko: "주문 취소", En: "Cancel orders"},
		Means: lang.Text{Ko: "만들기 전인 주문을 취소해요.", En: "Cancel orders that nobody has begun to make."},
	},
	{
		Permission: CancelPrepared, Key: true, Marked: true, Name: lang.Text{Ko: "제조 후 취소", En: "Cancel after preparing"},
		Means: lang.Text{Ko: "만들기 시작했거나 다 만든 주문을 취소해요.", En: "Cancel orders that are being made or are ready."},
	},
	{
		Permission: RefundOrders, Key: true, Marked: true, Name: lang.Text{Ko: "환불", En: "Refund"},
		Means: lang.Text{Ko: "건네준 주문의 돈을 돌려줘요.", En: "Give money back for orders that were handed over."},
	},
	{
		Permission: GiveDiscounts, Key: true, Marked: true, Name: lang.Text{Ko: "할인", En: "Discount"},
		Means: lang.Text{Ko: "주문에 할인을 넣어요.", En: "Take something off an order's price."},
	},
	{
		Permission: ViewStock, Key: true, Name: lang.Text{Ko: "재고 보기", En: "See stock"},
		Means: lang.Text{Ko: "재고와 그 움직임을 봐요.", En: "See balances and what moved them."},
	},
	{
		Permission: ReceiveStock, Key: true, Name: lang.Text{Ko: "입고와 하루 수량", En: "Receive stock"},
		Means: lang.Text{Ko: "들어온 재료를 적고 하루에 팔 수량을 정해요.", En: "Book delivered goods and set daily limits."},
	},
	{
		Permission: AdjustStock, Key: true, Marked: true, Name: lang.Text{Ko: "재고 조정", En: "Adjust stock"},
		Means: lang.Text{Ko: "실사, 폐기처럼 재고를 직접 고쳐요.", En: "Correct balances: counts, waste and the like."},
	},
	{
		Permission: ViewSales, Key: true, Marked: true, Name: lang.Text{Ko: "매출 보기", En: "See sales"},
		Means: lang.Text{Ko: "지점의 매출을 보고 파일로 받아요.", En: "See the store's sales figures and download them."},
	},
	{
		Permission: ManageDevices, Password: true, Marked: true, Name: lang.Text{Ko: "공용 기기 관리", En: "Manage shared devices"},
		Means: lang.Text{Ko: "매장 공용 기기를 등록하고 끝내며, 잊은 PIN을 지워요.", En: "Set up and end the store's shared devices, and remove PINs that were forgotten."},
	},
	{
		Permission: ManageStaff, Password: true, Name: lang.Text{Ko: "직원 관리", En: "Manage staff"},
		Means: lang.Text{Ko: "직원을 초대하고 권한과 API 키를 관리해요.", En: "Invite staff; manage their permissions and API keys."},
	},
	{
		Permission: ViewChain, Key: true, AtHQ: true, Name: lang.Text{Ko: "전체 매출 보기", En: "See the chain"},
		Means: lang.Text{Ko: "모든 지점의 매출과 현황을 봐요.", En: "See sales and stores of the whole chain."},
	},
	{
		Permission: EditMenu, Key: true, AtHQ: true, Name: lang.Text{Ko: "메뉴 관리", En: "Edit the menu"},
		Means: lang.Text{Ko: "메뉴, 가격, 레시피, 재료를 고치고 발행해요.", En: "Change items, prices, recipes and materials, and publish them."},
	},
	{
		Permission: RunOps, AtHQ: true, Name: lang.Text{Ko: "시스템 운영", En: "Run operations"},
		Means: lang.Text{Ko: "멈춘 이벤트를 다시 돌리고 지난 주문을 가져와요.", En: "Retry parked events, import past orders."},
	},
	{
		Permission: ManageStores, AtHQ: true, Name: lang.Text{Ko: "지점 관리", En: "Manage stores"},
		Means: lang.Text{Ko: "지점을 열고 정보를 고쳐요.", En: "Open stores and change what is known of them."},
	},
	{
		Permission: ReviewSignUps, AtHQ: true, Name: lang.Text{Ko: "가입 심사", En: "Review sign-ups"},
		Means: lang.Text{Ko: "점주의 가입 신청을 승인하거나 거절해요.", En: "Approve or refuse owners who apply."},
	},
	{
		Permission: ViewMembers, AtHQ: true, Name: lang.Text{Ko: "회원 보기", En: "See members"},
		Means: lang.Text{Ko: "모든 회원과 그 기기를 봐요.", En: "See every member and their devices."},
	},
	{
		Permission: ManageMembers, AtHQ: true, Name: lang.Text{Ko: "회원 관리", En: "Manage members"},
		Means: lang.Text{Ko: "계정을 만들고 역할과 지점을 정하고 막아요.", En: "Create accounts, set roles and stores, block people."},
	},
	{
		Permission: UnlockMembers, AtHQ: true, Name: lang.Text{Ko: "잠긴 계정 풀기", En: "Unlock accounts"},
		Means: lang.Text{Ko: "잠긴 계정을 풀고 비밀번호 재설정을 도와요.", En: "Unlock accounts and help with lost passwords."},
	},
	{
		Permission: ReadAudit, AtHQ: true, Name: lang.Text{Ko: "감사 기록 보기", En: "See the audit trail"},
		Means: lang.Text{Ko: "누가 무엇을 바꿨는지 찾아보고 내보내요.", En: "Search and export who changed what."},
	},
	{
		Permission: ManageSettings, AtHQ: true, Name: lang.Text{Ko: "본사 설정", En: "Manage settings"},
		Means: lang.Text{Ko: "본사의 보안 설정과 API 키를 관리해요.", En: "Manage headquarters' security settings and API keys."},
	},
}

// Permissions lists the names of the catalogue.
var Permissions = func() []Permission {
	all := make([]Permission, len(Catalogue))
	for i, e := range Catalogue {
		all[i] = e.Permission
	}
	return all
}()

// NeedsPassword reports whether a PIN is not enough for the permission.
func (p Permission) NeedsPassword() bool {
	e, known := EntryOf(p)
	return !known || e.AtHQ || e.Password
}

// EntryOf returns the permission's entry, and false for a name that is not in the catalogue.
func EntryOf(perm Permission) (Entry, bool) {
	i := slices.IndexFunc(Catalogue, func(e Entry) bool { return e.Permission == perm })
	if i < 0 {
		return Entry{}, false
	}
	return Catalogue[i], true
}

package auth

import (
	"slices"

	"maru/internal/kernel/lang"
)

// Role is a named set of permissions.
type Role string

// The roles. Those of headquarters reach every store; the others the stores in which a person works.
const (
	HQAdmin      Role = "hq_admin"
	HQOperations Role = "hq_operations"
	HQMenu       Role = "hq_menu"
	HQSupport    Role = "hq_support"
	HQAnalyst    Role = "hq_analyst"
	Owner        Role = "owner"
	Manager      Role = "manager"
	Staff        Role = "staff"
)

// The roles of programs that send an API key: what they may do is the key's Scope.
const (
	KeyOfHQ    Role = "hq_key"
	KeyOfStore Role = "store_key"
)

// RoleEntry is a role as people see it.
type RoleEntry struct {
	Role  Role
	AtHQ  bool
	Name  lang.Text
	Means lang.Text
	// Has is what the role may do, before an owner grants or withholds something.
	Has []Permission
}

var (
	staffHas   = []Permission{TakeOrders, MoveOrders, CancelOrders, ViewStock, ReceiveStock}
	managerHas = append(slices.Clone(staffHas), CancelPrepared, RefundOrders, GiveDiscounts, AdjustStock, ViewSales, ManageDevices)
	ownerHas   = append(slices.Clone(managerHas), ManageStaff)
)

// Roles is every role there is, the most powerful first.
var Roles = []RoleEntry{
	{
		Role: HQAdmin, AtHQ: true, Name: lang.Text{Ko: "본사 관리자", En: "HQ admin"},
		Means: lang.Text{Ko: "모든 일을 할 수 있어요.", En: "May do everything."}, Has: Permissions,
	},
	{
		Role: HQOperations, AtHQ: true, Name: lang.Text{Ko: "본사 운영", En: "HQ operations"},
		Means: lang.Text{Ko: "지점과 점주를 맡고, 주문과 재고가 흐르는지 살펴요.", En: "Looks after stores and owners, and that orders and stock flow."},
		Has: []Permission{
			ViewChain, ManageStores, ReviewSignUps, ViewMembers, UnlockMembers, RunOps, ReadAudit,
			MoveOrders, CancelOrders, CancelPrepared, RefundOrders, ViewStock, ReceiveStock, AdjustStock, ViewSales,
		},
	},
	{
		Role: HQMenu, AtHQ: true, Name: lang.Text{Ko: "본사 상품", En: "HQ menu"},
		Means: lang.Text{Ko: "메뉴와 레시피를 만들고 발행하며, 무엇이 팔리는지 봐요.", En: "Makes and publishes the menu, and sees what sells."},
		Has:   []Permission{ViewChain, EditMenu, ViewStock, ViewSales},
	},
	{
		Role: HQSupport, AtHQ: true, Name: lang.Text{Ko: "본사 지원", En: "HQ support"},
		Means: lang.Text{Ko: "점주와 직원을 도와요. 매출은 볼 수 없어요.", En: "Helps owners and staff. Sees no sales figures."},
		Has:   []Permission{ReviewSignUps, ViewMembers, UnlockMembers, ViewStock},
	},
	{
		Role: HQAnalyst, AtHQ: true, Name: lang.Text{Ko: "본사 분석", En: "HQ analyst"},
		Means: lang.Text{Ko: "매출과 재고를 보기만 해요.", En: "Sees sales and stock and changes nothing."},
		Has:   []Permission{ViewChain, ViewStock, ViewSales},
	},
	{
		Role: Owner, Name: lang.Text{Ko: "점주", En: "Owner"},
		Means: lang.Text{Ko: "자기 지점의 모든 일을 해요.", En: "Does everything in their own stores."}, Has: ownerHas,
	},
	{
		Role: Manager, Name: lang.Text{Ko: "매니저", En: "Manager"},
		Means: lang.Text{Ko: "점주를 대신해 지점을 돌봐요.", En: "Runs the store in the owner's place."}, Has: managerHas,
	},
	{
		Role: Staff, Name: lang.Text{Ko: "직원", En: "Staff"},
		Means: lang.Text{Ko: "주문을 받고 만들고 재료를 받아요.", En: "Takes and makes orders and receives goods."}, Has: staffHas,
	},
}

// Entry returns what is known of the role, and false for a name that is no role.
func (r Role) Entry() (RoleEntry, bool) {
	i := slices.IndexFunc(Roles, func(e RoleEntry) bool { return e.Role == r })
	if i < 0 {
		return RoleEntry{}, false
	}
	return Roles[i], true
}

// AtHQ reports whether it is a role of headquarters, which reaches every store.
func (r Role) AtHQ() bool {
	e, ok := r.Entry()
	return ok && e.AtHQ
}

// Has reports whether the role holds the permission.
func (r Role) Has(perm Permission) bool {
	e, ok := r.Entry()
	return ok && slices.Contains(e.Has, perm)
}

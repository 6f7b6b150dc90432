package auditweb

import (
	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

var errMember = errs.New(errs.Invalid, "audit.unknown_member",
	"그 사람을 가리키는 링크가 잘렸어요. 이름으로 찾아 주세요.", "The link to that person is cut off. Search by name instead.")

var errStore = errs.New(errs.Invalid, "audit.unknown_store",
	"그런 지점이 없어요. 지점 코드나 이름을 그대로 적어 주세요.", "There is no such store. Write its code or its whole name.")

// text is everything these pages say.
var text = struct {
	Trail, TrailNote, Person, Store, Object, ObjectHint, Action, AnyAction, From, To, Search, Clear lang.Text
	NothingFound, NothingFoundMore, Newest, Export, ExportAll, Reason, ReasonHint, When, What       lang.Text
	WhatChanged, Program                                                                            lang.Text
}{
	Trail:            lang.Text{Ko: "감사 기록", En: "Audit trail"},
	TrailNote:        lang.Text{Ko: "누가 언제 어디서 무엇을 바꿨는지 모두 남아요. 지우거나 고칠 수 없어요.", En: "Who changed what, when and from where. Nothing in it can be removed or changed."},
	Person:           lang.Text{Ko: "사람", En: "Person"},
	Store:            lang.Text{Ko: "지점", En: "Store"},
	Object:           lang.Text{Ko: "대상", En: "Object"},
	ObjectHint:       lang.Text{Ko: "코드나 번호 전체", En: "Whole code or id"},
	Action:           lang.Text{Ko: "한 일", En: "Action"},
	AnyAction:        lang.Text{Ko: "모두", En: "Any"},
	From:             lang.Text{Ko: "첫날", En: "From"},
	To:               lang.Text{Ko: "마지막 날", En: "To"},
	Search:           lang.Text{Ko: "찾기", En: "Search"},
	Clear:            lang.Text{Ko: "지우기", En: "Clear"},
	NothingFound:     lang.Text{Ko: "찾는 기록이 없어요", En: "No entries found"},
	NothingFoundMore: lang.Text{Ko: "조건을 줄이거나 기간을 넓혀 보세요.", En: "Try fewer conditions or a longer period."},
	Newest:           lang.Text{Ko: "최근 기록으로", En: "To the newest"},
	Export:           lang.Text{Ko: "내려받기", En: "Export"},
	ExportAll:        lang.Text{Ko: "찾은 기록 내려받기", En: "Export what was found"},
	Reason:           lang.Text{Ko: "내려받는 까닭", En: "Reason"},
	ReasonHint:       lang.Text{Ko: "이 까닭도 누가 내려받았는지와 함께 기록으로 남아요.", En: "The reason is recorded, together with who exported."},
	When:             lang.Text{Ko: "때", En: "When"},
	What:             lang.Text{Ko: "한 일", En: "What"},
	WhatChanged:      lang.Text{Ko: "바뀐 내용", En: "What changed"},
	Program:          lang.Text{Ko: "시스템", En: "The system"},
}

// actions are the names of what can be done; one that is missing here is shown by its stored name.
var actions = map[string]lang.Text{
	"order_placed":        {Ko: "주문 접수", En: "Order placed"},
	"order_moved":         {Ko: "주문 단계 변경", En: "Order moved on"},
	"order_cancelled":     {Ko: "주문 취소·환불", En: "Order cancelled and refunded"},
	"stock_receipt":       {Ko: "입고", En: "Goods received"},
	"stock_opening":       {Ko: "기초 재고 입력", En: "Opening stock entered"},
	"stock_count":         {Ko: "재고 실사", En: "Stock counted"},
	"stock_waste":         {Ko: "폐기", En: "Stock thrown away"},
	"stock_transfer":      {Ko: "재고 이동", En: "Stock moved"},
	"trail_exported":      {Ko: "감사 기록 내려받기", En: "Audit trail exported"},
	"menu_published":      {Ko: "메뉴 배포", En: "Menu published"},
	"daily_limit_set":     {Ko: "하루 한정 수량 설정", En: "Daily limit set"},
	"material_saved":      {Ko: "원부자재 저장", En: "Material saved"},
	"item_saved":          {Ko: "메뉴 저장", En: "Item saved"},
	"sizes_saved":         {Ko: "사이즈·가격 저장", En: "Sizes and prices saved"},
	"category_saved":      {Ko: "분류 저장", En: "Category saved"},
	"option_group_saved":  {Ko: "옵션 저장", En: "Options saved"},
	"option_recipe_saved": {Ko: "옵션 레시피 저장", En: "Recipe of an option saved"},
	"sub_recipe_saved":    {Ko: "반제품 레시피 저장", En: "Sub-recipe saved"},
	"recipe_saved":        {Ko: "레시피 저장", En: "Recipe saved"},
	"parked_retried":      {Ko: "보류된 이벤트 다시 처리", En: "Parked events retried"},
	"parked_skipped":      {Ko: "보류된 이벤트 건너뜀", En: "Parked event skipped"},
}

// kinds are the names of what things are done to.
var kinds = map[string]lang.Text{
	"order":        {Ko: "주문", En: "Order"},
	"stock":        {Ko: "재고", En: "Stock"},
	"item":         {Ko: "메뉴", En: "Item"},
	"material":     {Ko: "원부자재", En: "Material"},
	"recipe":       {Ko: "레시피", En: "Recipe"},
	"category":     {Ko: "분류", En: "Category"},
	"option_group": {Ko: "옵션", En: "Options"},
	"menu":         {Ko: "메뉴판", En: "Menu"},
	"member":       {Ko: "회원", En: "Member"},
	"store":        {Ko: "지점", En: "Store"},
	"session":      {Ko: "로그인", En: "Session"},
	"trail":        {Ko: "감사 기록", En: "Audit trail"},
	"subscription": {Ko: "구독", En: "Subscription"},
}

package orderingweb

import (
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
)

// text is everything the register, the order board and the order pages say.
var text = struct {
	Register, Menu, AllCategories, Search, SearchHint, NoMatch, NoMatchHint, NoMenu, NoMenuHint lang.Text
	SoldOut, SizeOut, Left, From, AddOne, Choose, Categories                                    lang.Text
	StockOut, LimitOut, StoreOut, HiddenOut                                                     lang.Text
	StockWord, LimitWord, StoreWord, HiddenWord                                                 lang.Text

	Size, Required, UpTo, Between, None, Quantity, Add, Save, Each, ChooseFirst, LimitToday lang.Text

	Cart, CartEmpty, CartEmptyHint, Total, TaxIncluded, Pay, Clear, Hold, Held, Dining      lang.Text
	ForHere, Takeaway, OwnCup, Remove, Edit, More, Fewer, Removed, Cleared, PriceMoved      lang.Text
	FixLines, ShowCart, HideCart, Pieces, LineCount, ToggleDining, LastMore, LastFewer      lang.Text
	NextCategory                                                                            lang.Text
	HoldTitle, HoldLabel, HoldHint, HeldDone, HeldTitle, HeldEmpty, HeldEmptyHint, Recall   lang.Text
	Discard, Discarded, Nameless, HeldBy                                                    lang.Text
	PayTitle, Card, Cash, Approval, ApprovalHint, Received, Exact, Change, Short, PayDone   lang.Text
	ToPay, PickupNumber, NextOrder, Receipt, Paid, PaidBefore, PayCard, PayCash             lang.Text
	LimitTitle, LimitHint, LimitLabel, LimitSold, LimitSet, LimitOff, LimitSaved, LimitGone lang.Text

	Discount, DiscountAdd, DiscountTitle, DiscountBy, DiscountPercent, DiscountAmount          lang.Text
	DiscountPercentLabel, DiscountAmountLabel, DiscountReason, DiscountReasonHint              lang.Text
	DiscountStaff, DiscountComplaint, DiscountCoupon, DiscountGive, DiscountNone, NothingToPay lang.Text
	BeforeDiscount                                                                             lang.Text

	Board, BoardNav, Accepted, Preparing, Ready, Completed, Cancelled, Rejected, Start, Finish lang.Text
	HandOver                                                                                   lang.Text
	StepBack, CancelOrder, Details, Moved, Late, Soon, NoOrders, NoOrdersHint, ColumnEmpty     lang.Text
	ReadyEmpty, DoneEmpty, Waiting, Minutes, LessThanMinute, Sound, SoundOn, SoundOff, Volume  lang.Text
	SoundTest, SoundHint, NewOrders, RecentlyDone, Columns                                     lang.Text

	CancelTitle, CancelWhat, Reason, ReasonHint, ReasonMind, ReasonWrong, ReasonOut, ReasonTwice  lang.Text
	Disposition, Restock, Waste, Remake, RestockHint, WasteHint, RemakeHint, KeepOrder, CancelNow lang.Text
	CancelledNow, RefundOrder, RefundTitle, RefundNow, RefundedNow                                lang.Text

	Orders, OrdersNote, SearchNumber, NoOrdersToday, NoOrdersTodayHint, NoSuchNumber, Number  lang.Text
	Time, What, Amount, State, OrderTitle, History, Payments, Lines, Print, PlacedBy, Channel lang.Text
	ChannelRegister, ChannelAPI, ChannelImport, CashPaid, CardPaid, ExternalPaid, Refunded    lang.Text
	Supply, Tax, ApprovalNumber, ThankYou, ReceiptNumber, And, PlacedStep, BusinessDay, Find  lang.Text
}{
	Register:      lang.Text{Ko: "주문 받기", En: "Register"},
	Menu:          lang.Text{Ko: "메뉴", En: "Menu"},
	AllCategories: lang.Text{Ko: "전체", En: "All"},
	Categories:    lang.Text{Ko: "메뉴 분류", En: "Menu categories"},
	NextCategory:  lang.Text{Ko: "분류 고르기", En: "Choose a category"},
	Search:        lang.Text{Ko: "메뉴 찾기", En: "Find an item"},
	SearchHint:    lang.Text{Ko: "이름·초성 (ㅇㅁㄹ)", En: "Name of an item"},
	NoMatch:       lang.Text{Ko: "찾는 메뉴가 없어요", En: "Nothing found"},
	NoMatchHint:   lang.Text{Ko: "이름의 일부나 초성으로 다시 찾아 보세요.", En: "Try another part of the name."},
	NoMenu:        lang.Text{Ko: "아직 메뉴가 없어요", En: "There is no menu yet"},
	NoMenuHint:    lang.Text{Ko: "본사에서 메뉴를 발행하면 여기에 나타나요.", En: "It appears here once headquarters publishes one."},
	SoldOut:       lang.Text{Ko: "품절", En: "Sold out"},
	SizeOut:       lang.Text{Ko: "{size} 품절", En: "{size} sold out"},
	Left:          lang.Text{Ko: "{n}개 남음", En: "{n} left"},
	From:          lang.Text{Ko: "{price}~", En: "{price}+"},
	AddOne:        lang.Text{Ko: "{item} 기본으로 담기", En: "Add {item} as usual"},
	Choose:        lang.Text{Ko: "옵션 고르기", En: "Choose options"},
	StockOut:      lang.Text{Ko: "재료가 떨어졌어요", En: "Out of ingredients"},
	LimitOut:      lang.Text{Ko: "오늘 한정 수량을 다 팔았어요", En: "Today's limited quantity is sold"},
	StoreOut:      lang.Text{Ko: "지점에서 판매를 멈췄어요", En: "Switched off by the store"},
	StockWord:     lang.Text{Ko: "재료 소진", En: "ingredients"},
	LimitWord:     lang.Text{Ko: "한정 마감", En: "limit reached"},
	StoreWord:     lang.Text{Ko: "판매 중지", En: "switched off"},
	HiddenWord:    lang.Text{Ko: "메뉴 내림", En: "taken off"},
	HiddenOut:     lang.Text{Ko: "본사에서 메뉴를 내렸어요", En: "Taken off by headquarters"},

	Size:        lang.Text{Ko: "사이즈", En: "Size"},
	Required:    lang.Text{Ko: "필수", En: "Required"},
	UpTo:        lang.Text{Ko: "{max}개까지", En: "up to {max}"},
	Between:     lang.Text{Ko: "{min}~{max}개", En: "{min} to {max}"},
	None:        lang.Text{Ko: "선택 안 함", En: "None"},
	Quantity:    lang.Text{Ko: "수량", En: "Quantity"},
	Add:         lang.Text{Ko: "담기", En: "Add"},
	Save:        lang.Text{Ko: "바꾸기", En: "Change"},
	Each:        lang.Text{Ko: "개당 {price}", En: "{price} each"},
	ChooseFirst: lang.Text{Ko: "{group} 먼저 골라 주세요", En: "Choose {group} first"},
	LimitToday:  lang.Text{Ko: "오늘 한정 수량", En: "Limit for today"},

	Cart:          lang.Text{Ko: "주문 내역", En: "Order"},
	CartEmpty:     lang.Text{Ko: "무엇을 드릴까요?", En: "What would they like?"},
	CartEmptyHint: lang.Text{Ko: "메뉴를 누르면 여기에 담겨요.", En: "Tap an item to add it here."},
	Total:         lang.Text{Ko: "합계", En: "Total"},
	TaxIncluded:   lang.Text{Ko: "부가세 포함", En: "VAT included"},
	Pay:           lang.Text{Ko: "결제", En: "Pay"},
	Clear:         lang.Text{Ko: "비우기", En: "Clear"},
	Hold:          lang.Text{Ko: "보류", En: "Hold"},
	Held:          lang.Text{Ko: "보류 목록", En: "Held orders"},
	Dining:        lang.Text{Ko: "드시는 곳", En: "Dining"},
	ToggleDining:  lang.Text{Ko: "매장·포장·개인 컵 바꾸기", En: "Switch for here, to go, own cup"},
	ForHere:       lang.Text{Ko: "매장", En: "For here"},
	Takeaway:      lang.Text{Ko: "포장", En: "To go"},
	OwnCup:        lang.Text{Ko: "개인 컵", En: "Own cup"},
	Remove:        lang.Text{Ko: "{item} 빼기", En: "Remove {item}"},
	Edit:          lang.Text{Ko: "{item} 옵션 바꾸기", En: "Change {item}"},
	More:          lang.Text{Ko: "{item} 하나 더", En: "One more {item}"},
	Fewer:         lang.Text{Ko: "{item} 하나 빼기", En: "One {item} fewer"},
	LastMore:      lang.Text{Ko: "마지막 메뉴 하나 더", En: "One more of the last item"},
	LastFewer:     lang.Text{Ko: "마지막 메뉴 하나 빼기", En: "One fewer of the last item"},
	Removed:       lang.Text{Ko: "{item} 뺐어요.", En: "Removed {item}."},
	Cleared:       lang.Text{Ko: "주문 내역을 비웠어요.", En: "Cleared the order."},
	PriceMoved:    lang.Text{Ko: "가격이 바뀌었어요: {was} → {now}", En: "Price changed: {was} → {now}"},
	FixLines:      lang.Text{Ko: "품절된 줄을 빼면 결제할 수 있어요.", En: "Remove what is sold out to pay."},
	ShowCart:      lang.Text{Ko: "주문 내역 보기", En: "Show the order"},
	HideCart:      lang.Text{Ko: "메뉴로 돌아가기", En: "Back to the menu"},
	Pieces:        lang.Text{Ko: "{n}개", En: "{n} pcs"},
	LineCount:     lang.Text{Ko: "담은 수량 {n}개", En: "{n} items"},

	HoldTitle:     lang.Text{Ko: "주문 보류", En: "Hold this order"},
	HoldLabel:     lang.Text{Ko: "알아볼 이름", En: "Name to find it by"},
	HoldHint:      lang.Text{Ko: "예: 검은 코트, 3번 테이블", En: "Such as: black coat, table 3"},
	HeldDone:      lang.Text{Ko: "보류했어요. 다음 주문을 받으세요.", En: "On hold. Ready for the next order."},
	HeldTitle:     lang.Text{Ko: "보류한 주문", En: "Held orders"},
	HeldEmpty:     lang.Text{Ko: "보류한 주문이 없어요", En: "No held orders"},
	HeldEmptyHint: lang.Text{Ko: "손님이 잠시 자리를 비우면 주문을 보류해 두세요. 다음 날 영업이 끝날 때까지 남아 있어요.", En: "Hold an order while a customer steps away. It stays until the next day ends."},
	Recall:        lang.Text{Ko: "꺼내기", En: "Recall"},
	Discard:       lang.Text{Ko: "버리기", En: "Discard"},
	Discarded:     lang.Text{Ko: "보류한 주문을 버렸어요.", En: "Discarded the held order."},
	Nameless:      lang.Text{Ko: "{time} 보류", En: "Held at {time}"},
	HeldBy:        lang.Text{Ko: "{name} · {when}", En: "{name} · {when}"},

	PayTitle:     lang.Text{Ko: "결제", En: "Payment"},
	Card:         lang.Text{Ko: "카드", En: "Card"},
	Cash:         lang.Text{Ko: "현금", En: "Cash"},
	Approval:     lang.Text{Ko: "승인번호", En: "Approval number"},
	ApprovalHint: lang.Text{Ko: "카드 단말기 전표에 있는 번호예요.", En: "It is on the slip of the card terminal."},
	Received:     lang.Text{Ko: "받은 돈", En: "Cash received"},
	Exact:        lang.Text{Ko: "딱 맞게", En: "Exact"},
	Change:       lang.Text{Ko: "거스름돈", En: "Change"},
	Short:        lang.Text{Ko: "모자란 돈", En: "Still missing"},
	PayDone:      lang.Text{Ko: "결제 완료", En: "Complete payment"},
	PayCard:      lang.Text{Ko: "카드로 결제", En: "Pay by card"},
	PayCash:      lang.Text{Ko: "현금으로 결제", En: "Pay in cash"},
	ToPay:        lang.Text{Ko: "결제할 금액", En: "To pay"},
	PickupNumber: lang.Text{Ko: "픽업 번호", En: "Pickup number"},
	NextOrder:    lang.Text{Ko: "다음 주문", En: "Next order"},
	Receipt:      lang.Text{Ko: "영수증", En: "Receipt"},
	Paid:         lang.Text{Ko: "{amount} 결제했어요", En: "{amount} paid"},
	PaidBefore:   lang.Text{Ko: "이미 결제된 주문이에요. 두 번 결제되지 않았어요.", En: "This was paid before. It was not charged twice."},

	LimitTitle: lang.Text{Ko: "{item} 오늘 한정", En: "{item}: limit for today"},
	LimitHint:  lang.Text{Ko: "오늘 모두 몇 개까지 팔지 정해요. 다 팔리면 자동으로 품절돼요.", En: "How many to sell today in all. When they are sold, the item is sold out."},
	LimitLabel: lang.Text{Ko: "오늘 팔 수량", En: "To sell today"},
	LimitSold:  lang.Text{Ko: "지금까지 {n}개 팔았어요.", En: "{n} sold so far."},
	LimitSet:   lang.Text{Ko: "정하기", En: "Set"},
	LimitOff:   lang.Text{Ko: "한정 풀기", En: "Remove limit"},
	LimitSaved: lang.Text{Ko: "{item}: 오늘 {n}개까지 팔아요.", En: "{item}: {n} today at most."},
	LimitGone:  lang.Text{Ko: "{item}: 한정을 풀었어요.", En: "{item}: no limit any more."},

	Discount:             lang.Text{Ko: "할인", En: "Discount"},
	DiscountAdd:          lang.Text{Ko: "할인 넣기", En: "Add a discount"},
	DiscountTitle:        lang.Text{Ko: "주문 할인", En: "Discount on the order"},
	DiscountBy:           lang.Text{Ko: "할인 방법", En: "How to discount"},
	DiscountPercent:      lang.Text{Ko: "비율", En: "Percentage"},
	DiscountAmount:       lang.Text{Ko: "금액", En: "Amount"},
	DiscountPercentLabel: lang.Text{Ko: "할인율", En: "Percent off"},
	DiscountAmountLabel:  lang.Text{Ko: "할인할 금액", En: "Amount off"},
	DiscountReason:       lang.Text{Ko: "할인 이유", En: "Reason"},
	DiscountReasonHint:   lang.Text{Ko: "영수증과 기록에 남아요.", En: "It stands on the receipt and in the record."},
	DiscountStaff:        lang.Text{Ko: "직원 할인", En: "Staff"},
	DiscountComplaint:    lang.Text{Ko: "불편 보상", En: "Complaint"},
	DiscountCoupon:       lang.Text{Ko: "쿠폰", En: "Coupon"},
	DiscountGive:         lang.Text{Ko: "할인하기", En: "Give discount"},
	DiscountNone:         lang.Text{Ko: "할인 빼기", En: "Remove discount"},
	NothingToPay:         lang.Text{Ko: "받을 돈이 없어요. 그대로 주문을 끝내면 돼요.", En: "There is nothing to pay. Complete the order as it is."},
	BeforeDiscount:       lang.Text{Ko: "할인 전 금액", En: "Before discount"},

	BoardNav:       lang.Text{Ko: "주문 현황", En: "Board"}, // six places share the foot of a phone
	Board:          lang.Text{Ko: "주문 현황", En: "Order board"},
	Accepted:       lang.Text{Ko: "접수", En: "Accepted"},
	Preparing:      lang.Text{Ko: "제조", En: "Preparing"},
	Ready:          lang.Text{Ko: "픽업", En: "Ready"},
	Completed:      lang.Text{Ko: "완료", En: "Completed"},
	Cancelled:      lang.Text{Ko: "취소", En: "Cancelled"},
	Rejected:       lang.Text{Ko: "거절", En: "Rejected"},
	Start:          lang.Text{Ko: "제조 시작", En: "Start"},
	Finish:         lang.Text{Ko: "픽업 준비", En: "Ready"},
	HandOver:       lang.Text{Ko: "전달 완료", En: "Hand over"},
	StepBack:       lang.Text{Ko: "이전 단계로", En: "Step back"},
	CancelOrder:    lang.Text{Ko: "주문 취소", En: "Cancel order"},
	Details:        lang.Text{Ko: "주문 자세히", En: "Order details"},
	Moved:          lang.Text{Ko: "{number}번 → {state}", En: "No. {number} → {state}"},
	Late:           lang.Text{Ko: "지연", En: "Late"},
	Soon:           lang.Text{Ko: "임박", En: "Hurry"},
	NoOrders:       lang.Text{Ko: "만들 주문이 없어요", En: "Nothing to make"},
	NoOrdersHint:   lang.Text{Ko: "새 주문이 들어오면 바로 나타나요.", En: "New orders appear at once."},
	ColumnEmpty:    lang.Text{Ko: "제조 중인 주문이 없어요", En: "Nothing in preparation"},
	ReadyEmpty:     lang.Text{Ko: "찾아갈 주문이 없어요", En: "Nothing to pick up"},
	DoneEmpty:      lang.Text{Ko: "아직 완료한 주문이 없어요", En: "Nothing handed over yet"},
	Waiting:        lang.Text{Ko: "{n}분째", En: "{n} min"},
	Minutes:        lang.Text{Ko: "{n}분", En: "{n} min"},
	LessThanMinute: lang.Text{Ko: "방금", En: "now"},
	Sound:          lang.Text{Ko: "새 주문 소리", En: "Sound for new orders"},
	SoundOn:        lang.Text{Ko: "소리 켜짐", En: "Sound on"},
	SoundOff:       lang.Text{Ko: "소리 꺼짐", En: "Sound off"},
	Volume:         lang.Text{Ko: "소리 크기", En: "Volume"},
	SoundTest:      lang.Text{Ko: "들어 보기", En: "Test"},
	SoundHint:      lang.Text{Ko: "이 기기에서만 켜져요.", En: "On this device only."},
	NewOrders:      lang.Text{Ko: "새 주문 {n}건", En: "{n} new orders"},
	RecentlyDone:   lang.Text{Ko: "방금 완료", En: "Just completed"},
	Columns:        lang.Text{Ko: "주문 단계", En: "Stages"},

	CancelTitle:  lang.Text{Ko: "{number}번 주문 취소", En: "Cancel order no. {number}"},
	CancelWhat:   lang.Text{Ko: "{count}개, {amount}을 환불해요({tender}). 취소한 주문은 되살릴 수 없어요.", En: "{count} items, {amount} will be refunded ({tender}). A cancelled order cannot be brought back."},
	Reason:       lang.Text{Ko: "취소 사유", En: "Reason"},
	ReasonHint:   lang.Text{Ko: "나중에 볼 수 있게 짧게 적어 주세요.", En: "A few words for the record."},
	ReasonMind:   lang.Text{Ko: "손님 변심", En: "Changed their mind"},
	ReasonWrong:  lang.Text{Ko: "주문 잘못 받음", En: "Taken wrong"},
	ReasonOut:    lang.Text{Ko: "재료 부족", En: "Out of ingredients"},
	ReasonTwice:  lang.Text{Ko: "중복 주문", En: "Ordered twice"},
	Disposition:  lang.Text{Ko: "재료는 어떻게 할까요?", En: "What about the ingredients?"},
	Restock:      lang.Text{Ko: "재고로 되돌리기", En: "Back to stock"},
	Waste:        lang.Text{Ko: "폐기", En: "Waste"},
	Remake:       lang.Text{Ko: "다시 만들기", En: "Remake"},
	RestockHint:  lang.Text{Ko: "아직 쓰지 않았어요.", En: "Nothing was used."},
	WasteHint:    lang.Text{Ko: "이미 만들어서 버려요.", En: "It was made and is thrown away."},
	RemakeHint:   lang.Text{Ko: "잘못 만들어서 새 주문으로 다시 만들어요.", En: "Made wrong; made again on a new order."},
	KeepOrder:    lang.Text{Ko: "그대로 두기", En: "Keep it"},
	CancelNow:    lang.Text{Ko: "취소하고 {amount} 환불", En: "Cancel and refund {amount}"},
	RefundOrder:  lang.Text{Ko: "환불", En: "Refund"},
	RefundTitle:  lang.Text{Ko: "{number}번 주문 환불", En: "Refund order no. {number}"},
	RefundNow:    lang.Text{Ko: "{amount} 환불", En: "Refund {amount}"},
	RefundedNow:  lang.Text{Ko: "{number}번 주문을 환불했어요.", En: "Refunded order no. {number}."},
	CancelledNow: lang.Text{Ko: "{number}번 주문을 취소했어요.", En: "Cancelled order no. {number}."},

	Orders:            lang.Text{Ko: "오늘 주문", En: "Orders today"},
	OrdersNote:        lang.Text{Ko: "최근 주문부터 보여요.", En: "The latest first."},
	SearchNumber:      lang.Text{Ko: "픽업 번호로 찾기", En: "Find by pickup number"},
	Find:              lang.Text{Ko: "찾기", En: "Find"},
	NoOrdersToday:     lang.Text{Ko: "아직 주문이 없어요", En: "No orders yet"},
	NoOrdersTodayHint: lang.Text{Ko: "첫 주문을 받아 보세요.", En: "Take the first one at the register."},
	NoSuchNumber:      lang.Text{Ko: "오늘 {number}번 주문은 없어요", En: "There is no order {number} today"},
	Number:            lang.Text{Ko: "번호", En: "No."},
	Time:              lang.Text{Ko: "시각", En: "Time"},
	What:              lang.Text{Ko: "내용", En: "Items"},
	Amount:            lang.Text{Ko: "금액", En: "Amount"},
	State:             lang.Text{Ko: "상태", En: "State"},
	OrderTitle:        lang.Text{Ko: "{number}번 주문", En: "Order no. {number}"},
	History:           lang.Text{Ko: "진행 기록", En: "History"},
	Payments:          lang.Text{Ko: "결제", En: "Payments"},
	Lines:             lang.Text{Ko: "주문 내용", En: "Items"},
	Print:             lang.Text{Ko: "영수증 인쇄", En: "Print receipt"},
	PlacedBy:          lang.Text{Ko: "받은 사람", En: "Taken by"},
	Channel:           lang.Text{Ko: "주문 경로", En: "Channel"},
	ChannelRegister:   lang.Text{Ko: "매장 계산대", En: "Register"},
	ChannelAPI:        lang.Text{Ko: "외부 주문", En: "API"},
	ChannelImport:     lang.Text{Ko: "가져온 매출", En: "Import"},
	CashPaid:          lang.Text{Ko: "현금", En: "Cash"},
	CardPaid:          lang.Text{Ko: "카드", En: "Card"},
	ExternalPaid:      lang.Text{Ko: "외부 결제", En: "Paid elsewhere"},
	Refunded:          lang.Text{Ko: "환불됨", En: "Refunded"},
	Supply:            lang.Text{Ko: "공급가액", En: "Supply"},
	Tax:               lang.Text{Ko: "부가세", En: "VAT"},
	ApprovalNumber:    lang.Text{Ko: "승인 {number}", En: "Approval {number}"},
	ThankYou:          lang.Text{Ko: "감사합니다. 또 오세요.", En: "Thank you. Please come again."},
	ReceiptNumber:     lang.Text{Ko: "영수증 번호", En: "Receipt"},
	And:               lang.Text{Ko: "{first} 외 {n}", En: "{first} and {n} more"},
	PlacedStep:        lang.Text{Ko: "주문과 결제", En: "Ordered and paid"},
	BusinessDay:       lang.Text{Ko: "영업일", En: "Business day"},
}

func diningText(o dining.Option) lang.Text {
	switch o {
	case dining.ForHere:
		return text.ForHere
	case dining.OwnCup:
		return text.OwnCup
	case dining.Takeaway:
	}
	return text.Takeaway
}

func diningIcon(o dining.Option) string {
	switch o {
	case dining.ForHere:
		return "armchair"
	case dining.OwnCup:
		return "recycle"
	case dining.Takeaway:
	}
	return "shopping-bag"
}

func blockText(b ordering.Block) lang.Text {
	switch b {
	case ordering.BlockLimit:
		return text.LimitOut
	case ordering.BlockStore:
		return text.StoreOut
	case ordering.BlockHidden:
		return text.HiddenOut
	case ordering.BlockStock:
	}
	return text.StockOut
}

// blockWord is blockText in a word or two, for a card.
func blockWord(b ordering.Block) lang.Text {
	switch b {
	case ordering.BlockLimit:
		return text.LimitWord
	case ordering.BlockStore:
		return text.StoreWord
	case ordering.BlockHidden:
		return text.HiddenWord
	case ordering.BlockStock:
	}
	return text.StockWord
}

func statusText(s orderingapi.Status) lang.Text {
	switch s {
	case orderingapi.Preparing:
		return text.Preparing
	case orderingapi.Ready:
		return text.Ready
	case orderingapi.Completed:
		return text.Completed
	case orderingapi.Cancelled:
		return text.Cancelled
	case orderingapi.Rejected:
		return text.Rejected
	case orderingapi.Accepted:
	}
	return text.Accepted
}

func dispositionText(d orderingapi.Disposition) (name, hint lang.Text) {
	switch d {
	case orderingapi.Waste:
		return text.Waste, text.WasteHint
	case orderingapi.Remake:
		return text.Remake, text.RemakeHint
	case orderingapi.Restock:
	}
	return text.Restock, text.RestockHint
}

func channelText(c orderingapi.Channel) lang.Text {
	switch c {
	case orderingapi.API:
		return text.ChannelAPI
	case orderingapi.Import:
		return text.ChannelImport
	case orderingapi.Register:
	}
	return text.ChannelRegister
}

func tenderText(k ordering.TenderKind) lang.Text {
	switch k {
	case ordering.Card:
		return text.CardPaid
	case ordering.External:
		return text.ExternalPaid
	case ordering.Cash:
	}
	return text.CashPaid
}

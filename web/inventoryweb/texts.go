package inventoryweb

import "maru/internal/kernel/lang"

// text is everything the stock pages say.
var text = struct {
	Stock, StockNote, Receive, All, OnlyLow, Filter, Search, SearchHint, Material, OnHand        lang.Text
	DaysLeft, PerDay, WarnBelow, LastMoved, Balances, Negative, None, Low, Untracked             lang.Text
	SoldOut, SoldOutHint, Days, DaysMany, NoMaterials, NoMaterialsHint, NothingTracked           lang.Text
	NothingLow, NothingLowHint, NoMatch, NoMatchHint, Received, CountIt, BackToStock             lang.Text
	Movements, NoMovements, NoMovementsHint, When, Reason, Document, Who, Quantity, BalanceAfter lang.Text
	Order, Latest, Sale, Reversal, Waste, Receipt, Counted, Transfer, Opening, Entered           lang.Text
	Pack, ReceiveTitle, ReceiveNote, AddMaterial, Done, PickTitle, PickSearch, Added             lang.Text
	Lines, NoLines, NoLinesHint, Amount, Unit, RemoveLine, Note, NoteHint, Save, Now             lang.Text
	UnitPiece, UnitLitre, UnitMillilitre, HoldsOf                                                lang.Text
	Adjust, AdjustTitle, AdjustKind, AdjustNote, AdjustFirst, Why, WhyHint, Book                 lang.Text
	CountBooked, WasteBooked                                                                     lang.Text
}{
	Stock:           lang.Text{Ko: "재고", En: "Stock"},
	StockNote:       lang.Text{Ko: "먼저 떨어질 재료부터 보여 드려요.", En: "What runs out first is at the top."},
	Receive:         lang.Text{Ko: "입고 기록", En: "Receive goods"},
	All:             lang.Text{Ko: "전체", En: "All"},
	OnlyLow:         lang.Text{Ko: "부족", En: "Running out"},
	Filter:          lang.Text{Ko: "보기", En: "View"},
	Search:          lang.Text{Ko: "재료 찾기", En: "Find a material"},
	SearchHint:      lang.Text{Ko: "이름이나 코드", En: "Name or code"},
	Material:        lang.Text{Ko: "재료", En: "Material"},
	OnHand:          lang.Text{Ko: "현재고", En: "On hand"},
	DaysLeft:        lang.Text{Ko: "남은 기간", En: "Lasts for"},
	PerDay:          lang.Text{Ko: "하루 사용", En: "Used a day"},
	WarnBelow:       lang.Text{Ko: "경고 기준", En: "Warn below"},
	LastMoved:       lang.Text{Ko: "마지막 변동", En: "Last moved"},
	Balances:        lang.Text{Ko: "재료별 현재고", En: "Balances by material"},
	Negative:        lang.Text{Ko: "실사 필요", En: "Count it"},
	None:            lang.Text{Ko: "없음", En: "None left"},
	Low:             lang.Text{Ko: "부족", En: "Low"},
	Untracked:       lang.Text{Ko: "실사 전", En: "Not counted yet"},
	SoldOut:         lang.Text{Ko: "품절 {n}", En: "{n} sold out"},
	SoldOutHint:     lang.Text{Ko: "이 재료가 모자라 팔 수 없는 사이즈와 옵션이 {n}가지예요.", En: "{n} sizes and options cannot be sold for want of this."},
	Days:            lang.Text{Ko: "{n}일", En: "{n} days"},
	DaysMany:        lang.Text{Ko: "99일+", En: "99+ days"},
	NoMaterials:     lang.Text{Ko: "아직 재료가 없어요", En: "No materials yet"},
	NoMaterialsHint: lang.Text{Ko: "본사가 재료를 등록하면 여기에 나와요.", En: "They appear here once headquarters has added them."},
	NothingTracked: lang.Text{
		Ko: "아직 재고를 세지 않았어요. 들어온 물건을 기록하면 그때부터 남은 양과 품절을 알려 드려요.",
		En: "Nothing has been counted yet. Book what comes in, and from then on you see what is left and what is sold out.",
	},
	NothingLow:      lang.Text{Ko: "부족한 재료가 없어요", En: "Nothing is running out"},
	NothingLowHint:  lang.Text{Ko: "경고 기준보다 적어지면 여기에 나와요.", En: "Materials appear here when they fall below their warning level."},
	NoMatch:         lang.Text{Ko: "찾는 재료가 없어요", En: "No such material"},
	NoMatchHint:     lang.Text{Ko: "다른 이름이나 코드로 찾아 보세요.", En: "Try another name or code."},
	Received:        lang.Text{Ko: "입고를 기록했어요.", En: "The goods are booked."},
	CountIt:         lang.Text{Ko: "{time}부터 장부가 0보다 적어요. 빠진 입고가 없는지 보고 실제 수량을 세어 주세요.", En: "Below zero since {time}. Look for a delivery that was not booked, and count what is there."},
	BackToStock:     lang.Text{Ko: "재고", En: "Stock"},
	Movements:       lang.Text{Ko: "변동 내역", En: "Movements"},
	NoMovements:     lang.Text{Ko: "아직 변동이 없어요", En: "Nothing has moved yet"},
	NoMovementsHint: lang.Text{Ko: "팔리거나 들어오면 여기에 쌓여요.", En: "Sales and deliveries of it appear here."},
	When:            lang.Text{Ko: "일시", En: "When"},
	Reason:          lang.Text{Ko: "사유", En: "Reason"},
	Document:        lang.Text{Ko: "근거", En: "From"},
	Who:             lang.Text{Ko: "담당", En: "By"},
	Quantity:        lang.Text{Ko: "변동", En: "Change"},
	BalanceAfter:    lang.Text{Ko: "변동 후", En: "Afterwards"},
	Order:           lang.Text{Ko: "주문 {n}번", En: "Order {n}"},
	Latest:          lang.Text{Ko: "최근 내역으로", En: "To the latest"},
	Sale:            lang.Text{Ko: "판매", En: "Sale"},
	Reversal:        lang.Text{Ko: "취소 복원", En: "Given back"},
	Waste:           lang.Text{Ko: "폐기", En: "Waste"},
	Receipt:         lang.Text{Ko: "입고", En: "Receipt"},
	Counted:         lang.Text{Ko: "실사", En: "Count"},
	Transfer:        lang.Text{Ko: "이동", En: "Transfer"},
	Opening:         lang.Text{Ko: "기초 재고", En: "Opening stock"},
	Entered:         lang.Text{Ko: "{quantity} 입력", En: "{quantity} entered"},
	Pack:            lang.Text{Ko: "{pack} = {quantity}", En: "{pack} = {quantity}"},
	ReceiveTitle:    lang.Text{Ko: "입고 기록", En: "Receive goods"},
	ReceiveNote:     lang.Text{Ko: "들어온 재료와 수량을 적어 주세요.", En: "Enter what was delivered, and how much."},
	AddMaterial:     lang.Text{Ko: "재료 추가", En: "Add materials"},
	Done:            lang.Text{Ko: "다 골랐어요", En: "Done"},
	PickTitle:       lang.Text{Ko: "들어온 재료 고르기", En: "What was delivered?"},
	PickSearch:      lang.Text{Ko: "재료 이름", En: "Name of a material"},
	Added:           lang.Text{Ko: "담음", En: "Added"},
	Lines:           lang.Text{Ko: "들어온 재료", En: "What was delivered"},
	NoLines:         lang.Text{Ko: "아직 고른 재료가 없어요", En: "No materials yet"},
	NoLinesHint:     lang.Text{Ko: "들어온 재료를 골라 수량을 적어 주세요.", En: "Choose what was delivered and enter the quantities."},
	Amount:          lang.Text{Ko: "수량", En: "Quantity"},
	Unit:            lang.Text{Ko: "단위", En: "Unit"},
	RemoveLine:      lang.Text{Ko: "{material} 빼기", En: "Remove {material}"},
	Note:            lang.Text{Ko: "메모", En: "Note"},
	NoteHint:        lang.Text{Ko: "거래처, 전표 번호처럼 나중에 찾을 때 쓸 것", En: "Supplier or delivery note, to find it later"},
	Save:            lang.Text{Ko: "입고 저장", En: "Book the goods"},
	Now:             lang.Text{Ko: "현재 {quantity}", En: "{quantity} on hand"},
	UnitPiece:       lang.Text{Ko: "개", En: "ea"},
	UnitLitre:       lang.Text{Ko: "L", En: "L"},
	UnitMillilitre:  lang.Text{Ko: "mL", En: "mL"},
	HoldsOf:         lang.Text{Ko: "{unit} ({quantity})", En: "{unit} ({quantity})"},
	Adjust:          lang.Text{Ko: "실사·폐기", En: "Count or waste"},
	AdjustTitle:     lang.Text{Ko: "{material} 실사·폐기", En: "Count or waste: {material}"},
	AdjustKind:      lang.Text{Ko: "무엇을 적나요?", En: "What is it?"},
	AdjustNote: lang.Text{
		Ko: "실사는 실제로 남은 양을, 폐기는 버린 양을 적어 주세요. 이 화면을 열 때 장부는 {quantity}였어요. 세는 동안 팔린 양은 따로 빠져요.",
		En: "Count: enter what is left. Waste: enter what was thrown away. The ledger said {quantity} when you opened this page; what is sold while you count is taken off by itself.",
	},
	AdjustFirst: lang.Text{Ko: "아직 세지 않은 재료예요. 실제로 남은 양을 적으면 그때부터 재고를 알려 드려요.", En: "Nobody has counted this yet. Enter what is left, and its stock is kept from then on."},
	Why:         lang.Text{Ko: "이유", En: "Why"},
	WhyHint:     lang.Text{Ko: "유통기한 지남, 쏟음, 정기 실사처럼", En: "Out of date, spilled, the weekly count"},
	Book:        lang.Text{Ko: "장부에 적기", En: "Book it"},
	CountBooked: lang.Text{Ko: "실사를 장부에 적었어요.", En: "The count is booked."},
	WasteBooked: lang.Text{Ko: "폐기를 장부에 적었어요.", En: "The waste is booked."},
}

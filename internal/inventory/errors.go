package inventory

import "maru/internal/platform/errs"

// The errors people can meet.
var (
	// ErrNoStore is returned for a store that is none of the person's business.
	ErrNoStore = errs.New(errs.NotFound, "inventory.no_store",
		"이 지점을 찾을 수 없어요.", "There is no such store.")
	// ErrNotAllowed is returned to those who work in the store but may not book stock.
	ErrNotAllowed = errs.New(errs.Forbidden, "inventory.not_allowed",
		"재고를 기록할 권한이 없어요. 점주에게 문의해 주세요.", "You may not book stock. Please ask the store's owner.")
	// ErrNoLines is returned for a document without a line.
	ErrNoLines = errs.New(errs.Invalid, "inventory.no_lines",
		"재료를 하나 이상 적어 주세요.", "Add at least one material.")
	// ErrTooManyLines is returned for a document with more than MaxLines lines.
	ErrTooManyLines = errs.New(errs.TooLarge, "inventory.too_many_lines",
		"한 번에 {max}줄까지 적을 수 있어요. 나누어 적어 주세요.", "Up to {max} lines at once. Please split it.")
	// ErrUnknownMaterial is returned for a material that the franchise does not have.
	ErrUnknownMaterial = errs.New(errs.Invalid, "inventory.unknown_material",
		"목록에 있는 재료를 골라 주세요.", "Choose a material from the list.")
	// ErrNoMaterial is returned where a page or a path names a material that does not exist.
	ErrNoMaterial = errs.New(errs.NotFound, "inventory.no_material",
		"이 재료를 찾을 수 없어요.", "There is no such material.")
	// ErrNoDocument is returned for a document that was not booked at the store.
	ErrNoDocument = errs.New(errs.NotFound, "inventory.no_document",
		"이 입고 기록을 찾을 수 없어요.", "There is no such delivery.")
	// ErrQuantity is returned for a quantity that is not positive, or negative where zero is allowed.
	ErrQuantity = errs.New(errs.Invalid, "inventory.quantity",
		"수량은 0보다 커야 해요.", "The quantity must be more than zero.")
	// ErrTooMuch is returned for a quantity no store can hold.
	ErrTooMuch = errs.New(errs.Invalid, "inventory.too_much",
		"수량이 너무 커요. 단위를 확인해 주세요.", "That is too much. Please check the unit.")
	// ErrTooLittle is returned for a quantity that comes to nothing in the base unit.
	ErrTooLittle = errs.New(errs.Invalid, "inventory.too_little",
		"수량이 너무 작아요. 단위를 확인해 주세요.", "That is too little. Please check the unit.")
	// ErrUnit is returned for a unit that the material is not measured in.
	ErrUnit = errs.New(errs.Invalid, "inventory.unit",
		"{material}에는 쓸 수 없는 단위예요. {units} 중에서 골라 주세요.", "{material} is not measured in that unit. Choose one of {units}.")
	// ErrNoteTooLong is returned for a note of more than MaxNote characters.
	ErrNoteTooLong = errs.New(errs.Invalid, "inventory.note_too_long",
		"메모는 {max}자까지 적을 수 있어요.", "A note has at most {max} characters.")
	// ErrDocumentID is returned for a document id that is not a UUIDv7.
	ErrDocumentID = errs.New(errs.Invalid, "inventory.document_id",
		"문서 번호가 올바르지 않아요. 화면을 새로 고쳐 주세요.", "The document's id must be a UUIDv7. Please reload the page.")
	// ErrOtherBody is returned when a document's id comes again with another content.
	ErrOtherBody = errs.New(errs.Conflict, "inventory.other_body",
		"이미 저장된 입고와 내용이 달라요. 화면을 새로 고치고 다시 적어 주세요.", "This was already saved with another content. Please reload the page and enter it again.")
	// ErrAdjustment is returned for an adjustment that is neither a count nor waste.
	ErrAdjustment = errs.New(errs.Invalid, "inventory.adjustment",
		"실사와 폐기 가운데 골라 주세요.", "Choose a count or waste.")
	// ErrTwice is returned for a material that stands in two lines of an adjustment.
	ErrTwice = errs.New(errs.Invalid, "inventory.twice",
		"같은 재료를 두 번 적었어요. 한 줄로 모아 주세요.", "This material is there twice. Put it into one line.")
	// ErrCountedMeanwhile is returned for a count where the material was counted by somebody else since it began, and for
	// one that does not say when it began where its ledger is not the balance.
	ErrCountedMeanwhile = errs.New(errs.Conflict, "inventory.counted_meanwhile",
		"세는 사이 이 재료의 장부가 다른 실사로 바뀌었어요. 지금 장부 값을 보고 다시 세어 주세요.",
		"The ledger of this material was corrected by another count meanwhile. Look at its balance now, and count again.")
	// ErrNotCounted is returned where something is thrown away that nobody has counted.
	ErrNotCounted = errs.New(errs.Invalid, "inventory.not_counted",
		"아직 세지 않은 재료예요. 먼저 실사로 남은 양을 적어 주세요.", "Nobody has counted this yet. Please enter a count of what is left first.")
)

package catalog

import "maru/internal/platform/errs"

// The expected errors of the catalogue that several use cases share.
var (
	ErrNotAllowed = errs.New(errs.Forbidden, "catalog.not_allowed",
		"메뉴는 본사에서만 고칠 수 있어요.", "Only headquarters can change the menu.")
	ErrNoFranchise = errs.New(errs.Conflict, "catalog.no_franchise",
		"프랜차이즈 정보가 아직 없어요. 먼저 본사를 등록해 주세요.", "There is no franchise yet. Set up headquarters first.")
	ErrStale = errs.New(errs.Conflict, "catalog.changed_meanwhile",
		"그사이 {who} 님이 먼저 저장했어요. 적은 내용은 그대로 두었으니, 지금 값과 비교해 보고 다시 저장해 주세요.",
		"{who} saved this in the meantime. What you typed is still here: compare it with the current values, then save again.")
	ErrCodeTaken = errs.New(errs.Conflict, "catalog.code_taken",
		"이미 쓰고 있는 코드예요. 다른 코드를 적어 주세요.", "This code is in use. Please choose another.")
	ErrCode = errs.New(errs.Invalid, "catalog.bad_code",
		"코드는 소문자, 숫자, - _ . 만 64자까지 쓸 수 있어요.", "A code is made of lower-case letters, digits, - _ and ., at most 64 of them.")
	ErrNameMissing = errs.New(errs.Invalid, "catalog.name_missing",
		"한국어 이름을 적어 주세요.", "Please enter a Korean name.")
	ErrNameTooLong = errs.New(errs.Invalid, "catalog.name_too_long",
		"이름은 {max}자까지 쓸 수 있어요.", "A name has at most {max} characters.")
	ErrNameCharacters = errs.New(errs.Invalid, "catalog.name_characters",
		"이름에 쓸 수 없는 글자가 있어요.", "The name contains characters that cannot be used.")
	ErrPosition = errs.New(errs.Invalid, "catalog.bad_position",
		"순서는 1부터 1,000,000까지의 수로 적어 주세요.", "The position is a number from 1 to 1,000,000.")
	ErrPrice = errs.New(errs.Invalid, "catalog.price_out_of_range",
		"가격이 쓸 수 있는 범위를 벗어났어요.", "The price is outside the possible range.")

	ErrUnknownCategory = errs.New(errs.NotFound, "catalog.unknown_category",
		"'{code}' 분류가 없어요.", "There is no category \"{code}\".")
	ErrUnknownItem = errs.New(errs.NotFound, "catalog.unknown_item",
		"'{code}' 메뉴가 없어요.", "There is no item \"{code}\".")
	ErrUnknownSize = errs.New(errs.NotFound, "catalog.unknown_size",
		"'{item}' 메뉴에 '{code}' 사이즈가 없어요.", "Item \"{item}\" has no size \"{code}\".")
	ErrUnknownGroup = errs.New(errs.NotFound, "catalog.unknown_option_group",
		"'{code}' 옵션 그룹이 없어요.", "There is no option group \"{code}\".")
	ErrUnknownOption = errs.New(errs.NotFound, "catalog.unknown_option",
		"'{group}' 그룹에 '{code}' 옵션이 없어요.", "Option group \"{group}\" has no option \"{code}\".")
	ErrUnknownMaterial = errs.New(errs.NotFound, "catalog.unknown_material",
		"'{code}' 원부자재가 없어요.", "There is no material \"{code}\".")
	ErrUnknownSubRecipe = errs.New(errs.NotFound, "catalog.unknown_sub_recipe",
		"'{code}' 제조 재료(서브 레시피)가 없어요.", "There is no sub-recipe \"{code}\".")
	ErrUnknownVersion = errs.New(errs.NotFound, "catalog.unknown_version",
		"그 버전이 없어요.", "There is no such version.")

	ErrUnit = errs.New(errs.Invalid, "catalog.unknown_unit",
		"'{unit}' 단위를 몰라요. g, kg, ml, l, ea 또는 이 원부자재의 포장 이름을 적어 주세요.",
		"Unit \"{unit}\" is not known. Use g, kg, ml, l, ea or the name of one of the material's packs.")
	ErrConvert = errs.New(errs.Invalid, "catalog.unit_not_convertible",
		"{material}에는 '{unit}' 단위를 쓸 수 없어요. 기준 단위는 {base}이고, 밀도가 없으면 g과 ml를 서로 바꿀 수 없어요.",
		"{material} cannot be measured in \"{unit}\": its base unit is {base}, and without a density g and ml do not convert.")
	ErrQuantity = errs.New(errs.Invalid, "catalog.bad_quantity",
		"수량은 0보다 크고, 소수점 아래 세 자리까지여야 해요.", "The quantity must be above 0, with at most three decimal places.")
	ErrCycle = errs.New(errs.Conflict, "catalog.recipe_cycle",
		"레시피가 자기 자신을 재료로 써요: {path}", "The recipe contains itself: {path}")
)

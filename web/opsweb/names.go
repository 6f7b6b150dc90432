package opsweb

import (
	"context"
	"strings"

	"maru/internal/kernel/lang"
	"maru/web/webkit"
)

// contextNames are what people call the parts of the program.
var contextNames = map[string]lang.Text{
	"audit":     {Ko: "감사 기록", En: "Audit trail"},
	"catalog":   {Ko: "메뉴", En: "Menu"},
	"inventory": {Ko: "재고", En: "Stock"},
	"members":   {Ko: "회원·지점", En: "Members and stores"},
	"ordering":  {Ko: "주문", En: "Orders"},
	"stats":     {Ko: "매출", En: "Sales"},
}

// subscriptionNames say what a subscription does; each of the audit trail's copies what one part of the program records.
var subscriptionNames = map[string]lang.Text{
	"catalog.franchise":     {Ko: "본사 이름을 메뉴에", En: "Franchise to the menu"},
	"inventory.catalog":     {Ko: "메뉴와 레시피를 재고에", En: "Menu and recipes to stock"},
	"inventory.judging":     {Ko: "무엇이 품절인지 판단", En: "What is sold out"},
	"inventory.stock":       {Ko: "주문만큼 재고 줄이기", En: "Orders taken from stock"},
	"ordering.availability": {Ko: "품절을 주문 화면에", En: "Sold out to the registers"},
	"ordering.menu":         {Ko: "발행한 메뉴를 주문 화면에", En: "Menu to the registers"},
	"ordering.stores":       {Ko: "지점 정보를 주문에", En: "Stores to orders"},
	"stats.menu":            {Ko: "메뉴 이름을 매출에", En: "Menu names to sales"},
	"stats.sales":           {Ko: "주문을 매출에 더하기", En: "Orders added to sales"},
	"stats.stores":          {Ko: "지점 정보를 매출에", En: "Stores to sales"},
}

// contextName is the name of a part of the program, or its code where it has none.
func contextName(ctx context.Context, code string) string {
	if name, ok := contextNames[code]; ok {
		return webkit.T(ctx, name)
	}
	return code
}

// subscriptionName says what a subscription does, or its code where nobody said: of another version, say.
func subscriptionName(ctx context.Context, code string) string {
	if name, ok := subscriptionNames[code]; ok {
		return webkit.T(ctx, name)
	}
	if of, ok := strings.CutPrefix(code, "audit."); ok {
		return webkit.T(ctx, text.RecordOf.With("name", contextName(ctx, of)))
	}
	return code
}

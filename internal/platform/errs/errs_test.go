package errs_test

import (
	"errors"
	"fmt"
	"testing"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

var errSoldOut = errs.New(errs.Conflict, "test.sold_out", "{item} 품절이에요.", "{item} is sold out.")

func TestErrorStaysItselfWithFactsFieldsAndWrapping(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("place order: %w", errSoldOut.WithText("item", lang.Text{Ko: "라떼", En: "Latte"}).On("lines[0]"))
	if !errors.Is(err, errSoldOut) {
		t.Error("the filled and wrapped error is not the declared one any more")
	}
	other := errs.New(errs.Conflict, "test.other", "다른 오류", "Another")
	if errors.Is(err, other) {
		t.Error("two declared errors are the same")
	}
	e := errs.As(err)
	if e.Text.In(lang.Korean) != "라떼 품절이에요." || e.Text.In(lang.English) != "Latte is sold out." || e.Field != "lines[0]" {
		t.Errorf("got %q, %q on %q", e.Text.Ko, e.Text.En, e.Field)
	}
	if errSoldOut.Text.Ko != "{item} 품절이에요." || errSoldOut.Field != "" {
		t.Error("filling a copy changed the declared error")
	}
}

func TestWhatNobodyExpectedIsInternal(t *testing.T) {
	t.Parallel()
	if k := errs.KindOf(errors.New("disk on fire")); k != errs.Internal {
		t.Errorf("kind %d, want Internal", k)
	}
	if k := errs.KindOf(errs.Fields{errSoldOut}); k != errs.Conflict {
		t.Errorf("the kind of several errors is %d, want that of the first", k)
	}
}

package problem

import (
	"errors"

	"maru/internal/platform/errs"
)

// FieldsOf returns the per-input errors in err's chain, or nil.
func FieldsOf(err error) errs.Fields {
	var f errs.Fields
	if errors.As(err, &f) {
		return f
	}
	return nil
}

package webkit

import (
	"context"
	"fmt"

	"maru/internal/kernel/businessday"
	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

// Admit checks an access for a request that another router has taken over (see Mount): storeCode is
// the store of its path, empty where the access needs none. After it returned nil, StoreOf answers
// with that store. It returns ErrSignIn, ErrNeedsFactor, ErrForbidden, or problem.ErrNotFound for a store that is not
// the person's.
func Admit(ctx context.Context, access Access, storeCode string) error {
	v := view(ctx)
	if access.kind == public {
		return nil
	}
	if !v.principal.SignedIn() || v.principal.OnShared() { // a shared device is for its pages, not for programs
		return v.refuse(access, storeCode, ErrSignIn)
	}
	if v.principal.NeedsFactor {
		return v.refuse(access, storeCode, ErrNeedsFactor)
	}
	if access.NeedsStore() {
		if err := v.enterStore(ctx, storeCode); err != nil {
			return v.refuse(access, storeCode, err)
		}
	}
	if !access.admits(v) {
		return v.refuse(access, storeCode, ErrForbidden)
	}
	return nil
}

// enterStore makes the request one of a store. A store that is not the person's business does not
// exist for them: the answer is the same 404.
func (v *requestView) enterStore(ctx context.Context, code string) error {
	s, err := v.site.Stores.StoreByCode(ctx, code)
	if errs.KindOf(err) == errs.NotFound || err == nil && !v.principal.Reaches(s.ID) {
		return problem.ErrNotFound
	}
	if err != nil {
		return err
	}
	clock, err := businessday.NewClock(s.TimeZone, s.Cutoff)
	if err != nil {
		return fmt.Errorf("store %s: %w", s.Code, err)
	}
	v.store, v.clock, v.zone = &s, clock, clock.Zone()
	return nil
}

// RequestID returns the number under which the log knows the request.
func RequestID(ctx context.Context) string { return view(ctx).requestID }

// ClientAddress returns the address the request comes from: of the connection, or what a trusted proxy
// says.
func ClientAddress(ctx context.Context) string { return view(ctx).address }

// FranchiseName returns the name of the franchise in the language of the page.
func FranchiseName(ctx context.Context) string { return T(ctx, franchiseName(ctx)) }

package ordering_test

import (
	"errors"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres/pgtest"
)

// A client may reach a replica before it is ready. "There is no such store" would be a lie that is
// not tried again.
func TestAReplicaThatHasNotLoadedYetSaysSo(t *testing.T) {
	t.Parallel()
	s := ordering.New(pgtest.New(t).Context("ordering"), time.Now)
	_, err := s.Sellable(ids.NewStoreID())
	if !errors.Is(err, ordering.ErrStarting) || errs.KindOf(err) != errs.Unavailable {
		t.Errorf("got %v", err)
	}
}

package imports

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/errs"
)

func (im *salesImport) settleStores(ctx context.Context, s *survey, c *catalogue) error {
	stores, err := im.Members.Stores(ctx)
	if err != nil {
		return err
	}
	byName := nameIndex[membersapi.Store]{}
	codes := map[string]bool{}
	for _, store := range stores {
		byName.add(store, store.Code, store.Name)
		codes[store.Code] = true
	}
	for _, name := range slices.Sorted(maps.Keys(s.stores)) {
		store, ok := byName.find(name)
		if !ok {
			if !im.o.Create {
				continue
			}
			if store, err = im.openStore(ctx, name, codes); err != nil {
				return err
			}
			codes[store.Code] = true
			byName.add(store, store.Code, store.Name)
			c.newStores = append(c.newStores, name)
		}
		zone, err := time.LoadLocation(store.TimeZone)
		if err != nil {
			return fmt.Errorf("store %s: %w", store.Code, err)
		}
		c.stores[name] = &knownStore{id: store.ID, code: store.Code, zone: zone}
	}
	return nil
}

// ErrNoZone is for a file whose stores are to be created without saying where they are.
var ErrNoZone = errs.New(errs.Invalid, "imports.no_zone",
	"지점을 만들려면 시간대가 필요해요. --zone Asia/Seoul처럼 적어 주세요.", "Stores that are created need a time zone, such as --zone Asia/Seoul.")

func (im *salesImport) openStore(ctx context.Context, name string, codes map[string]bool) (membersapi.Store, error) {
	if im.o.Zone == "" {
		return membersapi.Store{}, ErrNoZone
	}
	cutoff, err := im.o.cutoff()
	if err != nil {
		return membersapi.Store{}, err
	}
	if _, err := businessday.NewClock(im.o.Zone, cutoff); err != nil {
		return membersapi.Store{}, members.ErrBadTimeZone.With("zone", im.o.Zone)
	}
	code := codeOf(name, 32, asciiLetter, func(code string) bool { return codes[code] })
	card := members.StoreCard{Name: lang.Text{Ko: name}, TimeZone: im.o.Zone, Cutoff: cutoff}
	if im.o.DryRun {
		return membersapi.Store{ID: ids.NewStoreID(), Code: code, Name: card.Name, TimeZone: card.TimeZone, Cutoff: cutoff}, nil
	}
	return im.Members.AddStore(ctx, im.by, members.AddStore{Code: code, StoreCard: card})
}

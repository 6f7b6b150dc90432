package members

import (
	"maru/internal/members/membersapi"
	"maru/internal/platform/outbox"
)

// Subscribe registers what members reacts to: its own events, on every replica, to keep the
// directory of stores in memory right. No other context's.
func (s *Service) Subscribe(subs *outbox.Subscriptions) {
	subs.TailFirst("members", s.directory.load, s.directory.follow,
		outbox.Of[membersapi.FranchiseFounded](),
		outbox.Of(outbox.From(1, membersapi.StoreOpenedFromV1)),
		outbox.Of(outbox.From(1, membersapi.StoreChangedFromV1)),
	)
}

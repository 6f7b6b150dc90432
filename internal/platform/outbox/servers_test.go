package outbox_test

import (
	"testing"

	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

func TestProducerAndSubscriberNeedNotShareADatabase(t *testing.T) {
	t.Parallel()
	here, there := newWorld(t), newWorld(t)
	cfg := pgtest.Config(here.url)
	cfg.URLs["inventory"] = there.url
	dbs, err := postgres.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(dbs.Close)
	here.dbs = dbs

	var subs outbox.Subscriptions
	subs.On("inventory.test", here.effects("inventory.test"), outbox.Of[happened]())
	d := here.dispatcher(&subs, outbox.WithPoll(never))
	must(t, d.Drain(t.Context()))
	here.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 2, Key: "b", N: 2, Bad: "error"}, happened{Lane: 1, Key: "c", N: 3})
	must(t, d.Drain(t.Context()))
	equal(t, nil, here.applied("inventory.test"))
	equal(t, []effect{{1, 1, "a", 1}, {1, 2, "c", 3}}, there.applied("inventory.test"))
	equal(t, []string{"2/1 1"}, here.parked(d))
}

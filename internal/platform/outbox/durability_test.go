package outbox_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/outbox"
)

// What a crash of the server takes back together with its cursor need not wait for the disk. What a subscription
// that rests writes does: people look at it meanwhile, and hashes of the trail leave the house.
func TestWhichRoundsWaitForTheDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, err := pgx.Connect(t.Context(), w.url)
	must(t, err)
	_, err = admin.Exec(t.Context(), "ALTER DATABASE "+pgx.Identifier{admin.Config().Database}.Sanitize()+` SET synchronous_commit = on;
		CREATE TABLE public.committed (subscription text, n bigint, setting text);
		GRANT ALL ON public.committed TO PUBLIC;
		CREATE FUNCTION public.commits() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO public.committed VALUES (NEW.subscription, NEW.n, current_setting('synchronous_commit'));
			RETURN NULL;
		END $$;
		CREATE CONSTRAINT TRIGGER commits AFTER INSERT ON inventory.test_effect DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.commits();
		CREATE CONSTRAINT TRIGGER commits AFTER INSERT ON audit.test_effect DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.commits();`)
	must(t, err)
	must(t, admin.Close(t.Context()))
	w = w.replica() // whose connections know
	var subs outbox.Subscriptions
	subs.On("inventory.test", w.effects("inventory.test"), outbox.Of[happened]())
	subs.OnEvery("audit.test", time.Millisecond, w.effects("audit.test"), outbox.Of[happened]())
	d := w.dispatcher(&subs)
	for n := range int64(3) { // the last rounds are as rounds nearly always are
		w.publish(happened{Lane: 3, Key: "a", N: n})
		must(t, d.Drain(t.Context()))
	}
	type commit struct{ Subscription, Setting string }
	equal(t, []commit{{"audit.test", "on"}, {"inventory.test", "off"}},
		collect[commit](w, "SELECT subscription, setting FROM public.committed WHERE n = 2 ORDER BY 1"))
}

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// followers are the subscriptions that every order goes through, with what they do.
var followers = []string{"inventory.stock", "stats.sales", "audit.ordering"}

// progress is how many events ordering has published, and how many each of the followers has applied.
type progress struct {
	published int64
	applied   []int64
}

// behind is how many events the follower that is furthest behind has not applied.
func (p progress) behind() int64 {
	most := int64(0)
	for _, n := range p.applied {
		most = max(most, p.published-n)
	}
	return most
}

func progressOf(ctx context.Context, conn *pgx.Conn) (progress, error) {
	p := progress{applied: make([]int64, len(followers))}
	columns, into := []string{"(SELECT sum(pos)::bigint FROM ordering.outbox_head)"}, []any{&p.published}
	for i, name := range followers {
		schema, _, _ := strings.Cut(name, ".")
		columns = append(columns, fmt.Sprintf("(SELECT coalesce(sum(pos), 0)::bigint FROM %s.outbox_cursor WHERE subscription = '%s')", schema, name))
		into = append(into, &p.applied[i])
	}
	return p, conn.QueryRow(ctx, "SELECT "+strings.Join(columns, ", ")).Scan(into...)
}

// applied waits until all followers have applied every event of ordering in a database.
func (b *bench) applied(ctx context.Context, database string, within time.Duration) error {
	_, err := b.followed(ctx, database, within)
	return err
}

// Looking costs the server as much as a small order. What is looked for closely is when stock is booked; sales and
// the trail rest for seconds, and would be charged for more looks than they have rounds.
const (
	lookClosely = 10 * time.Millisecond
	lookAround  = 250 * time.Millisecond
)

// followed is applied, and says when the first follower, which is stock, was done.
func (b *bench) followed(ctx context.Context, database string, within time.Duration) (stock time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err = b.pg.with(ctx, database, func(conn *pgx.Conn) error {
		for {
			p, err := progressOf(ctx, conn)
			if err != nil {
				return fmt.Errorf("wait for stock: %w", err)
			}
			pause := lookClosely
			if stock.IsZero() && p.applied[0] >= p.published {
				stock = time.Now()
			}
			if !stock.IsZero() {
				pause = lookAround
			}
			if p.behind() <= 0 {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%v are %v events behind %d after %s", followers, p.applied, p.published, within)
			case <-time.After(pause):
			}
		}
	})
	return stock, err
}

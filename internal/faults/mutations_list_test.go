package faults

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mutation is a mistake that somebody could make: the program with it loses, doubles or stops something.
type mutation struct {
	name string
	file string
	// edits are pairs of what is there and what is put in its place.
	edits [][2]string
	// pkg and test are the cheapest test that must fail with it.
	pkg, test string
}

const (
	dispatcher = "internal/platform/outbox"
	outboxSQL  = dispatcher + "/sql.go"
)

var mutations = []mutation{
	{
		"a cursor moves without looking where it was", outboxSQL,
		[][2]string{
			{"SET pos = $4\nWHERE lane = $1 AND subscription = $2 AND pos = $3`", "SET pos = $4\nWHERE lane = $1 AND subscription = $2 AND $3::bigint >= 0`"},
			{"\tWHERE lane = $1 AND subscription = $2 AND pos = $3\n\tRETURNING pos", "\tWHERE lane = $1 AND subscription = $2 AND $3::bigint >= 0\n\tRETURNING pos"},
		},
		dispatcher, "TestACursorThatWasMovedUnderItsLock",
	},
	{
		"effects are committed before the cursor moves", dispatcher + "/move.go",
		[][2]string{{
			"\tif err := b.tx.SendBatch(ctx, q).Close(); err != nil {\n\t\treturn err\n\t}\n\tif !atOnce {",
			"\tif _, err := b.tx.Exec(ctx, \"COMMIT AND CHAIN\"); err != nil {\n\t\treturn err\n\t}\n\tif err := b.tx.SendBatch(ctx, q).Close(); err != nil {\n\t\treturn err\n\t}\n\tif !atOnce {",
		}},
		dispatcher, "TestFaultInTheMiddleOfARound",
	},
	{
		"claims wait for replicas that have the lane", outboxSQL,
		[][2]string{
			{"FOR UPDATE SKIP LOCKED`),\n\t\tclaimMany", "FOR UPDATE`),\n\t\tclaimMany"},
			{"FOR UPDATE SKIP LOCKED`),\n\t\tclaimForeseen", "FOR UPDATE`),\n\t\tclaimForeseen"},
		},
		dispatcher, "TestALaneInWorkElsewhereHoldsUpNoOther",
	},
	{
		"lanes are claimed without a lock and cursors moved blindly", outboxSQL,
		[][2]string{
			{"FOR UPDATE SKIP LOCKED`),\n\t\tclaimMany", "`),\n\t\tclaimMany"},
			{"FOR UPDATE SKIP LOCKED`),\n\t\tclaimForeseen", "`),\n\t\tclaimForeseen"},
			{"SET pos = $4\nWHERE lane = $1 AND subscription = $2 AND pos = $3`", "SET pos = $4\nWHERE lane = $1 AND subscription = $2 AND $3::bigint >= 0`"},
			{"\tWHERE lane = $1 AND subscription = $2 AND pos = $3\n\tRETURNING pos", "\tWHERE lane = $1 AND subscription = $2 AND $3::bigint >= 0\n\tRETURNING pos"},
		},
		dispatcher, "TestALaneIsNotInWorkTwice",
	},
	{
		"a hole between positions is passed over, as a reader of sequences would", dispatcher + "/read.go",
		[][2]string{{"if int64(r.found[i]) != sp.upto-sp.after {", "if int64(r.found[i]) > sp.upto-sp.after {"}},
		dispatcher, "TestCheckerSeesPositionsThatDoNotFollowTheCommits|TestMissingEventsStopTheirLane",
	},
	{
		"a foreseen round does not ask where the cursor is", outboxSQL,
		[][2]string{
			{"WHERE lane = $1 AND subscription = $2 AND pos = $3 AND refused_pos IS DISTINCT FROM pos\n\tFOR UPDATE SKIP LOCKED", "WHERE lane = $1 AND subscription = $2 AND $3::bigint >= 0\n\tFOR UPDATE"},
			{"SET pos = $4\nWHERE lane = $1 AND subscription = $2 AND pos = $3`", "SET pos = $4\nWHERE lane = $1 AND subscription = $2 AND $3::bigint >= 0`"},
			{"\tWHERE lane = $1 AND subscription = $2 AND pos = $3\n\tRETURNING pos", "\tWHERE lane = $1 AND subscription = $2 AND $3::bigint >= 0\n\tRETURNING pos"},
		},
		dispatcher, "TestAForeseenRoundThatIsWrong",
	},
	{
		"a foreseen round does not ask whether something is parked", outboxSQL,
		[][2]string{{"\tWHERE p.lane = $1 AND p.subscription = $2))::int", "\tWHERE p.lane = $1 AND p.subscription = $2 AND false))::int"}},
		dispatcher, "TestAForeseenRoundThatIsWrong",
	},
	{
		"a position is read before the head is locked", outboxSQL,
		[][2]string{
			{"UPDATE {schema}.outbox_head\nSET pos = pos + $2\nWHERE lane = $1\nRETURNING lane, pos`", "SELECT lane, pos + $2\nFROM {schema}.outbox_head\nWHERE lane = $1`"},
			{
				"INSERT INTO {schema}.outbox (lane, pos, day, kind, version, key, payload, trace, at)\nSELECT $1::smallint, (SELECT h.pos FROM",
				"WITH moved AS (UPDATE {schema}.outbox_head SET pos = pos + 1 WHERE lane = $1::smallint)\n" +
					"INSERT INTO {schema}.outbox (lane, pos, day, kind, version, key, payload, trace, at)\nSELECT $1::smallint, (SELECT h.pos + 1 FROM",
			},
		},
		dispatcher, "TestConcurrentPublishersLeaveNoGaps",
	},
	{
		"nothing looks for events that nobody announced (poll off)", dispatcher + "/source.go",
		[][2]string{{"timer := time.NewTimer(jitter(interval))", "timer := time.NewTimer(jitter(interval) + time.Hour)"}},
		dispatcher, "TestPollFindsWhatNobodyAnnounced",
	},
	{
		"replicas wait for ever for the one that goes first", dispatcher + "/standby.go",
		[][2]string{{"\tif left {\n", "\tif left && past == nil {\n"}},
		dispatcher, "TestWhatTheFirstReplicaLeavesTheOthersApply",
	},
	{
		"a replica that was killed goes first for ever", dispatcher + "/notify.go",
		[][2]string{{"\t\t\t\tb.company.look(time.Now())\n", ""}},
		dispatcher, "TestAReplicaThatIsNotHeardForLongIsReplaced",
	},
	{
		"an address is taken for a replica", dispatcher + "/company.go",
		[][2]string{{"\tprocess, _, _ := strings.Cut(bell, \"/\")\n\treturn process\n", "\t_, _, _ = strings.Cut(bell, \"/\")\n\treturn bell\n"}},
		dispatcher, "TestOneReplicaGoesFirstAlsoWhereADatabaseHasSeveralAddresses|TestAReplicaWithSeveralAddressesIsOne",
	},
	{
		"news of a later event hide one of which none came", dispatcher + "/start.go",
		[][2]string{{"\t\tr.findMore()\n", "\t\t_ = pending\n"}},
		dispatcher, "TestNewsOfALaterEventHideNoEarlierOne",
	},
	{
		"the audit trail does not wait for the disk", dispatcher + "/move.go",
		[][2]string{{"\tif b.spec.every > 0 {", "\tif b.spec.every < 0 {"}},
		dispatcher, "TestWhichRoundsWaitForTheDisk",
	},
	{
		"an order that is sent twice at once is written twice in a transaction", "internal/ordering/intake.go",
		[][2]string{{" || slices.ContainsFunc(group, o.isCopyOf)", " || false && slices.ContainsFunc(group, o.isCopyOf)"}},
		"internal/ordering", "TestAnOrderThatWasSentTwiceIsInATransactionOnce",
	},
	{
		"later events of a parked key are applied", outboxSQL,
		[][2]string{{"FROM {schema}.outbox_parked_key\nWHERE lane = ANY((SELECT $1::smallint[])::smallint[]) AND subscription = $2`", "FROM {schema}.outbox_parked_key\nWHERE lane = ANY((SELECT $1::smallint[])::smallint[]) AND subscription = $2 AND false`"}},
		dispatcher, "TestPoisonParksItsKeyAndNothingElse",
	},
	{
		"later events of the same batch are not parked behind", dispatcher + "/park.go",
		[][2]string{{"\tb.blocked[it.keyInLane()] = true\n", ""}},
		dispatcher, "TestPoisonParksItsKeyAndNothingElse",
	},
	{
		"an error of the moment parks the event", dispatcher + "/failure.go",
		[][2]string{{"return transientState(pg.Code) || postgres.MissedPartition(pg)", "return postgres.MissedPartition(pg)"}},
		dispatcher, "TestTransientErrorsAreRetriedAndNeverPark",
	},
	{
		"a retry does not wait for the batch of its lane", outboxSQL,
		[][2]string{{"WHERE lane = $1 AND subscription = $2\nFOR UPDATE`", "WHERE lane = $1 AND subscription = $2`"}},
		dispatcher, "TestARetryWaitsForTheBatchThatIsInWork",
	},
	{
		"a retried event stays parked and is applied again", outboxSQL,
		[][2]string{{"deleteParked: in(`\nDELETE FROM {schema}.outbox_parked\nWHERE lane", "deleteParked: in(`\nDELETE FROM {schema}.outbox_parked\nWHERE false AND lane"}},
		dispatcher, "TestPoisonParksItsKeyAndNothingElse",
	},
	{
		"a handler's mistake parks the world", dispatcher + "/apply.go",
		[][2]string{{"case budget <= 0:", "case budget <= -1000:"}},
		dispatcher, "TestSubscriptionThatWouldParkTheWorldPauses",
	},
	{
		"events overtake one that must wait", dispatcher + "/apply.go",
		[][2]string{{"\t\t\twaiting[it.claim] = true\n\t\t\tit.claim.done = it.row.pos - 1\n", ""}},
		dispatcher, "TestEventThatMustWaitHoldsUpItsLaneOnly",
	},
	{
		"waiting counts as dying", dispatcher + "/round.go",
		[][2]string{{"\t\tb.takeBack(ctx, err) // while the lanes are locked: the next replica would believe the marks\n", ""}},
		dispatcher, "TestWaitingAtManyReplicasIsNotDying",
	},
	{
		"a tail that failed goes on where it was", dispatcher + "/tail.go",
		[][2]string{{"\t\t\tt.loaded = false\n", ""}},
		dispatcher, "TestTailLoadsAgainWhenItLostTheThread",
	},
	{
		"a receipt that is sent again is booked again or refused", "internal/inventory/document.go",
		[][2]string{{"if first, ok, err := bookedBefore(ctx, q, doc); ok || err != nil {", "if first, ok, err := bookedBefore(ctx, q, doc); ok && false || err != nil {"}},
		"internal/inventory", "TestTheSameReceiptAgain",
	},
	{
		"orders that were placed are not looked for", "internal/ordering/commit_orders.go",
		[][2]string{{"\t\t\tanswers[group[i]] = group[i].again(r)\n", "\t\t\t_ = r\n"}},
		"internal/ordering", "TestSameIDIsAnsweredWithTheFirstAnswer",
	},
	{
		"stock moves in a transaction of its own", "internal/inventory/ledger.go",
		[][2]string{{
			"\tgot, err := inventorydb.HoldAndMove(ctx, tx, uuidsOf(stores), moveParams(keys, deltas, at))\n",
			"\town, err := s.db.Begin(ctx)\n\tif err != nil {\n\t\treturn nil, nil, nil, err\n\t}\n" +
				"\tgot, err := inventorydb.HoldAndMove(ctx, own, uuidsOf(stores), moveParams(keys, deltas, at))\n\tif err == nil {\n\t\terr = own.Commit(ctx)\n\t}\n",
		}},
		"internal/inventory", "TestAnOrderIsDeductedOnceWhereverTheServerDies",
	},
	{
		"sales are booked without looking whatever is left", "internal/inventory/internal/inventorydb/stock.sql.go",
		[][2]string{{"        AND (NOT s.tracked OR s.on_hand < 0 OR s.on_hand + d.milli >= GREATEST(d.floor, m.low))\n", ""}},
		"internal/inventory", "TestWhatAnotherReplicaChangedIsNotTakenForGranted",
	},
	{
		"a subscription rests however much waits", dispatcher + "/plan.go",
		[][2]string{{"return r.waiting(now) < int64(r.limit) || r.givesWay()", "return r.waiting(now) >= 0 || r.givesWay()"}},
		dispatcher, "TestARestEndsWhenABatchWaits",
	},
	{
		"the trail gives way to nobody", dispatcher + "/plan.go",
		[][2]string{{"return slices.ContainsFunc(r.sooner, func(other *runner) bool { return other.hurries.Load() })", "return false"}},
		dispatcher, "TestTheLastGivesWay",
	},
	{
		"an order is moved, and told after the commit", "internal/ordering/move_order.go",
		[][2]string{
			{"\tnow := s.now()\n\terr := s.db.InTx(", "\tnow := s.now()\n\tvar told orderingapi.OrderStatusChanged\n\terr := s.db.InTx("},
			{
				"\t\treturn outbox.Publish(ctx, tx, orderingapi.OrderStatusChanged{\n", "\t\ttold = orderingapi.OrderStatusChanged{\n",
			},
			{
				"At: now.UTC(), By: by.Member, Device: by.Session, Program: by.Program(),\n\t\t})\n\t})\n\treturn wrap",
				"At: now.UTC(), By: by.Member, Device: by.Session, Program: by.Program(),\n\t\t}\n\t\treturn nil\n\t})\n\tif err == nil {\n" +
					"\t\terr = s.db.InTx(ctx, func(tx pgx.Tx) error { return outbox.Publish(ctx, tx, told) })\n\t}\n\treturn wrap",
			},
		},
		"internal/ordering", "TestWhatCannotBeToldDoesNotHappen",
	},
	{
		"an order is stored whatever limits it was priced by", "internal/ordering/internal/orderingdb/orders.sql.go",
		[][2]string{{
			"VALUES ($1, $2, $3, 1, $4)\nON CONFLICT (lane, store_id, business_date) DO UPDATE\nSET last = CASE WHEN pickup_counter.limit_revision = excluded.limit_revision THEN pickup_counter.last + excluded.last END",
			"VALUES ($1, $2, $3, 1, $4)\nON CONFLICT (lane, store_id, business_date) DO UPDATE\nSET last = pickup_counter.last + excluded.last",
		}},
		"internal/ordering", "TestALimitHoldsWhereNobodyHasHeardOfIt",
	},
	{
		"what a newer program published is parked by an older one", dispatcher + "/kind.go",
		[][2]string{{"return nil, Later(fmt.Errorf(\"version %d of %s is newer", "return nil, error(fmt.Errorf(\"version %d of %s is newer"}},
		dispatcher, "TestEventOfANewerProgramWaitsForOne",
	},
}

// newer makes of the program the one of a next release: what it publishes of an order is of version 2, and of version 1
// it reads what the release before published.
var newer = []mutation{
	{
		name: "orders are accepted in version 2", file: "internal/ordering/orderingapi/events.go",
		edits: [][2]string{{"func (OrderAccepted) EventVersion() int     { return 1 }", "func (OrderAccepted) EventVersion() int     { return 2 }"}},
	},
	{
		name: "version 1 is read as well", file: dispatcher + "/kind.go",
		edits: [][2]string{{"if version != zero.EventVersion() {", "if version < 1 {"}},
	},
}

// A mutation whose place has moved would prove nothing: whoever changes that place finds it here.
func TestMutationsFitTheProgram(t *testing.T) {
	t.Parallel()
	for _, m := range slices.Concat(mutations, newer) {
		source, err := os.ReadFile(filepath.Join("..", "..", m.file))
		if err != nil {
			t.Fatal(err)
		}
		m.apply(t, string(source))
	}
}

// apply returns the mutated file.
func (m mutation) apply(t testing.TB, source string) string {
	t.Helper()
	for _, e := range m.edits {
		if strings.Count(source, e[0]) != 1 {
			t.Errorf("%s: %s does not have this once, so write the mutation anew:\n%s", m.name, m.file, e[0])
		}
		source = strings.Replace(source, e[0], e[1], 1)
	}
	return source
}

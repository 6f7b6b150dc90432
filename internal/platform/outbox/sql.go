package outbox

import (
	"regexp"
	"strings"

	"maru/internal/platform/postgres"
)

// statementsOf holds the SQL for one context's schema. Everything in it names one lane wherever rows
// are locked or written, so that it also runs where the tables are distributed by lane.
type statementsOf struct {
	takePositions     string
	takeManyPositions string
	insertEvent       string
	insertEvents      string

	heads      string
	at         string
	readEvents string
	oldest     string

	cursors      string
	insertCursor string
	setSource    string
	refuse       string
	claim        string
	marks        string
	putMarks     string
	deleteMark   string
	others       string

	states       string
	parkedStates string
	keyStates    string
	markStates   string
	setCursor    string
	renameCursor string
	renameParked string
	renameKeys   string
	forgetCursor string
	forgetParked string
	forgetKeys   string
	lockCursor   string
	moveCursor   string
	// moveCursorOrFail fails where moveCursor finds no row.
	moveCursorOrFail string

	parkedKeys      string
	recentlyParked  string
	insertParked    string
	insertParkedKey string
	deleteParkedKey string
	parkedCount     string
	parkedList      string
	parkedOf        string
	skipped         string
	forgetUnskipped string
	lockCursors     string
	takeCursors     string
	parkedOfKey     string
	parkedAt        string
	lanesOfKey      string
	deleteParked    string
	failParked      string
	skipParked      string
}

// statements is the SQL of every context, by schema. It is made once, and only from names that need
// no quoting.
var statements = makeStatements(postgres.Contexts)

var plainName = regexp.MustCompile(`^[a-z][a-z_]*$`)

func makeStatements(contexts []string) map[string]*statementsOf {
	all := make(map[string]*statementsOf, len(contexts))
	for _, name := range contexts {
		if !plainName.MatchString(name) {
			panic("outbox: a context's name must be usable as a schema without quoting: " + name)
		}
		all[name] = statementsFor(name)
	}
	return all
}

func statementsFor(schema string) *statementsOf {
	in := func(sql string) string { return strings.ReplaceAll(sql, "{schema}", schema) }
	return &statementsOf{
		takePositions: in(`
UPDATE {schema}.outbox_head
SET pos = pos + $2
WHERE lane = $1`),
		// The rows are locked in ascending order before any of them is moved: the UPDATE itself would take
		// them as its join happens to come.
		takeManyPositions: in(`
WITH locked AS MATERIALIZED (
	SELECT lane
	FROM {schema}.outbox_head
	WHERE lane = ANY($1::smallint[])
	ORDER BY lane
	FOR UPDATE
)
UPDATE {schema}.outbox_head AS h
SET pos = h.pos + taken.n
FROM unnest($1::smallint[], $2::int[]) AS taken (lane, n)
JOIN locked ON locked.lane = taken.lane
WHERE h.lane = taken.lane`),
		// $2 counts back from the head: the last of the events taken together is 0. A lane without a head
		// gives NULL, which the column refuses: where nobody can look at the row counts before the commit,
		// this is what keeps an event from being lost.
		insertEvent: in(`
INSERT INTO {schema}.outbox (lane, pos, day, kind, version, key, payload, trace, at)
SELECT $1::smallint, (SELECT h.pos FROM {schema}.outbox_head h WHERE h.lane = $1::smallint) - $2::int,
	$3::date, $4::text, $5::smallint, $6::text, $7::json, $8::text, $9::timestamptz`),
		insertEvents: in(`
INSERT INTO {schema}.outbox (lane, pos, day, kind, version, key, payload, trace, at)
SELECT e.lane, (SELECT h.pos FROM {schema}.outbox_head h WHERE h.lane = e.lane) - e.back,
	$8::date, e.kind, e.version, e.key, e.payload::json, e.trace, $9::timestamptz
FROM (
	SELECT unnest($1::smallint[]) AS lane, unnest($2::int[]) AS back, unnest($3::text[]) AS kind, unnest($4::smallint[]) AS version,
		unnest($5::text[]) AS key, unnest($6::text[]) AS payload, unnest($7::text[]) AS trace
) AS e`),

		heads: in(`
SELECT array_agg(lane), array_agg(pos)
FROM {schema}.outbox_head`),
		readEvents: in(`
SELECT pos, day, kind, version, key, CASE WHEN kind = ANY($5::text[]) THEN payload END, trace, at
FROM {schema}.outbox
WHERE lane = $1 AND pos > $2 AND pos <= $3 AND day >= $4
ORDER BY pos
LIMIT $6`),
		at: in(`
SELECT at, kind, version
FROM {schema}.outbox
WHERE lane = $1 AND pos = $2 AND day >= $3`),
		oldest: in(`
SELECT pos
FROM {schema}.outbox
WHERE lane = $1
ORDER BY pos
LIMIT 1`),

		cursors: in(`
SELECT lane, pos, refused_pos IS NOT DISTINCT FROM pos, source IS NULL
FROM {schema}.outbox_cursor
WHERE subscription = $1`),
		insertCursor: in(`
INSERT INTO {schema}.outbox_cursor (lane, subscription, pos, source)
VALUES ($1, $2, $3, $4)
ON CONFLICT (lane, subscription) DO NOTHING`),
		setSource: in(`
UPDATE {schema}.outbox_cursor
SET source = $3
WHERE lane = $1 AND subscription = $2`),
		refuse: in(`
UPDATE {schema}.outbox_cursor
SET refused_pos = pos, refused_head = $4, refused_at = $5
WHERE lane = $1 AND subscription = $2 AND pos = $3`),
		claim: in(`
SELECT pos
FROM {schema}.outbox_cursor
WHERE lane = $1 AND subscription = $2 AND refused_pos IS DISTINCT FROM pos
FOR UPDATE SKIP LOCKED`),
		marks: in(`
SELECT lane, upto, pos, attempts, run
FROM {schema}.outbox_mark
WHERE lane = ANY($1::smallint[]) AND subscription = $2`),
		putMarks: in(`
INSERT INTO {schema}.outbox_mark (lane, subscription, upto, pos, attempts, run, at)
SELECT m.lane, $2, m.upto, $4, $5, $6, $7
FROM unnest($1::smallint[], $3::bigint[]) AS m (lane, upto)
ON CONFLICT (lane, subscription) DO UPDATE SET
	upto = excluded.upto, pos = excluded.pos, attempts = excluded.attempts, run = excluded.run, at = excluded.at`),
		deleteMark: in(`
DELETE FROM {schema}.outbox_mark
WHERE lane = $1 AND subscription = $2`),
		others: in(`
SELECT subscription
FROM {schema}.outbox_cursor
WHERE lane = 0
ORDER BY subscription`),
		lockCursor: in(`
SELECT pos
FROM {schema}.outbox_cursor
WHERE lane = $1 AND subscription = $2
FOR UPDATE`),
		moveCursor: in(`
UPDATE {schema}.outbox_cursor
SET pos = $4
WHERE lane = $1 AND subscription = $2 AND pos = $3`),

		moveCursorOrFail: in(`
WITH moved AS (
	UPDATE {schema}.outbox_cursor
	SET pos = $4
	WHERE lane = $1 AND subscription = $2 AND pos = $3
	RETURNING pos
)
SELECT 1 / count(*)
FROM moved`),
		states: in(`
SELECT subscription, lane, pos, COALESCE(source, ''), refused_pos IS NOT DISTINCT FROM pos, COALESCE(refused_head, 0)
FROM {schema}.outbox_cursor`),
		parkedStates: in(`
SELECT subscription, count(*) FILTER (WHERE skipped_at IS NULL), count(*) FILTER (WHERE skipped_at IS NOT NULL)
FROM {schema}.outbox_parked
GROUP BY subscription`),
		keyStates: in(`
SELECT subscription, count(*), count(*) FILTER (WHERE parked_at > $1)
FROM {schema}.outbox_parked_key
GROUP BY subscription`),
		markStates: in(`
SELECT subscription, count(*)
FROM {schema}.outbox_mark
GROUP BY subscription`),
		setCursor: in(`
UPDATE {schema}.outbox_cursor
SET pos = $3, refused_pos = NULL, refused_head = NULL, refused_at = NULL
WHERE lane = $1 AND subscription = $2`),
		renameCursor: in(`
UPDATE {schema}.outbox_cursor
SET subscription = $3
WHERE lane = $1 AND subscription = $2`),
		renameParked: in(`
UPDATE {schema}.outbox_parked
SET subscription = $3
WHERE lane = $1 AND subscription = $2`),
		renameKeys: in(`
UPDATE {schema}.outbox_parked_key
SET subscription = $3
WHERE lane = $1 AND subscription = $2`),
		forgetCursor: in(`
DELETE FROM {schema}.outbox_cursor
WHERE lane = $1 AND subscription = $2`),
		forgetParked: in(`
DELETE FROM {schema}.outbox_parked
WHERE lane = $1 AND subscription = $2`),
		forgetKeys: in(`
DELETE FROM {schema}.outbox_parked_key
WHERE lane = $1 AND subscription = $2`),

		parkedKeys: in(`
SELECT lane, key
FROM {schema}.outbox_parked_key
WHERE lane = ANY($1::smallint[]) AND subscription = $2`),
		recentlyParked: in(`
SELECT count(*)
FROM {schema}.outbox_parked_key
WHERE subscription = $1 AND parked_at > $2`),
		insertParked: in(`
INSERT INTO {schema}.outbox_parked (lane, subscription, pos, source, kind, version, key, payload, trace, at, error, attempts, parked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`),
		insertParkedKey: in(`
INSERT INTO {schema}.outbox_parked_key (lane, subscription, key, parked_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (lane, subscription, key) DO NOTHING`),
		deleteParkedKey: in(`
DELETE FROM {schema}.outbox_parked_key
WHERE lane = $1 AND subscription = $2 AND key = $3`),
		parkedCount: in(`
SELECT count(*)
FROM {schema}.outbox_parked
WHERE subscription = $1 AND skipped_at IS NULL`),
		parkedList: in(`
SELECT lane, subscription, pos, source, kind, version, key, payload, trace, at, error, attempts, parked_at
FROM {schema}.outbox_parked
WHERE skipped_at IS NULL
ORDER BY subscription, lane, pos
LIMIT $1`),
		skipped: in(`
SELECT lane, pos
FROM {schema}.outbox_parked
WHERE subscription = $1 AND skipped_at IS NOT NULL`),
		// What the live one gave up stays given up; what else it parked, $2 has tried again.
		forgetUnskipped: in(`
DELETE FROM {schema}.outbox_parked p
WHERE p.subscription = $1 AND p.skipped_at IS NULL
	OR p.subscription = $2 AND EXISTS (
		SELECT 1 FROM {schema}.outbox_parked s
		WHERE s.lane = p.lane AND s.pos = p.pos AND s.subscription = $1 AND s.skipped_at IS NOT NULL)`),
		lockCursors: in(`
SELECT pos
FROM {schema}.outbox_cursor
WHERE subscription = $1
ORDER BY lane
FOR UPDATE`),
		takeCursors: in(`
UPDATE {schema}.outbox_cursor c
SET pos = b.pos, refused_pos = NULL, refused_head = NULL, refused_at = NULL
FROM {schema}.outbox_cursor b
WHERE c.subscription = $1 AND b.subscription = $2 AND b.lane = c.lane`),
		parkedOf: in(`
SELECT lane, key
FROM {schema}.outbox_parked_key
WHERE subscription = $1
ORDER BY lane, key`),
		parkedOfKey: in(`
SELECT lane, subscription, pos, source, kind, version, key, payload, trace, at, error, attempts, parked_at
FROM {schema}.outbox_parked
WHERE lane = $1 AND subscription = $2 AND key = $3 AND skipped_at IS NULL
ORDER BY pos
LIMIT $4`),
		parkedAt: in(`
SELECT key
FROM {schema}.outbox_parked
WHERE lane = $1 AND subscription = $2 AND pos = $3 AND skipped_at IS NULL`),
		lanesOfKey: in(`
SELECT lane
FROM {schema}.outbox_parked_key
WHERE subscription = $1 AND key = $2
ORDER BY lane`),
		deleteParked: in(`
DELETE FROM {schema}.outbox_parked
WHERE lane = $1 AND subscription = $2 AND pos = $3`),
		failParked: in(`
UPDATE {schema}.outbox_parked
SET error = $4, attempts = attempts + 1
WHERE lane = $1 AND subscription = $2 AND pos = $3`),
		skipParked: in(`
UPDATE {schema}.outbox_parked
SET skipped_at = $4, skip_reason = $5
WHERE lane = $1 AND subscription = $2 AND pos = $3 AND skipped_at IS NULL`),
	}
}

package outbox

import (
	"regexp"
	"strings"

	"maru/internal/platform/postgres"
)

// statementsOf holds the SQL for one context's schema. What a round of one lane locks and writes is named by
// "lane = $1", so that it also runs where the tables are distributed by lane.
type statementsOf struct {
	takePositions     string
	takeManyPositions string
	insertEvent       string
	insertEvents      string

	heads      string
	at         string
	readEvents string
	// readManyEvents is readEvents for several lanes: a statement each costs three times as much where a lane
	// has one event.
	readManyEvents string
	oldest         string
	atMany         string // at for several lanes

	cursors      string
	openCursors  string // of lanes that are not refused
	insertCursor string
	setSource    string
	refuse       string
	claim        string
	claimMany    string
	// claimForeseen and claimManyForeseen fail where a cursor is not where it is said to be, is locked or
	// refused, or something is parked in its lane. A cursor that has not moved since it was last seen says
	// that nothing was parked since either: both are in one snapshot.
	claimForeseen     string
	claimManyForeseen string
	marks             string
	putMarks          string
	deleteMark        string
	deleteMarks       string
	others            string

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
	// moveCursors moves those of several lanes, if all are where they are said to be.
	moveCursors string
	// moveCursorOrFail and moveCursorsOrFail fail where the ones above move less than they were told to.
	moveCursorOrFail  string
	moveCursorsOrFail string

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

	passed      string
	everParked  string
	lastOfKinds string
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
WHERE lane = $1
RETURNING lane, pos`),
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
WHERE h.lane = taken.lane
RETURNING h.lane, h.pos`),
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
	SELECT unnest((SELECT $1::smallint[])) AS lane, unnest($2::int[]) AS back, unnest($3::text[]) AS kind, unnest($4::smallint[]) AS version,
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
		readManyEvents: in(`
SELECT s.lane, e.pos, e.day, e.kind, e.version, e.key, CASE WHEN e.kind = ANY($5::text[]) THEN e.payload END, e.trace, e.at
FROM (SELECT unnest($1::smallint[]) AS lane, unnest($2::bigint[]) AS after, unnest($3::bigint[]) AS upto) AS s
CROSS JOIN LATERAL (
	SELECT *
	FROM {schema}.outbox AS o
	WHERE o.lane = s.lane AND o.pos > s.after AND o.pos <= s.upto AND o.day >= $4
	ORDER BY o.pos
	LIMIT $6
) AS e`),
		at: in(`
SELECT at, kind, version
FROM {schema}.outbox
WHERE lane = $1 AND pos = $2 AND day >= $3`),
		atMany: in(`
SELECT s.lane, s.pos, e.at, e.kind, e.version
FROM (SELECT unnest($1::smallint[]) AS lane, unnest($2::bigint[]) AS pos) AS s
CROSS JOIN LATERAL (
	SELECT o.at, o.kind, o.version
	FROM {schema}.outbox AS o
	WHERE o.lane = s.lane AND o.pos = s.pos AND o.day >= $3
	LIMIT 1
) AS e`),
		oldest: in(`
SELECT pos
FROM {schema}.outbox
WHERE lane = $1
ORDER BY pos
LIMIT 1`),

		cursors: in(`
SELECT COALESCE(array_agg(lane), '{}'), COALESCE(array_agg(pos), '{}'),
	COALESCE(array_agg(refused_pos IS NOT DISTINCT FROM pos), '{}'), COALESCE(array_agg(source IS NULL), '{}')
FROM {schema}.outbox_cursor
WHERE subscription = $1`),
		openCursors: in(`
SELECT COALESCE(array_agg(lane), '{}'), COALESCE(array_agg(pos), '{}')
FROM {schema}.outbox_cursor
WHERE subscription = $1 AND refused_pos IS DISTINCT FROM pos`),
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
		claimMany: in(`
SELECT lane, pos
FROM {schema}.outbox_cursor
WHERE lane = ANY((SELECT $1::smallint[])::smallint[]) AND subscription = $2 AND refused_pos IS DISTINCT FROM pos
FOR UPDATE SKIP LOCKED`),
		claimForeseen: in(`
SELECT 1 / (count(*) = 1 AND NOT EXISTS (
	SELECT FROM {schema}.outbox_parked_key p
	WHERE p.lane = $1 AND p.subscription = $2))::int
FROM (
	SELECT
	FROM {schema}.outbox_cursor
	WHERE lane = $1 AND subscription = $2 AND pos = $3 AND refused_pos IS DISTINCT FROM pos
	FOR UPDATE SKIP LOCKED
) AS claimed`),
		claimManyForeseen: in(`
SELECT 1 / (count(*) = cardinality($1::smallint[]) AND NOT EXISTS (
	SELECT FROM {schema}.outbox_parked_key p
	WHERE p.lane = ANY($1::smallint[]) AND p.subscription = $2))::int
FROM (
	SELECT
	FROM {schema}.outbox_cursor AS c
	JOIN unnest($1::smallint[], $3::bigint[]) AS foreseen (lane, pos) ON foreseen.lane = c.lane AND foreseen.pos = c.pos
	WHERE c.subscription = $2 AND c.refused_pos IS DISTINCT FROM c.pos
	FOR UPDATE OF c SKIP LOCKED
) AS claimed`),
		marks: in(`
SELECT lane, upto, pos, attempts, run
FROM {schema}.outbox_mark
WHERE lane = ANY((SELECT $1::smallint[])::smallint[]) AND subscription = $2`),
		putMarks: in(`
INSERT INTO {schema}.outbox_mark (lane, subscription, upto, pos, attempts, run, at)
SELECT m.lane, $2, m.upto, $4, $5, $6, $7
FROM unnest($1::smallint[], $3::bigint[]) AS m (lane, upto)
ON CONFLICT (lane, subscription) DO UPDATE SET
	upto = excluded.upto, pos = excluded.pos, attempts = excluded.attempts, run = excluded.run, at = excluded.at`),
		deleteMark: in(`
DELETE FROM {schema}.outbox_mark
WHERE lane = $1 AND subscription = $2`),
		deleteMarks: in(`
DELETE FROM {schema}.outbox_mark
WHERE lane = ANY((SELECT $1::smallint[])::smallint[]) AND subscription = $2`),
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
SELECT 1 / count(*), set_config('synchronous_commit', COALESCE($5, current_setting('synchronous_commit')), true)
FROM moved`),
		moveCursors: in(`
UPDATE {schema}.outbox_cursor AS c
SET pos = m.upto
FROM unnest($1::smallint[], $3::bigint[], $4::bigint[]) AS m (lane, was, upto)
WHERE c.lane = m.lane AND c.subscription = $2 AND c.pos = m.was`),
		moveCursorsOrFail: in(`
WITH moved AS (
	UPDATE {schema}.outbox_cursor AS c
	SET pos = m.upto
	FROM unnest($1::smallint[], $3::bigint[], $4::bigint[]) AS m (lane, was, upto)
	WHERE c.lane = m.lane AND c.subscription = $2 AND c.pos = m.was
	RETURNING 1
)
SELECT 1 / (count(*) = cardinality($1::smallint[]))::int, set_config('synchronous_commit', COALESCE($5, current_setting('synchronous_commit')), true)
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
SELECT m.subscription, count(*)
FROM {schema}.outbox_mark AS m
JOIN {schema}.outbox_cursor AS c USING (lane, subscription)
WHERE m.upto > c.pos
GROUP BY m.subscription`),
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
WHERE lane = ANY((SELECT $1::smallint[])::smallint[]) AND subscription = $2`),
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
WHERE skipped_at IS NULL AND (subscription, lane, pos) > ($2::text, $3::smallint, $4::bigint)
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

		passed: in(`
SELECT COALESCE(array_agg(lane), '{}'), COALESCE(array_agg(pos), '{}')
FROM {schema}.outbox_cursor
WHERE subscription = $1 AND pos > 0`),
		everParked: in(`
SELECT COALESCE(array_agg(lane), '{}'), COALESCE(array_agg(pos), '{}')
FROM {schema}.outbox_parked
WHERE subscription = $1`),
		lastOfKinds: in(`
SELECT c.lane, c.pos, COALESCE(n.pos, 0), COALESCE(e.pos, 0), COALESCE(e.kind, '')
FROM (SELECT unnest($1::smallint[]) AS lane, unnest($2::bigint[]) AS pos) AS c
LEFT JOIN LATERAL (
	SELECT o.pos
	FROM {schema}.outbox AS o
	WHERE o.lane = c.lane AND o.pos <= c.pos
	ORDER BY o.pos DESC
	LIMIT 1
) AS n ON true
LEFT JOIN LATERAL (
	SELECT o.pos, o.kind
	FROM {schema}.outbox AS o
	WHERE o.lane = c.lane AND o.pos <= c.pos AND o.kind = ANY($3::text[])
		AND (o.lane, o.pos) NOT IN (SELECT unnest($4::smallint[]), unnest($5::bigint[]))
	ORDER BY o.pos DESC
	LIMIT 1
) AS e ON true
ORDER BY c.lane`),
	}
}

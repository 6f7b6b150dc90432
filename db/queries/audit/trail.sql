-- name: LockHead :one
SELECT day, n, hash, key_id
FROM audit.head
WHERE source = @source
FOR UPDATE;

-- name: BeginChain :exec
INSERT INTO audit.head (source, day, n, hash, key_id)
VALUES (@source, @day, 0, ''::bytea, @key_id)
ON CONFLICT (source) DO NOTHING;

-- name: MoveHead :exec
UPDATE audit.head
SET day = @day, n = @n, hash = @hash, key_id = @key_id
WHERE source = @source;

-- name: PutChainDay :exec
INSERT INTO audit.chain_day (source, day, n, hash, key_id)
VALUES (@source, @day, @n, @hash, @key_id)
ON CONFLICT (source, day) DO UPDATE
SET n = excluded.n, hash = excluded.hash;

-- name: AddEntries :exec
INSERT INTO audit.entry (entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action,
    object_kind, object_id, object_name, store_id, note, before, after, source_lane, source_pos, hash)
SELECT
    unnest(@entry_ids::uuid[]),
    @source,
    @day,
    unnest(@ns::bigint[]),
    unnest(@ats::timestamptz[]),
    unnest(@member_ids::uuid[]),
    unnest(@actors::text[]),
    unnest(@roles::text[]),
    unnest(@session_ids::uuid[]),
    unnest(@addresses::text[]),
    unnest(@actions::text[]),
    unnest(@object_kinds::text[]),
    unnest(@object_ids::text[]),
    unnest(@object_names::text[]),
    unnest(@store_ids::uuid[]),
    unnest(@notes::text[]),
    nullif(unnest(@befores::text[]), '')::json,
    nullif(unnest(@afters::text[]), '')::json,
    unnest(@lanes::smallint[]),
    unnest(@positions::bigint[]),
    unnest(@hashes::bytea[]);

-- name: PutPersons :exec
-- Sorted by id, so that two batches wait for each other in the same order.
INSERT INTO audit.person (member_id, name, last_at)
SELECT unnest(@member_ids::uuid[]), unnest(@names::text[]), @last_at
ON CONFLICT (member_id) DO UPDATE
SET name = excluded.name, last_at = excluded.last_at
WHERE person.name <> excluded.name OR person.last_at < excluded.last_at - interval '1 day';

-- name: PersonNames :many
SELECT member_id, name
FROM audit.person
WHERE member_id = ANY(@member_ids::uuid[]);

-- name: FindPersons :many
SELECT member_id, name
FROM audit.person
WHERE lower(name) LIKE @pattern
ORDER BY last_at DESC
LIMIT @at_most;

-- name: Entries :many
-- This and the four after it are one search, by the index that serves it. As one statement with (no x OR column = x)
-- a plan that does not know the values walks the whole trail: 557 ms over 1,000,000 entries instead of 1 ms, and an
-- object takes 248 ms even with a plan of its own, since its index holds everything but orders.
SELECT entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id,
    object_name, store_id, note, before, after, source_lane, source_pos, hash
FROM audit.entry
WHERE entry_id >= @from_id AND entry_id < @to_id
  AND (@action::text = '' OR action = @action::text)
ORDER BY entry_id DESC
LIMIT @at_most;

-- name: EntriesOfMembers :many
SELECT entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id,
    object_name, store_id, note, before, after, source_lane, source_pos, hash
FROM audit.entry
WHERE member_id = ANY(@member_ids::uuid[])
  AND entry_id >= @from_id AND entry_id < @to_id
  AND (@action::text = '' OR action = @action::text)
  AND (@object_id::text = '' OR object_id = @object_id::text)
  AND (@store_id::uuid = '00000000-0000-0000-0000-000000000000' OR store_id = @store_id::uuid)
ORDER BY entry_id DESC
LIMIT @at_most;

-- name: EntriesOfStore :many
SELECT entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id,
    object_name, store_id, note, before, after, source_lane, source_pos, hash
FROM audit.entry
WHERE store_id = @store_id AND store_id <> '00000000-0000-0000-0000-000000000000'
  AND entry_id >= @from_id AND entry_id < @to_id
  AND (@action::text = '' OR action = @action::text)
  AND (@object_id::text = '' OR object_id = @object_id::text)
ORDER BY entry_id DESC
LIMIT @at_most;

-- name: EntriesOfObject :many
SELECT entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id,
    object_name, store_id, note, before, after, source_lane, source_pos, hash
FROM audit.entry
WHERE object_id = @object_id AND object_kind <> 'order'
  AND entry_id >= @from_id AND entry_id < @to_id
  AND (@action::text = '' OR action = @action::text)
ORDER BY entry_id DESC
LIMIT @at_most;

-- name: EntriesOfOrder :many
-- Orders have no index of their own: the caller knows from the id when the order was.
SELECT entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id,
    object_name, store_id, note, before, after, source_lane, source_pos, hash
FROM audit.entry
WHERE object_id = @object_id AND object_kind = 'order'
  AND entry_id >= @from_id AND entry_id < @to_id
  AND (@action::text = '' OR action = @action::text)
ORDER BY entry_id DESC
LIMIT @at_most;

-- name: EntryByID :one
SELECT entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id,
    object_name, store_id, note, before, after, source_lane, source_pos, hash
FROM audit.entry
WHERE entry_id = @entry_id;

-- name: ChainDays :many
SELECT source, day, n, hash, key_id
FROM audit.chain_day
ORDER BY source, day;

-- name: Heads :many
SELECT source, day, n, hash, key_id
FROM audit.head
ORDER BY source;

-- name: EntriesOfDay :many
SELECT entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id,
    object_name, store_id, note, before, after, source_lane, source_pos, hash
FROM audit.entry
WHERE day = @day AND source = @source AND n > @after_n
ORDER BY n
LIMIT @at_most;

-- name: CountEntries :many
-- What the chains must account for: a row of a day or source that no chain knows was put in by hand.
SELECT source, day, count(*) AS n
FROM audit.entry
GROUP BY source, day;

-- name: SessionAddresses :many
-- From where sessions were begun, for entries that say only in which session something was done.
SELECT object_id, address
FROM audit.entry
WHERE object_id = ANY(@session_ids::text[]) AND object_kind <> 'order'
  AND action IN ('signed_in', 'device_set_up')
  AND address <> '';

-- name: PersonsSeenLater :many
-- People are noted with the moment of an entry. Where no entry is of that moment, it was removed. A few are enough to
-- say so.
SELECT p.member_id, p.name, p.last_at
FROM audit.person AS p
WHERE NOT EXISTS (SELECT 1 FROM audit.entry AS e WHERE e.at = p.last_at)
ORDER BY p.last_at DESC
LIMIT 3;

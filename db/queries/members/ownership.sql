-- name: OwnershipsOfStore :many
SELECT ownership.since, ownership.until_day, ownership.member_id, ownership.noted_at, ownership.noted_by, ownership.applied_at,
    member.name, member.login
FROM members.ownership
JOIN members.member ON member.member_id = ownership.member_id
WHERE ownership.store_id = @store_id
ORDER BY ownership.since DESC;

-- name: OwnershipsOfMemberAt :many
SELECT since, until_day
FROM members.ownership
WHERE store_id = @store_id
    AND member_id = @member_id
ORDER BY since;

-- name: LatestOwnership :one
SELECT since, until_day, member_id, applied_at
FROM members.ownership
WHERE store_id = @store_id
ORDER BY since DESC
LIMIT 1;

-- name: InsertOwnership :exec
INSERT INTO members.ownership (store_id, since, member_id, noted_at, noted_by, applied_at)
VALUES (@store_id, @since, @member_id, @noted_at, @noted_by, sqlc.narg(applied_at));

-- name: EndOwnership :exec
UPDATE members.ownership
SET until_day = @until_day
WHERE store_id = @store_id
    AND since = @since;

-- name: DeleteOwnership :exec
DELETE FROM members.ownership
WHERE store_id = @store_id
    AND since = @since;

-- name: ReopenOwnership :exec
UPDATE members.ownership
SET until_day = NULL
WHERE store_id = @store_id
    AND until_day = @until_day;

-- name: PlannedOwnerships :many
SELECT ownership.store_id, ownership.since, ownership.member_id, store.time_zone, store.cutoff_minutes
FROM members.ownership
JOIN members.store ON store.store_id = ownership.store_id
WHERE ownership.applied_at IS NULL
ORDER BY ownership.store_id, ownership.since;

-- name: ApplyOwnership :execrows
UPDATE members.ownership
SET applied_at = @applied_at
WHERE store_id = @store_id
    AND since = @since
    AND applied_at IS NULL;

-- name: OwnerBefore :one
SELECT member_id
FROM members.ownership
WHERE store_id = @store_id
    AND since < @since
ORDER BY since DESC
LIMIT 1;

-- name: ComingStores :many
SELECT store_id, since
FROM members.ownership
WHERE member_id = @member_id
    AND applied_at IS NULL
ORDER BY since, store_id;

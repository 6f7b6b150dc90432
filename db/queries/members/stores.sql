-- name: AllStores :many
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours,
    revision, status_note, status_since
FROM members.store
ORDER BY code COLLATE "C";

-- name: StoresByID :many
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours,
    revision, status_note, status_since
FROM members.store
WHERE store_id = ANY (@ids::uuid[])
ORDER BY code COLLATE "C";

-- name: StoreForUpdate :one
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours,
    revision, status_note, status_since
FROM members.store
WHERE store_id = @store_id
FOR UPDATE;

-- name: InsertStore :execrows
INSERT INTO members.store (
    store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours
)
VALUES (
    @store_id, @code, @name_ko, @name_en, @region, @address, @phone, @time_zone, @cutoff_minutes, @opened_at, @opened_at, @status, @hours
)
ON CONFLICT DO NOTHING;

-- name: UpdateStore :exec
UPDATE members.store
SET name_ko = @name_ko,
    name_en = @name_en,
    region = @region,
    address = @address,
    phone = @phone,
    time_zone = @time_zone,
    cutoff_minutes = @cutoff_minutes,
    status = @status,
    hours = @hours,
    status_note = @status_note,
    status_since = sqlc.narg(status_since),
    changed_at = @changed_at,
    revision = revision + 1
WHERE store_id = @store_id;

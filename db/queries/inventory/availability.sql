-- name: UnavailableAt :many
SELECT store_id, item_id, size_id, option_id, reason, short, since
FROM inventory.unavailable
WHERE store_id = ANY(@store_ids::uuid[])
ORDER BY store_id, item_id, size_id, option_id;

-- name: PutUnavailable :exec
-- Arrays of arrays cannot be unnested one by one, so each row's materials come as the text of an array.
INSERT INTO inventory.unavailable (store_id, item_id, size_id, option_id, reason, short, since)
SELECT unnest(@store_ids::uuid[]),
    unnest(@item_ids::uuid[]),
    unnest(@size_ids::uuid[]),
    unnest(@option_ids::uuid[]),
    unnest(@reasons::text[]),
    unnest(@shorts::text[])::uuid[],
    @since::timestamptz
ON CONFLICT (store_id, item_id, size_id, option_id) DO UPDATE
SET reason = excluded.reason,
    short = excluded.short;

-- name: DropUnavailable :exec
DELETE FROM inventory.unavailable AS u
USING (
    SELECT unnest(@store_ids::uuid[]) AS store_id,
        unnest(@item_ids::uuid[]) AS item_id,
        unnest(@size_ids::uuid[]) AS size_id,
        unnest(@option_ids::uuid[]) AS option_id
) AS d
WHERE u.store_id = d.store_id AND u.item_id = d.item_id AND u.size_id = d.size_id AND u.option_id = d.option_id;

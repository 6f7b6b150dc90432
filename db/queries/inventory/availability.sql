-- name: UnavailableAt :many
SELECT store_id, item_id, size_id, option_id, reason, short, since
FROM inventory.unavailable
WHERE store_id = ANY(@store_ids::uuid[])
ORDER BY store_id, item_id, size_id, option_id;

-- name: PutUnavailable :batchexec
INSERT INTO inventory.unavailable (store_id, item_id, size_id, option_id, reason, short, since)
VALUES (@store_id, @item_id, @size_id, @option_id, @reason, @short, @since)
ON CONFLICT (store_id, item_id, size_id, option_id) DO UPDATE
SET reason = excluded.reason,
    short = excluded.short;

-- name: DropUnavailable :batchexec
DELETE FROM inventory.unavailable
WHERE store_id = @store_id AND item_id = @item_id AND size_id = @size_id AND option_id = @option_id;

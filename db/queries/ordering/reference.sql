-- name: SaveStore :exec
INSERT INTO ordering.store (lane, store_id, code, name_ko, name_en, time_zone, cutoff_minutes, status)
VALUES (@lane, @store_id, @code, @name_ko, @name_en, @time_zone, @cutoff_minutes, @status)
ON CONFLICT (lane, store_id) DO UPDATE
SET code = excluded.code, name_ko = excluded.name_ko, name_en = excluded.name_en,
    time_zone = excluded.time_zone, cutoff_minutes = excluded.cutoff_minutes, status = excluded.status;

-- name: AllStores :many
SELECT lane, store_id, code, name_ko, name_en, time_zone, cutoff_minutes, status
FROM ordering.store
WHERE lane = ANY(@lanes::smallint[]);

-- name: StoreByID :one
SELECT lane, store_id, code, name_ko, name_en, time_zone, cutoff_minutes, status
FROM ordering.store
WHERE lane = @lane AND store_id = @store_id;

-- name: SaveMenu :exec
INSERT INTO ordering.menu_version (lane, version, menu, taken_at)
VALUES (0, @version, @menu, @taken_at)
ON CONFLICT (lane, version) DO NOTHING;

-- name: LatestMenu :one
SELECT menu
FROM ordering.menu_version
WHERE lane = 0
ORDER BY version DESC
LIMIT 1;

-- name: SaveUnavailable :exec
INSERT INTO ordering.unavailable (lane, store_id, item_id, size_id, option_id, reason, since)
VALUES (@lane, @store_id, @item_id, @size_id, @option_id, @reason, @since)
ON CONFLICT (lane, store_id, item_id, size_id, option_id) DO UPDATE
SET reason = excluded.reason;

-- name: DropUnavailable :exec
DELETE FROM ordering.unavailable
WHERE lane = @lane AND store_id = @store_id AND item_id = @item_id AND size_id = @size_id AND option_id = @option_id;

-- name: UnavailableOfStore :many
SELECT item_id, size_id, option_id, reason
FROM ordering.unavailable
WHERE lane = @lane AND store_id = @store_id;

-- name: AllUnavailable :many
SELECT store_id, item_id, size_id, option_id, reason
FROM ordering.unavailable
WHERE lane = ANY(@lanes::smallint[]);

-- name: ReviseLimits :exec
-- Locks the day of the store: orders that know of the limits as they were wait, and are then not stored.
INSERT INTO ordering.pickup_counter (lane, store_id, business_date, last, limit_revision)
VALUES (@lane, @store_id, @business_date, 0, 1)
ON CONFLICT (lane, store_id, business_date) DO UPDATE
SET limit_revision = pickup_counter.limit_revision + 1;

-- name: LimitRevisionsOfStore :many
SELECT business_date, limit_revision
FROM ordering.pickup_counter
WHERE lane = @lane AND store_id = @store_id AND business_date >= @since AND limit_revision > 0;

-- name: AllLimitRevisions :many
SELECT store_id, business_date, limit_revision
FROM ordering.pickup_counter
WHERE lane = ANY(@lanes::smallint[]) AND business_date >= @since AND limit_revision > 0;

-- name: SaveDailyLimit :exec
INSERT INTO ordering.daily_limit (lane, store_id, business_date, item_id, quantity_limit, sold)
VALUES (@lane, @store_id, @business_date, @item_id, @quantity_limit, @sold)
ON CONFLICT (lane, store_id, business_date, item_id) DO UPDATE
SET quantity_limit = excluded.quantity_limit;

-- name: DropDailyLimit :exec
DELETE FROM ordering.daily_limit
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date AND item_id = @item_id;

-- name: DailyLimitsOfStore :many
SELECT business_date, item_id, quantity_limit, sold
FROM ordering.daily_limit
WHERE lane = @lane AND store_id = @store_id AND business_date >= @since;

-- name: AllDailyLimits :many
SELECT store_id, business_date, item_id, quantity_limit, sold
FROM ordering.daily_limit
WHERE lane = ANY(@lanes::smallint[]) AND business_date >= @since;

-- name: SoldToday :one
-- What was cancelled after it was made was sold as far as a limit goes: it is gone. Imported sales count for no limit.
SELECT coalesce(sum(l.quantity), 0)::integer AS sold
FROM ordering.orders AS o
JOIN ordering.order_line AS l ON l.lane = o.lane AND l.order_id = o.order_id
WHERE o.lane = @lane AND o.store_id = @store_id AND o.business_date = @business_date
  AND l.item_id = @item_id AND o.channel <> 'import' AND o.status <> 'rejected' AND NOT EXISTS (
    SELECT FROM ordering.order_change AS c
    WHERE c.lane = o.lane AND c.order_id = o.order_id AND c.to_status = 'cancelled' AND c.disposition = 'restock');

-- name: DailyLimit :one
SELECT quantity_limit
FROM ordering.daily_limit
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date AND item_id = @item_id;

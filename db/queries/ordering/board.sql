-- name: RecentlyDone :many
-- What was handed over last, in case it must come back.
SELECT order_id, business_date, pickup_number, status, channel, dining, total, tax, placed_at, placed_by_name, device_name, status_at,
    discount, discount_percent, discount_reason
FROM ordering.orders
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date AND status = 'completed'
  AND channel <> 'import'
ORDER BY status_at DESC
LIMIT @at_most;

-- name: PlacedOrder :batchmany
-- The answer of an order that exists already: what a replayed id is answered with. Asked for one by
-- one, in one round trip: with a list of ids the planner reads whole lanes and filters, as long as the
-- table was not analysed, and an order gets slower with every order before it.
SELECT order_id, store_id, business_date, pickup_number, total, tax, body_hash, placed_at
FROM ordering.orders
WHERE lane = @lane AND order_id = @order_id;

-- name: TakeDailyLimit :batchone
UPDATE ordering.daily_limit
SET sold = sold + @quantity::integer
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date AND item_id = @item_id
  AND sold + @quantity::integer <= quantity_limit
RETURNING sold;

-- name: ReturnDailyLimit :execrows
UPDATE ordering.daily_limit
SET sold = greatest(sold - @quantity::integer, 0)
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date AND item_id = @item_id;

-- name: TakePickupNumbers :batchone
INSERT INTO ordering.pickup_counter (lane, store_id, business_date, last)
VALUES (@lane, @store_id, @business_date, @taken)
ON CONFLICT (lane, store_id, business_date) DO UPDATE
SET last = pickup_counter.last + excluded.last
RETURNING last;

-- name: InsertOrder :exec
INSERT INTO ordering.orders (lane, order_id, store_id, business_date, pickup_number, status, channel, dining,
    menu_version, total, tax, body_hash, placed_at, placed_by, placed_by_name, status_at)
VALUES (@lane, @order_id, @store_id, @business_date, @pickup_number, @status, @channel, @dining,
    @menu_version, @total, @tax, @body_hash, @placed_at, @placed_by, @placed_by_name, @status_at);

-- name: InsertLine :exec
INSERT INTO ordering.order_line (lane, order_id, line_no, item_id, size_id, category_id,
    item_ko, item_en, size_ko, size_en, quantity, unit_price, options, total, tax_free)
VALUES (@lane, @order_id, @line_no, @item_id, @size_id, @category_id,
    @item_ko, @item_en, @size_ko, @size_en, @quantity, @unit_price, @options, @total, @tax_free);

-- name: InsertPayment :exec
INSERT INTO ordering.payment (lane, order_id, payment_no, kind, amount, received, approval, state, approved_at)
VALUES (@lane, @order_id, @payment_no, @kind, @amount, @received, @approval, 'approved', @approved_at);

-- name: LockOrder :one
SELECT store_id, business_date, pickup_number, status, channel, dining, menu_version, total, tax, placed_at
FROM ordering.orders
WHERE lane = @lane AND order_id = @order_id
FOR UPDATE;

-- name: SetOrderStatus :execrows
UPDATE ordering.orders
SET status = @to_status, status_at = @status_at
WHERE lane = @lane AND order_id = @order_id AND status = @from_status;

-- name: LastOrderChange :one
SELECT coalesce(max(change_no), 0)::smallint AS change_no
FROM ordering.order_change
WHERE lane = @lane AND order_id = @order_id;

-- name: InsertOrderChange :exec
INSERT INTO ordering.order_change (lane, order_id, change_no, from_status, to_status, reason, disposition,
    changed_at, changed_by, changed_by_name)
VALUES (@lane, @order_id, @change_no, @from_status, @to_status, @reason, @disposition,
    @changed_at, @changed_by, @changed_by_name);

-- name: CancelPayments :execrows
UPDATE ordering.payment
SET state = 'cancelled', cancelled_at = @cancelled_at, cancelled_on = @cancelled_on
WHERE lane = @lane AND order_id = @order_id AND state = 'approved';

-- name: OrderByID :one
SELECT order_id, store_id, business_date, pickup_number, status, channel, dining, menu_version, total, tax,
    placed_at, placed_by_name, status_at
FROM ordering.orders
WHERE lane = @lane AND order_id = @order_id AND store_id = @store_id;

-- name: OpenOrders :many
SELECT order_id, business_date, pickup_number, status, channel, dining, total, tax, placed_at, placed_by_name, status_at
FROM ordering.orders
WHERE lane = @lane AND store_id = @store_id AND status IN ('accepted', 'preparing', 'ready')
ORDER BY order_id
LIMIT @at_most;

-- name: CountOpenOrders :many
SELECT status, count(*) AS orders
FROM ordering.orders
WHERE lane = @lane AND store_id = @store_id AND status IN ('accepted', 'preparing', 'ready')
GROUP BY status;

-- name: OrdersOfDay :many
SELECT order_id, business_date, pickup_number, status, channel, dining, total, tax, placed_at, placed_by_name, status_at
FROM ordering.orders
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date
  AND pickup_number < @before_number
  AND (@pickup_number::integer = 0 OR pickup_number = @pickup_number::integer)
ORDER BY pickup_number DESC
LIMIT @at_most;

-- name: LinesOfOrders :many
SELECT order_id, line_no, item_id, size_id, category_id, item_ko, item_en, size_ko, size_en, quantity, unit_price,
    options, total, tax_free
FROM ordering.order_line
WHERE lane = @lane AND order_id = ANY(@order_ids::uuid[])
ORDER BY order_id, line_no;

-- name: PaymentsOfOrder :many
SELECT payment_no, kind, amount, received, approval, state, approved_at, cancelled_at
FROM ordering.payment
WHERE lane = @lane AND order_id = @order_id
ORDER BY payment_no;

-- name: ChangesOfOrder :many
SELECT change_no, from_status, to_status, reason, disposition, changed_at, changed_by_name
FROM ordering.order_change
WHERE lane = @lane AND order_id = @order_id
ORDER BY change_no;

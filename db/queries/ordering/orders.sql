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

-- name: LockLimitRevision :batchone
SELECT limit_revision
FROM ordering.pickup_counter
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date
FOR UPDATE;

-- name: LockDayOfOrder :exec
SELECT 1
FROM ordering.pickup_counter AS c
WHERE c.lane = @lane AND c.store_id = @store_id AND c.business_date = (
    SELECT o.business_date FROM ordering.orders AS o WHERE o.lane = @lane AND o.order_id = @order_id)
FOR UPDATE OF c;

-- name: LimitedItems :batchmany
SELECT item_id
FROM ordering.daily_limit
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date;

-- name: TakeLimitOrAbort :exec
-- Where not enough is left, NULL for a column that takes none ends the transaction. A limit that was
-- lifted in the meantime has no row, and holds nobody back: an older program lifts it without a new revision.
UPDATE ordering.daily_limit
SET sold = CASE WHEN sold + @quantity::integer <= quantity_limit THEN sold + @quantity::integer END
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date AND item_id = @item_id;

-- name: TakePickupNumber :exec
-- An order that knows of other limits than the day has now is not stored: NULL for a column that takes
-- none ends the transaction. A day without a row has no limits, which is revision 0.
INSERT INTO ordering.pickup_counter (lane, store_id, business_date, last, limit_revision)
VALUES (@lane, @store_id, @business_date, 1, @limit_revision)
ON CONFLICT (lane, store_id, business_date) DO UPDATE
SET last = CASE WHEN pickup_counter.limit_revision = excluded.limit_revision THEN pickup_counter.last + excluded.last END;

-- name: TakePickupNumbers :exec
INSERT INTO ordering.pickup_counter (lane, store_id, business_date, last, limit_revision)
SELECT unnest(@lanes::smallint[]), unnest(@store_ids::uuid[]), unnest(@business_dates::date[]), unnest(@taken::integer[]), unnest(@limit_revisions::integer[])
ON CONFLICT (lane, store_id, business_date) DO UPDATE
SET last = CASE WHEN pickup_counter.limit_revision = excluded.limit_revision THEN pickup_counter.last + excluded.last END;

-- name: InsertOrder :many
-- The number is read from the counter that was raised in the same transaction: so it need not be known
-- when the statement is sent. The same in InsertOrders, for many at once.
INSERT INTO ordering.orders (lane, order_id, store_id, business_date, pickup_number, status, channel, dining,
    menu_version, total, tax, body_hash, placed_at, placed_by, placed_by_name, device_id, device_name, status_at,
    discount, discount_percent, discount_reason)
SELECT @lane::smallint, @order_id::uuid, @store_id::uuid, @business_date::date,
    (SELECT c.last FROM ordering.pickup_counter c
     WHERE c.lane = @lane::smallint AND c.store_id = @store_id::uuid AND c.business_date = @business_date::date),
    @status::text, @channel::text, @dining::text, @menu_version::bigint, @total::bigint, @tax::bigint, @body_hash::bytea,
    @placed_at::timestamptz, nullif(@placed_by::uuid, '00000000-0000-0000-0000-000000000000'::uuid), @placed_by_name::text,
    nullif(@device_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid), @device_name::text, @placed_at::timestamptz,
    @discount::bigint, @discount_percent::smallint, @discount_reason::text
RETURNING order_id, pickup_number;

-- name: InsertOrders :many
INSERT INTO ordering.orders (lane, order_id, store_id, business_date, pickup_number, status, channel, dining,
    menu_version, total, tax, body_hash, placed_at, placed_by, placed_by_name, device_id, device_name, status_at,
    discount, discount_percent, discount_reason)
SELECT e.lane, e.order_id, e.store_id, e.business_date,
    (SELECT c.last FROM ordering.pickup_counter c
     WHERE c.lane = e.lane AND c.store_id = e.store_id AND c.business_date = e.business_date) - e.behind,
    e.status, e.channel, e.dining, e.menu_version, e.total, e.tax, e.body_hash,
    e.placed_at, nullif(e.placed_by, '00000000-0000-0000-0000-000000000000'::uuid), e.placed_by_name,
    nullif(e.device_id, '00000000-0000-0000-0000-000000000000'::uuid), e.device_name, e.placed_at,
    e.discount, e.discount_percent, e.discount_reason
FROM (
    SELECT unnest(@lanes::smallint[]) AS lane, unnest(@order_ids::uuid[]) AS order_id, unnest(@store_ids::uuid[]) AS store_id,
        unnest(@business_dates::date[]) AS business_date, unnest(@behind::integer[]) AS behind, unnest(@statuses::text[]) AS status,
        unnest(@channels::text[]) AS channel, unnest(@dinings::text[]) AS dining, unnest(@menu_versions::bigint[]) AS menu_version,
        unnest(@totals::bigint[]) AS total, unnest(@taxes::bigint[]) AS tax, unnest(@body_hashes::bytea[]) AS body_hash,
        unnest(@placed_ats::timestamptz[]) AS placed_at, unnest(@placed_bys::uuid[]) AS placed_by, unnest(@placed_by_names::text[]) AS placed_by_name,
        unnest(@device_ids::uuid[]) AS device_id, unnest(@device_names::text[]) AS device_name,
        unnest(@discounts::bigint[]) AS discount, unnest(@discount_percents::smallint[]) AS discount_percent, unnest(@discount_reasons::text[]) AS discount_reason
) AS e
RETURNING order_id, pickup_number;

-- name: InsertLine :exec
INSERT INTO ordering.order_line (lane, order_id, line_no, item_id, size_id, category_id,
    item_ko, item_en, size_ko, size_en, quantity, unit_price, options, total, tax_free, discount)
VALUES (@lane, @order_id, @line_no, @item_id, @size_id, @category_id,
    @item_ko, @item_en, @size_ko, @size_en, @quantity, @unit_price, @options, @total, @tax_free, @discount);

-- name: InsertLines :exec
INSERT INTO ordering.order_line (lane, order_id, line_no, item_id, size_id, category_id,
    item_ko, item_en, size_ko, size_en, quantity, unit_price, options, total, tax_free, discount)
SELECT unnest(@lanes::smallint[]), unnest(@order_ids::uuid[]), unnest(@line_nos::smallint[]),
    unnest(@item_ids::uuid[]), unnest(@size_ids::uuid[]), unnest(@category_ids::uuid[]),
    unnest(@item_kos::text[]), unnest(@item_ens::text[]), unnest(@size_kos::text[]), unnest(@size_ens::text[]),
    unnest(@quantities::integer[]), unnest(@unit_prices::bigint[]), unnest(@options::text[])::jsonb,
    unnest(@totals::bigint[]), unnest(@tax_free::boolean[]), unnest(@discounts::bigint[]);

-- name: InsertPayment :exec
INSERT INTO ordering.payment (lane, order_id, payment_no, kind, amount, received, approval, state, approved_at)
VALUES (@lane, @order_id, @payment_no, @kind, @amount, @received, @approval, 'approved', @approved_at);

-- name: InsertPayments :exec
INSERT INTO ordering.payment (lane, order_id, payment_no, kind, amount, received, approval, state, approved_at)
SELECT unnest(@lanes::smallint[]), unnest(@order_ids::uuid[]), unnest(@payment_nos::smallint[]), unnest(@kinds::text[]),
    unnest(@amounts::bigint[]), unnest(@received::bigint[]), unnest(@approvals::text[]), 'approved', unnest(@approved_ats::timestamptz[]);

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
    changed_at, changed_by, changed_by_name, device_id, device_name)
VALUES (@lane, @order_id, @change_no, @from_status, @to_status, @reason, @disposition,
    @changed_at, @changed_by, @changed_by_name, @device_id, @device_name);

-- name: CancelPayments :execrows
UPDATE ordering.payment
SET state = 'cancelled', cancelled_at = @cancelled_at, cancelled_on = @cancelled_on
WHERE lane = @lane AND order_id = @order_id AND state = 'approved';

-- name: OrderByID :one
SELECT order_id, store_id, business_date, pickup_number, status, channel, dining, menu_version, total, tax,
    placed_at, placed_by_name, device_name, status_at, discount, discount_percent, discount_reason
FROM ordering.orders
WHERE lane = @lane AND order_id = @order_id AND store_id = @store_id;

-- name: OpenOrders :many
-- By when they were placed: the id of an order is as old as its cart, or whatever another program says.
SELECT order_id, business_date, pickup_number, status, channel, dining, total, tax, placed_at, placed_by_name, device_name, status_at,
    discount, discount_percent, discount_reason
FROM ordering.orders
WHERE lane = @lane AND store_id = @store_id AND status IN ('accepted', 'preparing', 'ready')
ORDER BY placed_at, pickup_number
LIMIT @at_most;

-- name: CountOpenOrders :many
SELECT status, count(*) AS orders
FROM ordering.orders
WHERE lane = @lane AND store_id = @store_id AND status IN ('accepted', 'preparing', 'ready')
GROUP BY status;

-- name: OrdersOfDay :many
SELECT order_id, business_date, pickup_number, status, channel, dining, total, tax, placed_at, placed_by_name, device_name, status_at,
    discount, discount_percent, discount_reason
FROM ordering.orders
WHERE lane = @lane AND store_id = @store_id AND business_date = @business_date
  AND pickup_number < @before_number
  AND (@pickup_number::integer = 0 OR pickup_number = @pickup_number::integer)
ORDER BY pickup_number DESC
LIMIT @at_most;

-- name: LinesOfOrders :many
SELECT order_id, line_no, item_id, size_id, category_id, item_ko, item_en, size_ko, size_en, quantity, unit_price,
    options, total, tax_free, discount
FROM ordering.order_line
WHERE lane = @lane AND order_id = ANY(@order_ids::uuid[])
ORDER BY order_id, line_no;

-- name: PaymentsOfOrder :many
SELECT payment_no, kind, amount, received, approval, state, approved_at, cancelled_at
FROM ordering.payment
WHERE lane = @lane AND order_id = @order_id
ORDER BY payment_no;

-- name: ChangesOfOrder :many
SELECT change_no, from_status, to_status, reason, disposition, changed_at, changed_by_name, device_name
FROM ordering.order_change
WHERE lane = @lane AND order_id = @order_id
ORDER BY change_no;

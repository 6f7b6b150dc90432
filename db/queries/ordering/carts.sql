-- name: OpenCart :one
SELECT cart_id, dining, order_id, discount, discount_percent, discount_reason
FROM ordering.cart
WHERE lane = @lane AND store_id = @store_id AND member_id = @member_id AND state = 'open';

-- name: ChangeOpenCart :one
-- Locks the open cart, and counts that it is changed.
UPDATE ordering.cart
SET revision = revision + 1
WHERE lane = @lane AND store_id = @store_id AND member_id = @member_id AND state = 'open'
RETURNING cart_id, dining, order_id, discount, discount_percent, discount_reason;

-- name: InsertCart :exec
INSERT INTO ordering.cart (lane, cart_id, store_id, member_id, member_name, state, label, dining, order_id, created_at, touched_at)
VALUES (@lane, @cart_id, @store_id, @member_id, @member_name, 'open', '', @dining, @order_id, @now, @now)
ON CONFLICT (lane, store_id, member_id) WHERE state = 'open' DO NOTHING;

-- name: CartLines :many
SELECT line_id, item_id, size_id, options, quantity, item_ko, item_en, unit_price
FROM ordering.cart_line
WHERE lane = @lane AND cart_id = @cart_id AND removal IS NULL
ORDER BY line_id;

-- name: InsertCartTap :execrows
INSERT INTO ordering.cart_tap (lane, cart_id, tap)
VALUES (@lane, @cart_id, @tap)
ON CONFLICT (lane, cart_id, tap) DO NOTHING;

-- name: InsertCartLine :exec
INSERT INTO ordering.cart_line (lane, cart_id, line_id, item_id, size_id, options, quantity, item_ko, item_en, unit_price)
VALUES (@lane, @cart_id, @line_id, @item_id, @size_id, @options, @quantity, @item_ko, @item_en, @unit_price);

-- name: ChangeCartLine :execrows
UPDATE ordering.cart_line
SET size_id = @size_id, options = @options, quantity = @quantity, unit_price = @unit_price
WHERE lane = @lane AND cart_id = @cart_id AND line_id = @line_id AND removal IS NULL;

-- name: RemoveCartLine :execrows
UPDATE ordering.cart_line
SET removal = @removal::uuid
WHERE lane = @lane AND cart_id = @cart_id AND line_id = @line_id AND removal IS NULL;

-- name: ClearCart :execrows
UPDATE ordering.cart_line
SET removal = @removal::uuid
WHERE lane = @lane AND cart_id = @cart_id AND removal IS NULL;

-- name: UndoRemoval :execrows
UPDATE ordering.cart_line
SET removal = NULL
WHERE lane = @lane AND cart_id = @cart_id AND removal = @removal::uuid;

-- name: SetCartDining :exec
UPDATE ordering.cart
SET dining = @dining, touched_at = @now
WHERE lane = @lane AND cart_id = @cart_id;

-- name: SetCartDiscount :exec
UPDATE ordering.cart
SET discount = @discount, discount_percent = @discount_percent, discount_reason = @discount_reason, touched_at = @now
WHERE lane = @lane AND cart_id = @cart_id;

-- name: DropCartDiscount :exec
UPDATE ordering.cart
SET discount = 0, discount_percent = 0, discount_reason = ''
WHERE lane = @lane AND cart_id = @cart_id AND discount_reason <> '';

-- name: HoldCart :execrows
UPDATE ordering.cart
SET state = 'held', label = @label, member_name = @member_name, touched_at = @now
WHERE lane = @lane AND cart_id = @cart_id AND state = 'open';

-- name: TakeUpCart :execrows
-- A held cart becomes the open cart of whoever takes it up.
UPDATE ordering.cart
SET state = 'open', label = '', member_id = @member_id, member_name = @member_name, touched_at = @now
WHERE lane = @lane AND cart_id = @cart_id AND store_id = @store_id AND state = 'held';

-- name: SetHeldCartState :execrows
UPDATE ordering.cart
SET state = @to_state, touched_at = @now
WHERE lane = @lane AND cart_id = @cart_id AND store_id = @store_id AND state = @from_state;

-- name: HeldCarts :many
SELECT c.cart_id, c.label, c.member_name, c.dining, c.touched_at, c.discount, c.discount_percent, c.discount_reason,
    coalesce(sum(l.quantity), 0)::integer AS pieces,
    coalesce(sum(l.quantity * l.unit_price), 0)::bigint AS total,
    coalesce(string_agg(l.item_ko || ' × ' || l.quantity, ', ' ORDER BY l.line_id), '')::text AS lines_ko,
    coalesce(string_agg(coalesce(nullif(l.item_en, ''), l.item_ko) || ' × ' || l.quantity, ', ' ORDER BY l.line_id), '')::text AS lines_en
FROM ordering.cart AS c
LEFT JOIN ordering.cart_line AS l ON l.lane = c.lane AND l.cart_id = c.cart_id AND l.removal IS NULL
WHERE c.lane = @lane AND c.store_id = @store_id AND c.state = 'held' AND c.touched_at >= @since
GROUP BY c.lane, c.cart_id
ORDER BY c.touched_at DESC
LIMIT 100;

-- name: CountHeldCarts :one
SELECT count(*) AS held
FROM ordering.cart
WHERE lane = @lane AND store_id = @store_id AND state = 'held' AND touched_at >= @since;

-- name: CloseCart :batchone
-- In the transaction that places the order of the cart. No row: the cart is not open any more, was changed
-- since the order was read from it, or is another store's.
UPDATE ordering.cart
SET state = 'placed', touched_at = @now
WHERE lane = @lane AND cart_id = @cart_id AND store_id = @store_id AND state = 'open' AND revision = @revision
RETURNING cart_id;

-- name: CloseCartOrAbort :exec
-- CloseCart where nobody waits for its answer: for a cart that is not open, or was changed, NULL for a column
-- that takes none ends the transaction.
UPDATE ordering.cart
SET state = CASE WHEN state = 'open' AND revision = @revision THEN 'placed' END, touched_at = @now
WHERE lane = @lane AND cart_id = @cart_id AND store_id = @store_id;

-- name: CartToPay :one
SELECT cart_id, dining, order_id, state, revision, discount, discount_percent, discount_reason
FROM ordering.cart
WHERE lane = @lane AND cart_id = @cart_id AND store_id = @store_id AND state IN ('open', 'placed');

-- name: RenewCartOrder :exec
UPDATE ordering.cart
SET order_id = @order_id
WHERE lane = @lane AND cart_id = @cart_id AND state = 'open' AND order_id = @old_order_id;

-- name: ExpireHeldCarts :many
-- Held carts that nobody came back for are discarded, the oldest first. One that somebody is about to take up
-- is left to them.
UPDATE ordering.cart AS c
SET state = 'discarded', touched_at = @now
FROM (
    SELECT o.lane, o.cart_id
    FROM ordering.cart AS o
    WHERE o.lane = @lane AND o.store_id = @store_id AND o.state = 'held' AND o.touched_at < @before
    ORDER BY o.touched_at
    LIMIT 20
    FOR UPDATE SKIP LOCKED
) AS old
WHERE c.lane = old.lane AND c.cart_id = old.cart_id
RETURNING c.cart_id, c.label, c.member_name;

-- name: SweepCarts :exec
DELETE FROM ordering.cart
WHERE lane = @lane AND store_id = @store_id AND state IN ('placed', 'discarded') AND touched_at < @before;

-- name: LockSetAsideCart :one
-- A cart that is held or was discarded, locked.
SELECT member_id, member_name, label, state
FROM ordering.cart
WHERE lane = @lane AND cart_id = @cart_id AND store_id = @store_id AND state IN ('held', 'discarded')
FOR UPDATE;

-- What was taken off an order as a whole: of which each line carries its share, so that a cancellation gives
-- back what was paid. Columns with a constant default and checks of new rows only: nothing is rewritten or
-- read through, and what was there before has no discount.
-- +goose Up
ALTER TABLE ordering.orders
    ADD COLUMN discount bigint NOT NULL DEFAULT 0, -- in minor units; total is what is left after it
    ADD COLUMN discount_percent smallint NOT NULL DEFAULT 0, -- what it was asked as; 0: as an amount
    ADD COLUMN discount_reason text NOT NULL DEFAULT '',
    ADD CONSTRAINT orders_discount CHECK (discount >= 0 AND discount_percent BETWEEN 0 AND 100
        AND (discount = 0) = (discount_reason = '')) NOT VALID;
ALTER TABLE ordering.order_line
    ADD COLUMN discount bigint NOT NULL DEFAULT 0, -- the line's share; total is what is left after it
    ADD CONSTRAINT order_line_discount CHECK (discount >= 0) NOT VALID;
-- As it was asked for: an open cart changes, and with it what a percentage takes off.
ALTER TABLE ordering.cart
    ADD COLUMN discount bigint NOT NULL DEFAULT 0,
    ADD COLUMN discount_percent smallint NOT NULL DEFAULT 0,
    ADD COLUMN discount_reason text NOT NULL DEFAULT '',
    ADD CONSTRAINT cart_discount CHECK (discount >= 0 AND discount_percent BETWEEN 0 AND 100
        AND (discount = 0 OR discount_percent = 0)
        AND (discount = 0 AND discount_percent = 0) = (discount_reason = '')) NOT VALID;

-- +goose Down
ALTER TABLE ordering.cart
    DROP CONSTRAINT cart_discount,
    DROP COLUMN discount_reason,
    DROP COLUMN discount_percent,
    DROP COLUMN discount;
ALTER TABLE ordering.order_line
    DROP CONSTRAINT order_line_discount,
    DROP COLUMN discount;
ALTER TABLE ordering.orders
    DROP CONSTRAINT orders_discount,
    DROP COLUMN discount_reason,
    DROP COLUMN discount_percent,
    DROP COLUMN discount;

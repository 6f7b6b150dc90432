-- On which shared device of the store an order was placed and moved, beside who did it. Empty where the
-- person had the device for themselves.
-- +goose Up
ALTER TABLE ordering.orders
    ADD COLUMN device_id uuid,
    ADD COLUMN device_name text NOT NULL DEFAULT '';
ALTER TABLE ordering.order_change
    ADD COLUMN device_id uuid,
    ADD COLUMN device_name text NOT NULL DEFAULT '';

COMMENT ON COLUMN ordering.cart.member_id IS 'Whose open cart it is: a person, or a shared device of the store, which keeps it when another person takes over.';

-- +goose Down
ALTER TABLE ordering.order_change
    DROP COLUMN device_name,
    DROP COLUMN device_id;
ALTER TABLE ordering.orders
    DROP COLUMN device_name,
    DROP COLUMN device_id;

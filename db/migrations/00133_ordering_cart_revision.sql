-- How often a cart was changed: a payment closes the cart that it read, and none that grew meanwhile. A column
-- with a constant default: nothing is rewritten.
-- +goose Up
ALTER TABLE ordering.cart ADD COLUMN revision integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE ordering.cart DROP COLUMN revision;

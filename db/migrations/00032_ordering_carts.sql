-- +goose Up

-- A cart is what a person is putting together at a store's register. Each person has one open cart per
-- store; held carts (보류) belong to the store, and anybody there can take them up again.
CREATE TABLE ordering.cart (
    lane smallint NOT NULL,
    cart_id uuid NOT NULL,
    store_id uuid NOT NULL,
    member_id uuid NOT NULL, -- who works on it
    member_name text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'held', 'discarded', 'placed')),
    label text NOT NULL, -- what a held cart is called at the counter; may be empty
    dining text NOT NULL CHECK (dining IN ('for_here', 'takeaway', 'own_cup')),
    order_id uuid NOT NULL, -- of the order that the cart becomes: however often it is paid, it is one order
    created_at timestamptz NOT NULL,
    touched_at timestamptz NOT NULL,
    PRIMARY KEY (lane, cart_id)
);
CREATE UNIQUE INDEX cart_open ON ordering.cart (lane, store_id, member_id) WHERE state = 'open';
CREATE INDEX cart_of_store ON ordering.cart (lane, store_id, state, touched_at);

-- Lines keep what the person saw, so that a moved price or an item that left the menu can be named.
CREATE TABLE ordering.cart_line (
    lane smallint NOT NULL,
    cart_id uuid NOT NULL,
    line_id uuid NOT NULL, -- a UUIDv7: lines stand in the order in which they were added
    item_id uuid NOT NULL,
    size_id uuid NOT NULL,
    options jsonb NOT NULL, -- [{"option": id, "quantity": n}], by id
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    item_ko text NOT NULL,
    item_en text NOT NULL,
    unit_price bigint NOT NULL, -- of one, options included, when it was last added to or changed
    removal uuid, -- set: taken out by this removal, which can be undone
    PRIMARY KEY (lane, cart_id, line_id),
    FOREIGN KEY (lane, cart_id) REFERENCES ordering.cart (lane, cart_id) ON DELETE CASCADE
);

-- Taps that were counted already: the same tap sent again (a lost answer, a retry) adds nothing.
CREATE TABLE ordering.cart_tap (
    lane smallint NOT NULL,
    cart_id uuid NOT NULL,
    tap uuid NOT NULL,
    PRIMARY KEY (lane, cart_id, tap),
    FOREIGN KEY (lane, cart_id) REFERENCES ordering.cart (lane, cart_id) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE ordering.cart_tap;
DROP TABLE ordering.cart_line;
DROP TABLE ordering.cart;

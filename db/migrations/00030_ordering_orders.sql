-- +goose Up
CREATE SCHEMA IF NOT EXISTS ordering;

-- What ordering knows of the world, so that it asks nobody while a customer waits.

CREATE TABLE ordering.store (
    lane smallint NOT NULL,
    store_id uuid NOT NULL,
    code text NOT NULL,
    name_ko text NOT NULL,
    name_en text NOT NULL,
    time_zone text NOT NULL,
    cutoff_minutes smallint NOT NULL,
    PRIMARY KEY (lane, store_id)
);

CREATE TABLE ordering.menu_version (
    lane smallint NOT NULL, -- 0: there is one menu
    version bigint NOT NULL,
    menu json NOT NULL,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (lane, version)
);

-- What a store cannot make, as inventory said. The zero uuid in option_id is the size itself.
CREATE TABLE ordering.unavailable (
    lane smallint NOT NULL,
    store_id uuid NOT NULL,
    item_id uuid NOT NULL,
    size_id uuid NOT NULL,
    option_id uuid NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (lane, store_id, item_id, size_id, option_id)
);

-- Daily limits hold under any concurrency: sold is raised inside the order's transaction.
CREATE TABLE ordering.daily_limit (
    lane smallint NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    item_id uuid NOT NULL,
    quantity_limit integer NOT NULL CHECK (quantity_limit >= 0),
    sold integer NOT NULL CHECK (sold >= 0),
    PRIMARY KEY (lane, store_id, business_date, item_id)
) WITH (fillfactor = 50);

CREATE TABLE ordering.pickup_counter (
    lane smallint NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (lane, store_id, business_date)
) WITH (fillfactor = 10);

-- Orders and what belongs to them are partitioned by the order's id, whose first bits are time: so
-- the id alone is unique and old months can be detached whole (docs/adr/0004).

CREATE TABLE ordering.orders (
    lane smallint NOT NULL,
    order_id uuid NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    pickup_number integer NOT NULL,
    status text NOT NULL CHECK (status IN ('accepted', 'preparing', 'ready', 'completed', 'cancelled', 'rejected')),
    channel text NOT NULL CHECK (channel IN ('register', 'api', 'import')),
    dining text NOT NULL CHECK (dining IN ('for_here', 'takeaway', 'own_cup')),
    menu_version bigint NOT NULL,
    total bigint NOT NULL CHECK (total >= 0),
    tax bigint NOT NULL CHECK (tax >= 0),
    body_hash bytea NOT NULL, -- SHA-256 of the command: the same id with another body is refused
    placed_at timestamptz NOT NULL,
    placed_by uuid,
    placed_by_name text NOT NULL,
    status_at timestamptz NOT NULL,
    PRIMARY KEY (lane, order_id)
) PARTITION BY RANGE (order_id);
CREATE TABLE ordering.orders_default PARTITION OF ordering.orders DEFAULT;
CREATE INDEX orders_open ON ordering.orders (lane, store_id, order_id) WHERE status IN ('accepted', 'preparing', 'ready');
-- The store before the lane: while the table is empty and was never analysed, every index that begins
-- with the lane costs the planner the same, and looking for one order's key must not take this one.
CREATE INDEX orders_of_day ON ordering.orders (store_id, lane, business_date, pickup_number);

CREATE TABLE ordering.order_line (
    lane smallint NOT NULL,
    order_id uuid NOT NULL,
    line_no smallint NOT NULL,
    item_id uuid NOT NULL,
    size_id uuid NOT NULL,
    category_id uuid NOT NULL,
    item_ko text NOT NULL,
    item_en text NOT NULL,
    size_ko text NOT NULL,
    size_en text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price bigint NOT NULL,
    options jsonb NOT NULL, -- [{option_id, name, price, quantity}]: a copy that is only ever read whole
    total bigint NOT NULL,
    tax_free boolean NOT NULL,
    PRIMARY KEY (lane, order_id, line_no)
) PARTITION BY RANGE (order_id);
CREATE TABLE ordering.order_line_default PARTITION OF ordering.order_line DEFAULT;

CREATE TABLE ordering.payment (
    lane smallint NOT NULL,
    order_id uuid NOT NULL,
    payment_no smallint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('cash', 'card', 'external')),
    amount bigint NOT NULL CHECK (amount >= 0),
    received bigint NOT NULL CHECK (received >= amount), -- cash handed over; the change is received - amount
    approval text NOT NULL, -- the card terminal's approval number; empty for cash
    state text NOT NULL CHECK (state IN ('approved', 'cancelled')),
    approved_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    cancelled_on date, -- business date of the cancellation
    PRIMARY KEY (lane, order_id, payment_no)
) PARTITION BY RANGE (order_id);
CREATE TABLE ordering.payment_default PARTITION OF ordering.payment DEFAULT;

CREATE TABLE ordering.order_change (
    lane smallint NOT NULL,
    order_id uuid NOT NULL,
    change_no smallint NOT NULL, -- from 1; the acceptance itself is the order's own row
    from_status text NOT NULL,
    to_status text NOT NULL,
    reason text NOT NULL,
    disposition text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    changed_by_name text NOT NULL,
    PRIMARY KEY (lane, order_id, change_no)
) PARTITION BY RANGE (order_id);
CREATE TABLE ordering.order_change_default PARTITION OF ordering.order_change DEFAULT;

-- +goose Down
DROP TABLE ordering.order_change;
DROP TABLE ordering.payment;
DROP TABLE ordering.order_line;
DROP TABLE ordering.orders;
DROP TABLE ordering.pickup_counter;
DROP TABLE ordering.daily_limit;
DROP TABLE ordering.unavailable;
DROP TABLE ordering.menu_version;
DROP TABLE ordering.store;

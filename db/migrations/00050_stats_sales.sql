-- Roll-ups of sales, written only by the subscriptions of stats, and the names they are shown under.
-- Every figure is a sum of what events said: nothing here is ever computed from another row, so a
-- roll-up can be emptied and built again from the events.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS stats;

-- What a store sold in an hour of a business date. Sales and cancellations are kept apart, because a
-- cancellation counts on the day it happens: what is left is revenue - cancelled_revenue.
CREATE TABLE stats.sales_hour (
    store_id          uuid     NOT NULL,
    business_date     date     NOT NULL,
    hour              smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    orders            bigint   NOT NULL,
    units             bigint   NOT NULL,
    revenue           bigint   NOT NULL,
    tax               bigint   NOT NULL,
    cancelled_orders  bigint   NOT NULL,
    cancelled_units   bigint   NOT NULL,
    cancelled_revenue bigint   NOT NULL,
    cancelled_tax     bigint   NOT NULL,
    PRIMARY KEY (store_id, business_date, hour)
) WITH (fillfactor = 70);

-- Headquarters read all stores of a range of days.
CREATE INDEX sales_hour_by_date ON stats.sales_hour (business_date);

-- What a store sold of an item on a business date, under the category the item had when it was sold.
CREATE TABLE stats.sales_item (
    store_id          uuid   NOT NULL,
    business_date     date   NOT NULL,
    item_id           uuid   NOT NULL,
    category_id       uuid   NOT NULL,
    units             bigint NOT NULL,
    revenue           bigint NOT NULL,
    cancelled_units   bigint NOT NULL,
    cancelled_revenue bigint NOT NULL,
    PRIMARY KEY (store_id, business_date, item_id, category_id)
) WITH (fillfactor = 70);

CREATE INDEX sales_item_by_date ON stats.sales_item (business_date);

-- Names. A store, item or category that is gone stays here: its sales are still shown.
CREATE TABLE stats.store (
    store_id  uuid NOT NULL PRIMARY KEY,
    code      text NOT NULL,
    name_ko   text NOT NULL,
    name_en   text NOT NULL,
    region    text NOT NULL,
    time_zone text NOT NULL
);

CREATE TABLE stats.category (
    category_id  uuid   NOT NULL PRIMARY KEY,
    code         text   NOT NULL,
    name_ko      text   NOT NULL,
    name_en      text   NOT NULL,
    menu_version bigint NOT NULL
);

CREATE TABLE stats.item (
    item_id      uuid   NOT NULL PRIMARY KEY,
    code         text   NOT NULL,
    name_ko      text   NOT NULL,
    name_en      text   NOT NULL,
    menu_version bigint NOT NULL
);

-- +goose Down
DROP TABLE stats.item;
DROP TABLE stats.category;
DROP TABLE stats.store;
DROP TABLE stats.sales_item;
DROP TABLE stats.sales_hour;

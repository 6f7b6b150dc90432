-- Stock: copies of what the catalogue published, the ledger, and what follows from it.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS inventory;

-- The material master as catalog last told it.
CREATE TABLE inventory.material (
    material_id uuid   NOT NULL PRIMARY KEY,
    code        text   NOT NULL,
    name_ko     text   NOT NULL,
    name_en     text   NOT NULL,
    unit        text   NOT NULL CHECK (unit IN ('g', 'ml', 'ea')),
    packs       json   NOT NULL,
    density     bigint NOT NULL CHECK (density >= 0),
    low         bigint NOT NULL CHECK (low >= 0)
);

-- Every menu version's recipes, never changed: an order uses those of the version it was sold by.
CREATE TABLE inventory.recipe_version (
    version  bigint      NOT NULL PRIMARY KEY,
    recipes  json        NOT NULL,
    taken_at timestamptz NOT NULL
);

-- One row per store that has moved stock. Whoever moves stock of a store holds its row until the
-- commit: balances and what follows from them are judged by one writer at a time. judged_version is
-- the recipe version by which the store's availability was last judged.
CREATE TABLE inventory.store (
    store_id       uuid   NOT NULL PRIMARY KEY,
    judged_version bigint NOT NULL
) WITH (fillfactor = 50);

-- The balances: on_hand is the sum of the store's ledger rows of the material, at every commit.
-- tracked: the store has said how much there is (opening stock, receipt), so on_hand means something;
-- an untracked material is only counted down and blocks nothing. count_since: since when on_hand is
-- known to be wrong, because it fell below zero.
CREATE TABLE inventory.stock (
    store_id    uuid        NOT NULL,
    material_id uuid        NOT NULL,
    on_hand     bigint      NOT NULL,
    tracked     boolean     NOT NULL,
    count_since timestamptz,
    moved_at    timestamptz NOT NULL,
    PRIMARY KEY (store_id, material_id)
) WITH (fillfactor = 50);

-- Every movement, for ever. Quantities are thousandths of the material's base unit, signed. entry_id
-- is a UUIDv7 of the moment of writing. Rows come from an order or from a document, never both;
-- entered_milli, entered_unit and factor_milli are what a person typed and what it was multiplied by.
CREATE TABLE inventory.ledger (
    entry_id      uuid        NOT NULL,
    store_id      uuid        NOT NULL,
    material_id   uuid        NOT NULL,
    milli         bigint      NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('sale', 'reversal', 'waste', 'receipt', 'count', 'transfer', 'opening')),
    order_id      uuid,
    pickup_number integer,
    business_date date,
    document_id   uuid,
    entered_milli bigint,
    entered_unit  text,
    factor_milli  bigint,
    note          text        NOT NULL,
    member_id     uuid,
    actor         text        NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (entry_id),
    CHECK ((order_id IS NULL) <> (document_id IS NULL))
) PARTITION BY RANGE (entry_id);

-- The airbag: a month whose partition was not made ahead of time still takes entries.
CREATE TABLE inventory.ledger_default PARTITION OF inventory.ledger DEFAULT;

CREATE INDEX ledger_by_material ON inventory.ledger (store_id, material_id, entry_id);
CREATE INDEX ledger_by_order ON inventory.ledger (order_id) WHERE order_id IS NOT NULL;

-- What people booked. The id is the client's and makes booking idempotent: fingerprint is of the body
-- that came with it, result is what was answered.
CREATE TABLE inventory.document (
    document_id uuid        NOT NULL PRIMARY KEY,
    store_id    uuid        NOT NULL,
    reason      text        NOT NULL CHECK (reason IN ('receipt', 'opening')),
    fingerprint bytea       NOT NULL,
    result      json        NOT NULL,
    member_id   uuid,
    actor       text        NOT NULL,
    at          timestamptz NOT NULL
);

-- What a store cannot make for want of material; what is not here can be made. option_id zero is the
-- size itself. short holds the materials it waits for: they stay short until there is twice the need.
CREATE TABLE inventory.unavailable (
    store_id  uuid        NOT NULL,
    item_id   uuid        NOT NULL,
    size_id   uuid        NOT NULL,
    option_id uuid        NOT NULL,
    reason    text        NOT NULL,
    short     uuid[]      NOT NULL,
    since     timestamptz NOT NULL,
    PRIMARY KEY (store_id, item_id, size_id, option_id)
);

-- +goose Down
DROP TABLE inventory.unavailable;
DROP TABLE inventory.document;
DROP TABLE inventory.ledger;
DROP TABLE inventory.stock;
DROP TABLE inventory.store;
DROP TABLE inventory.recipe_version;
DROP TABLE inventory.material;

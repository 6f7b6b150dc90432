-- The ledger in two tables: what orders moved, one row for all materials of an order, and what people
-- booked, one row a material. An order used to be a row and three index entries per material, which was
-- most of what following it cost; see docs/adr/0043. inventory.ledger shows both as one ledger.

-- +goose Up

-- What orders moved, for ever: quantities[i] is of material_ids[i], in thousandths of its base unit, signed.
CREATE TABLE inventory.ledger_order (
    store_id      uuid        NOT NULL,
    entry_id      uuid        NOT NULL,
    order_id      uuid        NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('sale', 'reversal', 'waste')),
    business_date date        NOT NULL,
    pickup_number integer,
    note          text        NOT NULL,
    member_id     uuid,
    at            timestamptz NOT NULL,
    material_ids  uuid[]      NOT NULL,
    quantities    bigint[]    NOT NULL,
    PRIMARY KEY (store_id, entry_id),
    CHECK (cardinality(material_ids) = cardinality(quantities))
) PARTITION BY RANGE (entry_id);

CREATE TABLE inventory.ledger_order_default PARTITION OF inventory.ledger_order DEFAULT;
CREATE INDEX ledger_order_by_order ON inventory.ledger_order (order_id);

-- What people booked, for ever; entered_milli, entered_unit and factor_milli are what a person typed and
-- what it was multiplied by.
CREATE TABLE inventory.ledger_document (
    store_id      uuid        NOT NULL,
    material_id   uuid        NOT NULL,
    entry_id      uuid        NOT NULL,
    milli         bigint      NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('waste', 'receipt', 'count', 'transfer', 'opening')),
    document_id   uuid        NOT NULL,
    entered_milli bigint,
    entered_unit  text,
    factor_milli  bigint,
    note          text        NOT NULL,
    member_id     uuid,
    actor         text        NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (store_id, material_id, entry_id)
) PARTITION BY RANGE (entry_id);

CREATE TABLE inventory.ledger_document_default PARTITION OF inventory.ledger_document DEFAULT;

-- +goose StatementBegin
DO $$
DECLARE part record;
BEGIN
    FOR part IN
        SELECT substr(child.relname, length('ledger_') + 1) AS month, pg_get_expr(child.relpartbound, child.oid) AS bounds
        FROM pg_inherits i
        JOIN pg_class child ON child.oid = i.inhrelid
        WHERE i.inhparent = 'inventory.ledger'::regclass AND child.relname <> 'ledger_default'
    LOOP
        EXECUTE format('CREATE TABLE inventory.%I PARTITION OF inventory.ledger_order %s', 'ledger_order_' || part.month, part.bounds);
        EXECUTE format('CREATE TABLE inventory.%I PARTITION OF inventory.ledger_document %s', 'ledger_document_' || part.month, part.bounds);
    END LOOP;
END
$$;
-- +goose StatementEnd

INSERT INTO inventory.ledger_order
    (store_id, entry_id, order_id, reason, business_date, pickup_number, note, member_id, at, material_ids, quantities)
SELECT store_id, min(entry_id::text)::uuid, order_id, reason, business_date, pickup_number, note, member_id, at,
    array_agg(material_id ORDER BY entry_id), array_agg(milli ORDER BY entry_id)
FROM inventory.ledger
WHERE order_id IS NOT NULL
GROUP BY store_id, order_id, reason, business_date, pickup_number, note, member_id, at;

INSERT INTO inventory.ledger_document
    (store_id, material_id, entry_id, milli, reason, document_id, entered_milli, entered_unit, factor_milli, note, member_id, actor, at)
SELECT store_id, material_id, entry_id, milli, reason, document_id, entered_milli, entered_unit, factor_milli, note, member_id, actor, at
FROM inventory.ledger
WHERE document_id IS NOT NULL;

DROP TABLE inventory.ledger;

CREATE VIEW inventory.ledger AS
SELECT o.entry_id, o.store_id, u.material_id, u.milli, o.reason, o.order_id, o.pickup_number, o.business_date,
    NULL::uuid AS document_id, NULL::bigint AS entered_milli, NULL::text AS entered_unit, NULL::bigint AS factor_milli,
    o.note, o.member_id, ''::text AS actor, o.at
FROM inventory.ledger_order o
CROSS JOIN LATERAL unnest(o.material_ids, o.quantities) AS u (material_id, milli)
UNION ALL
SELECT d.entry_id, d.store_id, d.material_id, d.milli, d.reason, NULL::uuid, NULL::integer, NULL::date,
    d.document_id, d.entered_milli, d.entered_unit, d.factor_milli, d.note, d.member_id, d.actor, d.at
FROM inventory.ledger_document d;

-- +goose Down
ALTER TABLE inventory.ledger_order RENAME TO ledger_order_old;
ALTER TABLE inventory.ledger_document RENAME TO ledger_document_old;
DROP VIEW inventory.ledger;

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
CREATE TABLE inventory.ledger_default PARTITION OF inventory.ledger DEFAULT;
CREATE INDEX ledger_by_material ON inventory.ledger (store_id, material_id, entry_id);
CREATE INDEX ledger_by_order ON inventory.ledger (order_id) WHERE order_id IS NOT NULL;

-- An id for every material of an order again: the order's, with the material's number in its last bytes.
INSERT INTO inventory.ledger
SELECT (left(o.entry_id::text, 32) || lpad(to_hex(u.n), 4, '0'))::uuid, o.store_id, u.material_id, u.milli, o.reason, o.order_id,
    o.pickup_number, o.business_date, NULL, NULL, NULL, NULL, o.note, o.member_id, '', o.at
FROM inventory.ledger_order_old o
CROSS JOIN LATERAL unnest(o.material_ids, o.quantities) WITH ORDINALITY AS u (material_id, milli, n);
INSERT INTO inventory.ledger
SELECT entry_id, store_id, material_id, milli, reason, NULL, NULL, NULL, document_id, entered_milli, entered_unit, factor_milli,
    note, member_id, actor, at
FROM inventory.ledger_document_old;
DROP TABLE inventory.ledger_order_old;
DROP TABLE inventory.ledger_document_old;

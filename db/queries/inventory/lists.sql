-- name: LowStock :many
SELECT s.material_id, m.code, m.name_ko, m.name_en, m.unit, s.on_hand, m.low
FROM inventory.stock s
JOIN inventory.material m ON m.material_id = s.material_id
WHERE s.store_id = @store_id AND s.tracked AND (s.on_hand < m.low OR s.on_hand < 0)
ORDER BY s.on_hand >= 0, s.on_hand::numeric / GREATEST(m.low, 1), m.code
LIMIT @at_most;

-- name: Balances :many
-- Every material of the franchise with the store's balance, where it has one.
SELECT m.material_id, m.code, m.name_ko, m.name_en, m.unit, m.packs, m.density, m.low,
    COALESCE(s.on_hand, 0)::bigint AS on_hand,
    COALESCE(s.tracked, false)::boolean AS tracked,
    s.count_since, s.moved_at
FROM inventory.material m
LEFT JOIN inventory.stock s ON s.store_id = @store_id AND s.material_id = m.material_id
ORDER BY m.code;

-- name: Balance :one
SELECT on_hand, tracked, count_since, moved_at
FROM inventory.stock
WHERE store_id = @store_id AND material_id = @material_id;

-- name: UsedSince :many
-- By the business date of the order: what was sold weeks ago and imported today is not today's pace.
SELECT u.material_id::uuid AS material_id, (-sum(u.milli))::bigint AS milli, min(o.business_date)::date AS first_date
FROM inventory.ledger_order o
CROSS JOIN LATERAL (SELECT unnest(o.material_ids) AS material_id, unnest(o.quantities) AS milli) AS u
WHERE o.store_id = @store_id AND o.entry_id >= @since AND o.business_date >= @first_date
GROUP BY u.material_id;

-- name: OrderMovements :many
-- Goes back over the store's orders to those with the material: few for what is in every cup, all of them
-- for what was never sold.
SELECT entry_id, COALESCE(quantities[array_position(material_ids, @material_id::uuid)], 0)::bigint AS milli, reason, order_id,
    COALESCE(pickup_number, 0)::integer AS pickup_number, business_date, note,
    COALESCE(member_id, '00000000-0000-0000-0000-000000000000')::uuid AS member_id, at
FROM inventory.ledger_order
WHERE store_id = @store_id AND entry_id < @before AND @material_id::uuid = ANY(material_ids)
ORDER BY entry_id DESC
LIMIT @at_most;

-- name: DocumentMovements :many
SELECT entry_id, milli, reason, document_id,
    COALESCE(entered_milli, 0)::bigint AS entered_milli,
    COALESCE(entered_unit, '')::text AS entered_unit,
    COALESCE(factor_milli, 0)::bigint AS factor_milli,
    note,
    COALESCE(member_id, '00000000-0000-0000-0000-000000000000')::uuid AS member_id,
    actor, at
FROM inventory.ledger_document
WHERE store_id = @store_id AND material_id = @material_id AND entry_id < @before
ORDER BY entry_id DESC
LIMIT @at_most;

-- name: MovedSince :one
SELECT (COALESCE((
        SELECT sum(o.quantities[array_position(o.material_ids, @material_id::uuid)])
        FROM inventory.ledger_order o
        WHERE o.store_id = @store_id AND o.entry_id >= @since AND @material_id::uuid = ANY(o.material_ids)
    ), 0) + COALESCE((
        SELECT sum(d.milli)
        FROM inventory.ledger_document d
        WHERE d.store_id = @store_id AND d.material_id = @material_id AND d.entry_id >= @since
    ), 0))::bigint AS milli;

-- name: SoldOutByReason :many
SELECT reason, count(*) AS things
FROM inventory.unavailable
WHERE store_id = @store_id
GROUP BY reason;

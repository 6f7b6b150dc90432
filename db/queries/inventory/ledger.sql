-- name: AddOrderEntries :exec
-- The materials of all rows come in two long arrays, of which each row takes its part.
INSERT INTO inventory.ledger_order (store_id, entry_id, order_id, reason, business_date, pickup_number, note, member_id, at, material_ids, quantities)
SELECT e.store_id, e.entry_id, e.order_id, e.reason, e.business_date, NULLIF(e.pickup_number, 0), e.note,
    NULLIF(e.member_id, '00000000-0000-0000-0000-000000000000'::uuid), @at::timestamptz,
    (@material_ids::uuid[])[e.first_use:e.last_use], (@quantities::bigint[])[e.first_use:e.last_use]
FROM (
    SELECT unnest(@store_ids::uuid[]) AS store_id,
        unnest(@entry_ids::uuid[]) AS entry_id,
        unnest(@order_ids::uuid[]) AS order_id,
        unnest(@reasons::text[]) AS reason,
        unnest(@business_dates::date[]) AS business_date,
        unnest(@pickup_numbers::integer[]) AS pickup_number,
        unnest(@notes::text[]) AS note,
        unnest(@member_ids::uuid[]) AS member_id,
        unnest(@first_uses::integer[]) AS first_use,
        unnest(@last_uses::integer[]) AS last_use
) AS e;

-- name: AddDocumentEntries :exec
INSERT INTO inventory.ledger_document (entry_id, store_id, material_id, milli, reason, document_id, entered_milli, entered_unit, factor_milli, note, member_id, actor, at)
SELECT unnest(@entry_ids::uuid[]),
    @store_id::uuid,
    unnest(@material_ids::uuid[]),
    unnest(@quantities::bigint[]),
    unnest(@reasons::text[]),
    @document_id::uuid,
    unnest(@entered::bigint[]),
    unnest(@units::text[]),
    unnest(@factors::bigint[]),
    @note::text,
    NULLIF(@member_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid),
    @actor::text,
    @at::timestamptz;

-- name: UsedByOrders :many
-- What is left of each order's deduction: its sale rows less what was given back already. Two stores may
-- have chosen the same order id, so an order is named by both.
SELECT o.store_id, o.order_id, u.material_id::uuid AS material_id, sum(u.milli)::bigint AS milli, COALESCE(max(o.pickup_number), 0)::integer AS pickup_number
FROM inventory.ledger_order o
CROSS JOIN LATERAL (SELECT unnest(o.material_ids) AS material_id, unnest(o.quantities) AS milli) AS u
WHERE o.order_id = ANY(@order_ids::uuid[]) AND o.reason IN ('sale', 'reversal')
GROUP BY o.store_id, o.order_id, u.material_id
HAVING sum(u.milli) <> 0
ORDER BY o.store_id, o.order_id, u.material_id;

-- name: Document :one
SELECT store_id, reason, fingerprint, result
FROM inventory.document
WHERE document_id = @document_id;

-- name: AddDocument :execrows
INSERT INTO inventory.document (document_id, store_id, reason, fingerprint, result, member_id, actor, at)
VALUES (@document_id, @store_id, @reason, @fingerprint, @result, NULLIF(@member_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid), @actor, @at)
ON CONFLICT (document_id) DO NOTHING;

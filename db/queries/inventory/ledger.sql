-- name: AddOrderEntries :exec
INSERT INTO inventory.ledger (entry_id, store_id, material_id, milli, reason, order_id, pickup_number, business_date, note, member_id, actor, at)
SELECT unnest(@entry_ids::uuid[]),
    unnest(@store_ids::uuid[]),
    unnest(@material_ids::uuid[]),
    unnest(@quantities::bigint[]),
    unnest(@reasons::text[]),
    unnest(@order_ids::uuid[]),
    NULLIF(unnest(@pickup_numbers::integer[]), 0),
    unnest(@business_dates::date[]),
    unnest(@notes::text[]),
    NULLIF(unnest(@member_ids::uuid[]), '00000000-0000-0000-0000-000000000000'::uuid),
    '',
    @at::timestamptz;

-- name: AddDocumentEntries :exec
INSERT INTO inventory.ledger (entry_id, store_id, material_id, milli, reason, document_id, entered_milli, entered_unit, factor_milli, note, member_id, actor, at)
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
SELECT store_id, order_id::uuid AS order_id, material_id, sum(milli)::bigint AS milli, COALESCE(max(pickup_number), 0)::integer AS pickup_number
FROM inventory.ledger
WHERE order_id = ANY(@order_ids::uuid[]) AND reason IN ('sale', 'reversal')
GROUP BY store_id, order_id, material_id
HAVING sum(milli) <> 0
ORDER BY store_id, order_id, material_id;

-- name: Document :one
SELECT store_id, reason, fingerprint, result
FROM inventory.document
WHERE document_id = @document_id;

-- name: AddDocument :execrows
INSERT INTO inventory.document (document_id, store_id, reason, fingerprint, result, member_id, actor, at)
VALUES (@document_id, @store_id, @reason, @fingerprint, @result, NULLIF(@member_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid), @actor, @at)
ON CONFLICT (document_id) DO NOTHING;

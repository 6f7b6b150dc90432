-- name: Stores :many
SELECT store_id
FROM inventory.store
ORDER BY store_id;

-- name: HoldStores :many
-- The array stands in a subselect because the server, which would see its length, would plan the
-- statement anew for every order: that took three times as long as the statement.
SELECT store_id, judged_version
FROM inventory.store
WHERE store_id = ANY((SELECT @store_ids::uuid[])::uuid[])
ORDER BY store_id
FOR UPDATE;

-- name: HoldOutdatedStores :many
SELECT store_id
FROM inventory.store
WHERE judged_version <> @version AND store_id > @after
ORDER BY store_id
LIMIT @at_most
FOR UPDATE;

-- name: AddStores :exec
INSERT INTO inventory.store (store_id, judged_version)
SELECT unnest(@store_ids::uuid[]), @judged_version::bigint
ON CONFLICT (store_id) DO NOTHING;

-- name: MarkJudged :exec
UPDATE inventory.store
SET judged_version = @judged_version
WHERE store_id = ANY(@store_ids::uuid[]);

-- name: MoveStock :many
-- A balance that falls below zero is known to be wrong from then on.
UPDATE inventory.stock AS s
SET on_hand = s.on_hand + d.milli,
    count_since = CASE WHEN s.tracked AND s.on_hand >= 0 AND s.on_hand + d.milli < 0 THEN @at::timestamptz ELSE s.count_since END,
    moved_at = @at::timestamptz
FROM (
    SELECT unnest(@store_ids::uuid[]) AS store_id,
        unnest(@material_ids::uuid[]) AS material_id,
        unnest(@quantities::bigint[]) AS milli
) AS d
LEFT JOIN inventory.material AS m ON m.material_id = d.material_id
WHERE s.store_id = d.store_id AND s.material_id = d.material_id
RETURNING s.store_id, s.material_id, s.on_hand, s.tracked, COALESCE(m.low, 0)::bigint AS warn_below;

-- name: HoldJudgedStores :exec
--- Fails unless all the stores are there and were judged by this version of the recipes.
SELECT 1 / (count(*) = cardinality(@store_ids::uuid[]))::integer
FROM (
    SELECT
    FROM inventory.store
    WHERE store_id = ANY((SELECT @store_ids::uuid[])::uuid[]) AND judged_version = @version
    ORDER BY store_id
    FOR UPDATE
) AS held;

-- name: MovePlenty :exec
--- MoveStock where nothing follows from it: fails unless every balance is there and is not tracked, stays at or
--- above its floor and what it is low at, or was below zero before, and this version of the recipes is the newest.
WITH moved AS (
    UPDATE inventory.stock AS s
    SET on_hand = s.on_hand + d.milli, moved_at = @at::timestamptz
    FROM (
        SELECT unnest(@store_ids::uuid[]) AS store_id,
            unnest(@material_ids::uuid[]) AS material_id,
            unnest(@quantities::bigint[]) AS milli,
            unnest(@floors::bigint[]) AS floor
    ) AS d
    LEFT JOIN inventory.material AS m ON m.material_id = d.material_id
    WHERE s.store_id = d.store_id AND s.material_id = d.material_id
        AND (NOT s.tracked OR s.on_hand < 0 OR s.on_hand + d.milli >= GREATEST(d.floor, m.low))
    RETURNING 1
)
SELECT 1 / (count(*) = cardinality(@store_ids::uuid[]) AND @version = (SELECT max(v.version) FROM inventory.recipe_version AS v))::integer
FROM moved;

-- name: AddStock :exec
INSERT INTO inventory.stock (store_id, material_id, on_hand, tracked, moved_at)
SELECT unnest(@store_ids::uuid[]), unnest(@material_ids::uuid[]), unnest(@quantities::bigint[]), false, @at::timestamptz;

-- name: BalancesOfMaterials :many
SELECT m.material_id, m.low,
    COALESCE(s.on_hand, 0)::bigint AS on_hand,
    COALESCE(s.tracked, false)::boolean AS tracked
FROM inventory.material m
LEFT JOIN inventory.stock s ON s.store_id = @store_id AND s.material_id = m.material_id
WHERE m.material_id = ANY(@material_ids::uuid[]);

-- name: CountedSince :many
SELECT material_id
FROM inventory.ledger
WHERE store_id = @store_id AND material_id = ANY(@material_ids::uuid[]) AND entry_id >= @since
  AND reason IN ('count', 'opening');

-- name: SetStock :exec
-- What a person said is there, or went: from now on the balance means something, and below zero it is known
-- to be wrong.
INSERT INTO inventory.stock (store_id, material_id, on_hand, tracked, count_since, moved_at)
SELECT @store_id::uuid, d.material_id, d.balance, true, CASE WHEN d.balance < 0 THEN @at::timestamptz END, @at::timestamptz
FROM (SELECT unnest(@material_ids::uuid[]) AS material_id, unnest(@balances::bigint[]) AS balance) AS d
ON CONFLICT (store_id, material_id) DO UPDATE
SET on_hand = excluded.on_hand,
    tracked = true,
    count_since = CASE WHEN excluded.on_hand < 0 THEN COALESCE(stock.count_since, excluded.count_since) END,
    moved_at = excluded.moved_at;

-- name: TrackedBalances :many
SELECT store_id, material_id, on_hand
FROM inventory.stock
WHERE store_id = ANY(@store_ids::uuid[]) AND tracked;

-- name: PutMaterial :exec
INSERT INTO inventory.material (material_id, code, name_ko, name_en, unit, packs, density, low)
VALUES (@material_id, @code, @name_ko, @name_en, @unit, @packs, @density, @low)
ON CONFLICT (material_id) DO UPDATE
SET code = excluded.code,
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    unit = excluded.unit,
    packs = excluded.packs,
    density = excluded.density,
    low = excluded.low;

-- name: Materials :many
SELECT material_id, code, name_ko, name_en, unit, packs, density, low
FROM inventory.material
ORDER BY code;

-- name: MaterialsByID :many
SELECT material_id, code, name_ko, name_en, unit, packs, density, low
FROM inventory.material
WHERE material_id = ANY(@material_ids::uuid[]);

-- name: MaterialByCode :one
SELECT material_id, code, name_ko, name_en, unit, packs, density, low
FROM inventory.material
WHERE code = @code;

-- name: MaterialCodes :many
SELECT material_id, code
FROM inventory.material;

-- name: PutRecipeVersion :exec
INSERT INTO inventory.recipe_version (version, recipes, taken_at)
VALUES (@version, @recipes, @taken_at)
ON CONFLICT (version) DO NOTHING;

-- name: RecipeVersion :one
SELECT recipes
FROM inventory.recipe_version
WHERE version = @version;

-- name: NewestRecipeVersion :one
SELECT COALESCE(max(version), 0)::bigint AS version
FROM inventory.recipe_version;

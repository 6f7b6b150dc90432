-- name: Materials :many
SELECT material_id, code, name_ko, name_en, base_unit, density, packs, (unit_cost * 1000000)::bigint AS unit_cost_micro,
    low, revision, changed_at, changed_by
FROM catalog.material
ORDER BY code;

-- name: MaterialByCode :one
SELECT material_id, code, name_ko, name_en, base_unit, density, packs, (unit_cost * 1000000)::bigint AS unit_cost_micro,
    low, revision, changed_at, changed_by
FROM catalog.material
WHERE code = @code;

-- name: InsertMaterial :exec
INSERT INTO catalog.material (
    material_id, code, name_ko, name_en, base_unit, density, packs, unit_cost, low, revision, changed_at, changed_by
)
VALUES (
    @material_id, @code, @name_ko, @name_en, @base_unit, @density, @packs, CAST(@unit_cost_micro AS bigint) / CAST(1000000 AS numeric), @low, 1,
    @changed_at, @changed_by
);

-- name: UpdateMaterial :exec
UPDATE catalog.material
SET name_ko = @name_ko, name_en = @name_en, base_unit = @base_unit, density = @density, packs = @packs,
    unit_cost = CAST(@unit_cost_micro AS bigint) / CAST(1000000 AS numeric), low = @low,
    revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE material_id = @material_id;

-- name: SubRecipes :many
SELECT recipe_id, COALESCE(code, '')::text AS code, name_ko, name_en, base_unit, yield_milli, revision, changed_at, changed_by
FROM catalog.recipe
WHERE code IS NOT NULL
ORDER BY code;

-- name: InsertSubRecipe :exec
INSERT INTO catalog.recipe (recipe_id, code, name_ko, name_en, base_unit, yield_milli, revision, changed_at, changed_by)
VALUES (@recipe_id, @code::text, @name_ko, @name_en, @base_unit, @yield_milli, 1, @changed_at, @changed_by);

-- name: UpdateSubRecipe :exec
UPDATE catalog.recipe
SET name_ko = @name_ko, name_en = @name_en, base_unit = @base_unit, yield_milli = @yield_milli,
    revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE recipe_id = @recipe_id;

-- name: SizeRecipes :many
SELECT recipe_id, size_id, revision, changed_at, changed_by
FROM catalog.recipe
WHERE size_id IS NOT NULL;

-- name: RecipeOfSize :one
SELECT recipe_id, size_id, revision, changed_at, changed_by
FROM catalog.recipe
WHERE size_id = @size_id;

-- name: InsertSizeRecipe :exec
INSERT INTO catalog.recipe (recipe_id, size_id, name_ko, name_en, base_unit, yield_milli, revision, changed_at, changed_by)
VALUES (@recipe_id, @size_id, '', '', '', 0, 1, @changed_at, @changed_by);

-- name: TouchRecipe :exec
UPDATE catalog.recipe
SET revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE recipe_id = @recipe_id;

-- name: Components :many
SELECT c.recipe_id, c.no, COALESCE(m.code, '')::text AS material, COALESCE(s.code, '')::text AS sub, c.milli, c.entered_milli,
    c.unit, c.dining_options
FROM catalog.recipe_component AS c
LEFT JOIN catalog.material AS m ON m.material_id = c.material_id
LEFT JOIN catalog.recipe AS s ON s.recipe_id = c.sub_recipe_id
ORDER BY c.recipe_id, c.no;

-- name: ComponentsOfRecipe :many
SELECT c.recipe_id, c.no, COALESCE(m.code, '')::text AS material, COALESCE(s.code, '')::text AS sub, c.milli, c.entered_milli,
    c.unit, c.dining_options
FROM catalog.recipe_component AS c
LEFT JOIN catalog.material AS m ON m.material_id = c.material_id
LEFT JOIN catalog.recipe AS s ON s.recipe_id = c.sub_recipe_id
WHERE c.recipe_id = @recipe_id
ORDER BY c.no;

-- name: DeleteComponents :exec
DELETE FROM catalog.recipe_component
WHERE recipe_id = @recipe_id;

-- name: InsertComponents :batchexec
INSERT INTO catalog.recipe_component (recipe_id, no, material_id, sub_recipe_id, milli, entered_milli, unit, dining_options)
VALUES (
    @recipe_id, @no, NULLIF(@material::uuid, '00000000-0000-0000-0000-000000000000'::uuid),
    NULLIF(@sub_recipe::uuid, '00000000-0000-0000-0000-000000000000'::uuid), @milli, @entered_milli, @unit, @dining_options
);

-- name: Deltas :many
SELECT d.option_id, d.no, d.kind, m.code AS material, COALESCE(w.code, '')::text AS with_material, d.factor_milli, d.milli,
    d.entered_milli, d.unit
FROM catalog.option_delta AS d
JOIN catalog.material AS m ON m.material_id = d.material_id
LEFT JOIN catalog.material AS w ON w.material_id = d.with_id
ORDER BY d.option_id, d.no;

-- name: DeleteDeltas :exec
DELETE FROM catalog.option_delta
WHERE option_id = @option_id;

-- name: InsertDelta :exec
INSERT INTO catalog.option_delta (option_id, no, kind, material_id, with_id, factor_milli, milli, entered_milli, unit)
VALUES (
    @option_id, @no, @kind, @material_id, NULLIF(@with_material::uuid, '00000000-0000-0000-0000-000000000000'::uuid), @factor_milli,
    @milli, @entered_milli, @unit
);

-- name: TouchGroup :exec
UPDATE catalog.option_group
SET revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE group_id = @group_id;

-- The draft of the menu that headquarters edits, and the versions that were published from it. Rows are
-- found by their code, the stable name in files, URLs and integrations.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS catalog;

-- The franchise, copied from members. Its one row is also what every writer of the draft locks first, so
-- that a version is published of one state of the draft.
CREATE TABLE catalog.franchise (
    only_row boolean NOT NULL PRIMARY KEY CHECK (only_row),
    currency text    NOT NULL
);

INSERT INTO catalog.franchise (only_row, currency)
VALUES (true, '');

CREATE TABLE catalog.category (
    category_id uuid        NOT NULL PRIMARY KEY,
    code        text        NOT NULL UNIQUE,
    name_ko     text        NOT NULL,
    name_en     text        NOT NULL,
    icon        text        NOT NULL,
    position    int         NOT NULL,
    revision    bigint      NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL
);

CREATE TABLE catalog.item (
    item_id     uuid        NOT NULL PRIMARY KEY,
    code        text        NOT NULL UNIQUE,
    category_id uuid        NOT NULL REFERENCES catalog.category,
    name_ko     text        NOT NULL,
    name_en     text        NOT NULL,
    icon        text        NOT NULL,
    tax_free    boolean     NOT NULL,
    on_sale     boolean     NOT NULL,
    position    int         NOT NULL,
    allergens   jsonb       NOT NULL,
    revision    bigint      NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL
);

CREATE INDEX item_category ON catalog.item (category_id);

CREATE TABLE catalog.item_size (
    size_id   uuid   NOT NULL PRIMARY KEY,
    item_id   uuid   NOT NULL REFERENCES catalog.item ON DELETE CASCADE,
    code      text   NOT NULL,
    name_ko   text   NOT NULL,
    name_en   text   NOT NULL,
    price     bigint NOT NULL CHECK (price >= 0),
    position  int    NOT NULL,
    nutrition jsonb,
    UNIQUE (item_id, code)
);

CREATE TABLE catalog.option_group (
    group_id   uuid        NOT NULL PRIMARY KEY,
    code       text        NOT NULL UNIQUE,
    name_ko    text        NOT NULL,
    name_en    text        NOT NULL,
    least      int         NOT NULL CHECK (least >= 0),
    most       int         NOT NULL CHECK (most >= 1),
    position   int         NOT NULL,
    revision   bigint      NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL
);

CREATE TABLE catalog.option (
    option_id    uuid    NOT NULL PRIMARY KEY,
    group_id     uuid    NOT NULL REFERENCES catalog.option_group ON DELETE CASCADE,
    code         text    NOT NULL,
    name_ko      text    NOT NULL,
    name_en      text    NOT NULL,
    price        bigint  NOT NULL,
    preselected  boolean NOT NULL,
    max_quantity int     NOT NULL CHECK (max_quantity >= 1),
    position     int     NOT NULL,
    UNIQUE (group_id, code)
);

CREATE TABLE catalog.item_option_group (
    item_id  uuid NOT NULL REFERENCES catalog.item ON DELETE CASCADE,
    group_id uuid NOT NULL REFERENCES catalog.option_group ON DELETE CASCADE,
    position int  NOT NULL,
    PRIMARY KEY (item_id, group_id)
);

CREATE INDEX item_option_group_group ON catalog.item_option_group (group_id);

-- unit_cost is in the major unit of the currency per base unit: a lid at 59.4 won.
CREATE TABLE catalog.material (
    material_id uuid           NOT NULL PRIMARY KEY,
    code        text           NOT NULL UNIQUE,
    name_ko     text           NOT NULL,
    name_en     text           NOT NULL,
    base_unit   text           NOT NULL CHECK (base_unit IN ('g', 'ml', 'ea')),
    density     bigint         NOT NULL CHECK (density >= 0),
    packs       jsonb          NOT NULL,
    unit_cost   numeric(18, 6) NOT NULL CHECK (unit_cost >= 0),
    low         bigint         NOT NULL CHECK (low >= 0),
    revision    bigint         NOT NULL,
    changed_at  timestamptz    NOT NULL,
    changed_by  text           NOT NULL
);

-- A recipe belongs to a size of an item, or it is a sub-recipe with a code and a yield of its own.
CREATE TABLE catalog.recipe (
    recipe_id   uuid        NOT NULL PRIMARY KEY,
    size_id     uuid        UNIQUE REFERENCES catalog.item_size ON DELETE CASCADE,
    code        text        UNIQUE,
    name_ko     text        NOT NULL,
    name_en     text        NOT NULL,
    base_unit   text        NOT NULL,
    yield_milli bigint      NOT NULL,
    revision    bigint      NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL,
    CHECK ((size_id IS NULL) <> (code IS NULL)),
    CHECK (code IS NULL OR yield_milli > 0)
);

-- milli is in thousandths of the base unit; entered_milli and unit are what the person typed.
CREATE TABLE catalog.recipe_component (
    recipe_id      uuid   NOT NULL REFERENCES catalog.recipe ON DELETE CASCADE,
    no             int    NOT NULL,
    material_id    uuid   REFERENCES catalog.material,
    sub_recipe_id  uuid   REFERENCES catalog.recipe,
    milli          bigint NOT NULL CHECK (milli > 0),
    entered_milli  bigint NOT NULL,
    unit           text   NOT NULL,
    dining_options text[] NOT NULL,
    PRIMARY KEY (recipe_id, no),
    CHECK ((material_id IS NULL) <> (sub_recipe_id IS NULL))
);

CREATE INDEX recipe_component_material ON catalog.recipe_component (material_id);
CREATE INDEX recipe_component_sub_recipe ON catalog.recipe_component (sub_recipe_id);

CREATE TABLE catalog.option_delta (
    option_id     uuid   NOT NULL REFERENCES catalog.option ON DELETE CASCADE,
    no            int    NOT NULL,
    kind          text   NOT NULL CHECK (kind IN ('replace', 'remove', 'multiply', 'add')),
    material_id   uuid   NOT NULL REFERENCES catalog.material,
    with_id       uuid   REFERENCES catalog.material,
    factor_milli  bigint NOT NULL,
    milli         bigint NOT NULL,
    entered_milli bigint NOT NULL,
    unit          text   NOT NULL,
    PRIMARY KEY (option_id, no),
    CHECK ((kind = 'replace') = (with_id IS NOT NULL))
);

-- What was published. Rows are never changed.
CREATE TABLE catalog.menu_version (
    version      bigint      NOT NULL PRIMARY KEY,
    menu         json        NOT NULL,
    recipes      json        NOT NULL,
    fingerprint  bytea       NOT NULL,
    note         text        NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text        NOT NULL
);

-- +goose Down
DROP TABLE catalog.menu_version;
DROP TABLE catalog.option_delta;
DROP TABLE catalog.recipe_component;
DROP TABLE catalog.recipe;
DROP TABLE catalog.material;
DROP TABLE catalog.item_option_group;
DROP TABLE catalog.option;
DROP TABLE catalog.option_group;
DROP TABLE catalog.item_size;
DROP TABLE catalog.item;
DROP TABLE catalog.category;
DROP TABLE catalog.franchise;

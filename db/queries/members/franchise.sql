-- name: Franchise :one
SELECT name_ko, name_en, currency, founded_at
FROM members.franchise;

-- name: InsertFranchise :execrows
INSERT INTO members.franchise (name_ko, name_en, currency, founded_at)
VALUES (@name_ko, @name_en, @currency, @founded_at)
ON CONFLICT (only_one) DO NOTHING;

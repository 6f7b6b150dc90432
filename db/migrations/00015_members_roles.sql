-- Headquarters is five roles, and a store has managers. Who was headquarters may do everything, as
-- before.

-- +goose Up
ALTER TABLE members.member DROP CONSTRAINT member_role_check;
UPDATE members.member
SET role = 'hq_admin'
WHERE role = 'hq';
ALTER TABLE members.member ADD CONSTRAINT member_role_check
    CHECK (role IN ('hq_admin', 'hq_operations', 'hq_menu', 'hq_support', 'hq_analyst', 'owner', 'manager', 'staff'));

-- +goose Down
ALTER TABLE members.member DROP CONSTRAINT member_role_check;
UPDATE members.member
SET role = CASE WHEN role LIKE 'hq%' THEN 'hq' WHEN role = 'manager' THEN 'staff' ELSE role END;
ALTER TABLE members.member ADD CONSTRAINT member_role_check CHECK (role IN ('hq', 'owner', 'staff'));

-- +goose Up

-- People also book what they counted and what they threw away.
ALTER TABLE inventory.document
    DROP CONSTRAINT document_reason_check,
    ADD CONSTRAINT document_reason_check CHECK (reason IN ('receipt', 'opening', 'count', 'waste'));

-- +goose Down
ALTER TABLE inventory.document
    DROP CONSTRAINT document_reason_check,
    ADD CONSTRAINT document_reason_check CHECK (reason IN ('receipt', 'opening')) NOT VALID;

-- Finding people by any part of what is known of them, among tens of thousands.
-- +goose Up

-- bigrams are every two signs that follow each other, those that begin at odd places before those at even
-- ones: a name in Hangul is three signs, of which most people type two, so that indexes of three (pg_trgm)
-- would not help. Nothing of it is stored but the index below, whose expression must be the same.
CREATE VIEW members.member_search AS
SELECT member_id, search,
    string_to_array(regexp_replace(search, '(..)', E'\\1\x1f', 'g'), E'\x1f')
        || string_to_array(regexp_replace(substr(search, 2), '(..)', E'\\1\x1f', 'g'), E'\x1f') AS bigrams
FROM members.member;

CREATE INDEX member_bigrams ON members.member USING gin ((
    string_to_array(regexp_replace(search, '(..)', E'\\1\x1f', 'g'), E'\x1f')
        || string_to_array(regexp_replace(substr(search, 2), '(..)', E'\\1\x1f', 'g'), E'\x1f')
)) WITH (fastupdate = off);

-- +goose Down
DROP INDEX members.member_bigrams;
DROP VIEW members.member_search;

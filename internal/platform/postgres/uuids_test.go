package postgres_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres/pgtest"
)

func TestIDsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	store, bare := ids.NewStoreID(), uuid.New()
	list := []uuid.UUID{uuid.New(), uuid.Nil, uuid.Max}
	var (
		gotStore    ids.StoreID
		gotBare     uuid.UUID
		gotText     string
		gotList     []uuid.UUID
		none, empty []uuid.UUID
		absent      *uuid.UUID
		present     *ids.StoreID
		length      *int
	)
	err := db.QueryRow(t.Context(), `
		SELECT $1::uuid, $2::uuid, $2::uuid::text, $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid, $1::uuid, array_length($3::uuid[], 1)`,
		store, bare, list, none, []uuid.UUID{}, absent).
		Scan(&gotStore, &gotBare, &gotText, &gotList, &none, &empty, &absent, &present, &length)
	if err != nil {
		t.Fatal(err)
	}
	if gotStore != store || gotBare != bare || gotText != bare.String() || *present != store || absent != nil || *length != len(list) {
		t.Errorf("%v came back as %v, %v as %v, in the database %s, absent as %v, its array has %d", store, gotStore, bare, gotBare, gotText, absent, *length)
	}
	if diff := cmp.Diff(list, gotList); diff != "" {
		t.Errorf("list (-went +came):\n%s", diff)
	}
	if none != nil || empty == nil || len(empty) != 0 {
		t.Errorf("no list came back as %v, an empty one as %v", none, empty)
	}
	if err := db.QueryRow(t.Context(), "SELECT NULL::uuid").Scan(&gotStore); err == nil {
		t.Error("NULL was read into an id")
	}
}

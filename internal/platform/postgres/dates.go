package postgres

import (
	"encoding/binary"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// useBinaryDates makes business dates travel as the number of days they are, instead of by database/sql's
// Valuer and a time.Time.
func useBinaryDates(conn *pgx.Conn) {
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "date", OID: pgtype.DateOID, Codec: dayCodec{}})
}

// day is businessday.Date.
type day interface {
	Midnight() time.Time
	IsZero() bool
}

// dayCodec writes no day as NULL.
type dayCodec struct{ pgtype.DateCodec }

func (c dayCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(day); ok && format == pgtype.BinaryFormatCode && reflect.TypeOf(value).Kind() != reflect.Pointer {
		return encodeDay{}
	}
	return c.DateCodec.PlanEncode(m, oid, format, value)
}

type encodeDay struct{}

// epochDays is 2000-01-01, from which PostgreSQL counts, in days since 1970.
const epochDays = 10957

func (encodeDay) Encode(value any, buf []byte) ([]byte, error) {
	d := value.(day)
	if d.IsZero() {
		return nil, nil
	}
	days := d.Midnight().Unix()/(24*60*60) - epochDays                  // midnights before 1970 divide without a rest too
	return binary.BigEndian.AppendUint32(buf, uint32(int32(days))), nil //nolint:gosec // a calendar's days fit
}

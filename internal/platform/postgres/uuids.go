package postgres

import (
	"encoding"
	"encoding/binary"
	"errors"
	"reflect"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// useBinaryUUIDs makes ids travel as their 16 bytes. pgx knows neither uuid.UUID nor the types that
// embed it, and would take every one through its text form and a failed attempt before it: a quarter
// of what following an order cost the program.
func useBinaryUUIDs(conn *pgx.Conn) {
	types := conn.TypeMap()
	one := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}}
	types.RegisterType(one)
	types.RegisterType(&pgtype.Type{
		Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: uuidArrayCodec{&pgtype.ArrayCodec{ElementType: one}},
	})
}

var uuidType = reflect.TypeFor[uuid.UUID]()

// isUUID reports whether t is uuid.UUID or a struct of nothing else, as the types of package ids are.
func isUUID(t reflect.Type) bool {
	return t == uuidType || t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type == uuidType && t.Field(0).Anonymous
}

type uuidCodec struct{ pgtype.UUIDCodec }

func (c uuidCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode && isUUID(reflect.TypeOf(value)) {
		return encodeUUID{}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

func (c uuidCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if t := reflect.TypeOf(target); format == pgtype.BinaryFormatCode && t.Kind() == reflect.Pointer && isUUID(t.Elem()) {
		return scanUUID{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

type encodeUUID struct{}

func (encodeUUID) Encode(value any, buf []byte) ([]byte, error) {
	if id, ok := value.(uuid.UUID); ok {
		return append(buf, id[:]...), nil
	}
	id, err := value.(encoding.BinaryMarshaler).MarshalBinary()
	return append(buf, id...), err
}

type scanUUID struct{}

var errNullUUID = errors.New("postgres: NULL read into an id that cannot be absent")

func (scanUUID) Scan(src []byte, target any) error {
	if src == nil {
		return errNullUUID
	}
	return target.(encoding.BinaryUnmarshaler).UnmarshalBinary(src)
}

// uuidArrayCodec writes []uuid.UUID in one go: batches are sent as arrays of thousands.
type uuidArrayCodec struct{ *pgtype.ArrayCodec }

func (c uuidArrayCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.([]uuid.UUID); ok && format == pgtype.BinaryFormatCode {
		return encodeUUIDs{}
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}

type encodeUUIDs struct{}

// Encode writes array_recv's format: dimensions, whether there are NULLs, the elements' type, then per
// dimension length and lower bound, then each element behind its length.
func (encodeUUIDs) Encode(value any, buf []byte) ([]byte, error) {
	list := value.([]uuid.UUID)
	if list == nil {
		return nil, nil
	}
	dimensions := uint32(0)
	if len(list) > 0 {
		dimensions = 1
	}
	buf = binary.BigEndian.AppendUint32(buf, dimensions)
	buf = binary.BigEndian.AppendUint32(buf, 0)
	buf = binary.BigEndian.AppendUint32(buf, pgtype.UUIDOID)
	if len(list) == 0 {
		return buf, nil
	}
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(list))) //nolint:gosec // bounded by the size of a message
	buf = binary.BigEndian.AppendUint32(buf, 1)
	for i := range list {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(list[i])))
		buf = append(buf, list[i][:]...)
	}
	return buf, nil
}

package ids

import "hash/fnv"

// Lane is the unit in which ordering is distributed and in which events keep their order: all rows
// and all events of one store are in one lane.
type Lane int16

// Lanes is the number of lanes. It is stored in every key of ordering and in every outbox, so it is
// fixed for ever.
const Lanes = 256

// Lane returns the store's lane, a hash of its id. The hash (FNV-1a, 32 bit) is stored through its
// results and must never change.
func (id StoreID) Lane() Lane { return laneOf(id.UUID[:]) }

// LaneOf returns the lane of an aggregate that belongs to no store, such as a menu.
func LaneOf(id interface{ MarshalBinary() ([]byte, error) }) Lane {
	b, err := id.MarshalBinary()
	if err != nil {
		panic("ids: an id that cannot be marshalled: " + err.Error())
	}
	return laneOf(b)
}

func laneOf(b []byte) Lane {
	h := fnv.New32a()
	_, _ = h.Write(b) // a hash never fails to write
	return Lane(h.Sum32() % Lanes)
}

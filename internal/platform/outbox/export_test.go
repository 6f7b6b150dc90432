package outbox

// HotStatements returns the SQL that runs for every event or batch of a schema, by what it does.
func HotStatements(schema string) map[string]string {
	s := statements[schema]
	return map[string]string{
		"takePositions": s.takePositions, "takeManyPositions": s.takeManyPositions, "insertEvent": s.insertEvent, "insertEvents": s.insertEvents, "readEvents": s.readEvents, "oldest": s.oldest,
		"claim": s.claim, "lockCursor": s.lockCursor, "moveCursor": s.moveCursor, "moveCursorOrFail": s.moveCursorOrFail, "parkedKeys": s.parkedKeys,
	}
}

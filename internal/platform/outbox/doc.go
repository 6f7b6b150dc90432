// Package outbox carries events from the context that published them to those that react.
//
// # The promise
//
// An event is delivered to every subscription if and only if the transaction that published it
// commits. Its effects in a subscriber's database happen exactly once: they and the subscription's
// cursor are one transaction. Events of one lane, hence of one store, arrive in the order of their
// commits. An event that cannot be applied stops only later events of its own key, and is kept where
// it can be seen, retried, or skipped with a reason. What a subscription has not applied yet is not
// lost by any crash, and a crash doubles nothing. Effects outside the database are not covered: a
// handler stores the wish for them, and whoever fulfils it must expect to be asked twice.
//
// # How it works
//
// Each context's schema has an outbox. Publish, as the last statements of a transaction, moves the
// head of the lane and inserts rows at the positions gained. The head's row stays locked until the
// commit, so within a lane positions have no gaps and follow the commits, and a reader that has seen
// position n has seen everything up to n. No sequence, transaction id or clock is involved, so it also
// holds after a restore, on another server and where lanes are spread over servers.
//
// A Dispatcher compares heads with the cursors of each subscription, which are in the subscriber's
// schema: producer and subscriber may be on different servers. A round claims cursors of lanes that
// are behind (FOR UPDATE SKIP LOCKED, so replicas share the work and a dead one's lanes are free at
// once), reads a batch over them, calls the handler and moves the cursors. Because positions have no
// gaps the number of rows is known before they are read; a lane whose rows are not all there, or
// whose cursor is ahead of its head, is left alone with an error in the log and a metric: passing over
// it would lose events silently.
//
// Wake-ups make it fast and are never needed: a commit in this process, which also says what it stored, a
// coalesced NOTIFY of another one, and a poll behind both. Of several replicas one goes first with the
// subscriptions to a context and the others look after a while whether it did: which one is a hint too. A round that this process can foresee does not
// ask where the cursors are: it says it, and the server refuses the round where that is wrong. What a process
// has in memory is of one history of the outbox: behind a new connection it is looked at first (history.go).
//
// An event has the W3C traceparent of the request that caused it, where that came with one (package
// traceparent), and what a handler publishes has that of its events where all of its batch have the same.
//
// # SQL
//
// This package is the only one with the SQL of the outbox tables. It is the same for every context's
// schema, which sqlc cannot express, so the statements are strings into which the schema is put once,
// from the validated names in postgres.Contexts; see sql.go. What concerns one lane has a statement with
// "lane = $1", which is also right where tables are distributed by lane; several lanes at once have a
// statement over all of them.
package outbox

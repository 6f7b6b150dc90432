// Package failpoint lets a test end, stop, delay or fail the program at an exact place, and move its
// clock. Only builds with the tag failpoints can do so; in all others Hit and Now are nothing but
// "return nil" and time.Now, and the compiler leaves them out.
//
// A place is called by its point and a detail of it, as in "round.before-commit" and
// "inventory.stock". Besides the points in the code, the points sql.before and sql.after are hit
// around every statement the program sends, with the statement's name (see package postgres): so there
// is one between any two writes, also of use cases that are written later.
//
// What is to happen is said by the environment variable MARU_FAILPOINTS, one rule a line or separated
// by semicolons, or as @FILE, which is read again at every point, so that a test can change its mind
// while the program runs:
//
//	round.before-commit/inventory.stock=kill     the process ends as by SIGKILL
//	tx.after-commit/ordering=stop                it stops as by SIGSTOP, until somebody continues it
//	sql.before/InsertPayment=delay:2s            it waits
//	round.handle/stats.sales=error               Hit returns an error
//	round.handle/stats.sales=panic               Hit panics
//	round.handle=kill skip=3 id=7                 the fourth time; the id tells equal rules apart
//	clock=+1h                                    Now is an hour ahead
//	record                                       points that are reached are written to FILE.reached
//
// Every rule acts once in a process, but error and panic may say times=3. Before it acts, its line is
// appended to FILE.fired.
package failpoint

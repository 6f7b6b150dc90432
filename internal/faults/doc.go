// Package faults tries to break Maru: make faults.
//
// Replicas of the real program run against PostgreSQL servers of their own while customers order,
// move, cancel and repeat themselves, are refunded what was handed over and given discounts, carts are put together and paid at
// registers, items are limited for the day, goods are delivered, counted and thrown away, at whichever
// replica answers. Meanwhile processes, sessions, servers, connections, disks and clocks fail, one way after the other. After
// every fault the tables are compared with what the customers were told, worked out independently
// of the program, and nothing may be missing, doubled or stuck. A table at the end says what was done.
//
// The second half turns the suite on itself: mutations_test.go lists changes to the program that
// would lose or double something, and every one must be caught.
//
// Everything is in tests behind the build tag faults. The order of the faults and what the customers
// do come from -faults.seed; without -faults.for every fault comes once.
package faults

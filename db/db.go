// Package db carries the migrations of every context into the binary. It is beside the SQL because
// embedding cannot look upwards.
package db

import "embed"

// Migrations holds migrations/NNNNN_<context>_<what>.sql of all contexts.
//
//go:embed migrations/*.sql
var Migrations embed.FS

package main

import (
	"context"
	"fmt"
	"time"
)

// memory measures what the program has resident: idle, some time after its start and before anybody
// came, and at the highest of the steady rates with a page of every store open. The idle figure is the
// median of three programs that idle side by side.
func (b *bench) memory(ctx context.Context) error {
	if err := b.pg.clone(ctx, template, work); err != nil {
		return err
	}
	idle, err := b.startPrograms(ctx, b.o.maru, work, 3)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-time.After(b.o.idle):
	}
	for _, p := range idle {
		mb, err := resident(p.cmd.Process.Pid)
		if err != nil {
			idle.stop()
			return err
		}
		b.report.row("memory", "idle").add("memory_mb", mb)
	}
	idle.stop()
	rate := b.o.rates[len(b.o.rates)-1]
	w, err := b.open(ctx, 1)
	if err != nil {
		return err
	}
	defer w.close()
	plan := b.steadily(rate)
	plan.Listen, plan.Window = true, 2*plan.Window
	m, err := w.measure(ctx, plan)
	if err != nil {
		return err
	}
	r := b.report.row("memory", fmt.Sprintf("%d orders/s, %d pages open", rate, b.o.stores))
	m.note(r)
	r.add("memory_mb", m.memory)
	return nil
}

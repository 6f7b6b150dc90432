package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// profile repeats a load, outside of what is measured, and writes the profiles that the first replica
// makes of itself meanwhile. It does nothing without -pprof.
func (w *world) profile(ctx context.Context, name string, plan loadPlan) error {
	if w.b.o.pprof == "" {
		return nil
	}
	seconds := max(1, int(plan.Window.Seconds()))
	plan.Warm, plan.Window = 0, time.Duration(seconds)*time.Second+500*time.Millisecond // it was measured before
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := w.measure(ctx, plan)
		return err
	})
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(plan.Lead + 250*time.Millisecond):
		}
		if err := w.save(ctx, name+".cpu", fmt.Sprint("profile?seconds=", seconds)); err != nil {
			return err
		}
		for _, kind := range []string{"allocs", "heap", "goroutine"} {
			if err := w.save(ctx, name+"."+kind, kind); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

func (w *world) save(ctx context.Context, file, query string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.programs[0].address+"/debug/pprof/"+query, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	doc, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("profile %s: %s: %.200s", query, res.Status, doc)
	}
	if err := os.MkdirAll(w.b.o.pprof, 0o755); err != nil { //nolint:gosec // profiles are for everybody
		return err
	}
	path := filepath.Join(w.b.o.pprof, file+".pprof")
	w.b.say("  profile written to %s", path)
	return os.WriteFile(path, doc, 0o644) //nolint:gosec // the same
}

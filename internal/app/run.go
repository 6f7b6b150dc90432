package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"maru/web/webkit/problem"
)

// Run serves on the listener and delivers events until ctx ends or something fails for good. Then it
// stops in the order in which nothing is lost: open requests finish, the dispatcher finishes its
// batch; the caller closes the pools and stops the database last.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	a.makePartitions(ctx) // before the first row of a day could keep its partition from being attached
	dispatching, stopDispatching := context.WithCancel(context.WithoutCancel(ctx))
	defer stopDispatching()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		err := a.Dispatcher.Run(dispatching)
		if dispatching.Err() != nil {
			return nil
		}
		return fmt.Errorf("dispatcher: %w", err)
	})
	group.Go(func() error { return a.keepHouse(ctx) })
	group.Go(func() error { return a.Members.RunMail(ctx, a.log) })
	for name := range a.databases.Away {
		group.Go(func() error { return a.bringIn(ctx, name) })
	}
	group.Go(func() error { return a.Members.Care(ctx, a.log) })

	server := &http.Server{
		Handler:           a.onceLoaded(a.Site.Handler()),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second, // live streams extend theirs with every message
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	server.RegisterOnShutdown(a.Site.Close)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.grace)
		defer cancel()
		err := server.Shutdown(grace)
		stopDispatching()
		if err != nil {
			_ = server.Close() // what still hangs must not keep the pools open
			return fmt.Errorf("some requests did not finish in %s: %w", a.grace, err)
		}
		return nil
	})
	return group.Wait()
}

// startUp is how long a request waits for a replica that has just been started.
const startUp = 5 * time.Second

// onceLoaded keeps requests waiting until this replica knows its stores and menu: before, it would
// answer that they do not exist. Probes are answered at once.
func (a *App) onceLoaded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/livez" && r.URL.Path != "/readyz" {
			ctx, cancel := context.WithTimeout(r.Context(), startUp)
			defer cancel()
			if err := a.Dispatcher.Serving(ctx); err != nil {
				problem.Later(w.Header(), http.StatusServiceUnavailable)
				http.Error(w, "starting", http.StatusServiceUnavailable)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

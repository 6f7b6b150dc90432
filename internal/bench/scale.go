package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"maru/internal/kernel/ids"
)

// replicas measures the intake of several replicas. That of one is in the part intake, with the same numbers of
// clients, and is measured here where that is left out.
func (b *bench) replicas(ctx context.Context) error {
	return b.rounds(2, func(last bool) error {
		for _, replicas := range b.o.replicas {
			if replicas == 1 && len(b.o.replicas) > 1 && b.o.wants("intake") {
				continue
			}
			if err := b.replicasIntake(ctx, replicas, last); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) replicasIntake(ctx context.Context, replicas int, last bool) error {
	w, err := b.open(ctx, replicas)
	if err != nil {
		return err
	}
	defer w.close()
	busy := b.busy()
	for _, clients := range busy {
		m, err := w.measure(ctx, b.everywhere(clients))
		if err != nil {
			return err
		}
		m.note(b.report.row("replicas", fmt.Sprintf("%s, %d clients", replicaCount(replicas), clients)))
	}
	if !last {
		return nil
	}
	return w.profile(ctx, fmt.Sprintf("replicas-%d", replicas), b.everywhere(busy[0]))
}

// replicasLag measures the lag of several replicas at the lowest and the highest rate; that of one is in the
// part lag.
func (b *bench) replicasLag(ctx context.Context) error {
	if err := b.pg.restart(ctx, notingCommits); err != nil {
		return err
	}
	err := b.rounds(1, func(bool) error {
		for _, replicas := range b.o.replicas {
			if replicas == 1 && len(b.o.replicas) > 1 {
				continue
			}
			if err := b.replicasLagRound(ctx, replicas); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.pg.restart(ctx, nil)
}

func (b *bench) replicasLagRound(ctx context.Context, replicas int) error {
	w, err := b.open(ctx, replicas)
	if err != nil {
		return err
	}
	defer w.close()
	rates := slices.Compact([]int{b.o.rates[0], b.o.rates[len(b.o.rates)-1]})
	return w.lags(ctx, rates, func(rate int) *row {
		return b.report.row("replicas-lag", fmt.Sprintf("%s, %d orders/s", replicaCount(replicas), rate))
	})
}

// busy are the numbers of clients that keep the machine busy: the two highest.
func (b *bench) busy() []int { return b.o.clients[max(0, len(b.o.clients)-2):] }

// variant is a build of the program for one number of lanes, and the database it founded.
type variant struct {
	lanes      int
	self, maru []string
	template   string
}

// plain is the program as it is.
func (b *bench) plain() variant {
	return variant{lanes: ids.Lanes, self: b.o.self, maru: b.o.maru, template: template}
}

// lanes measures the same with other numbers of lanes. The number is compiled in and written by the
// migrations: other programs are built from the same files with these few replaced.
func (b *bench) lanes(ctx context.Context) error {
	var all []variant
	for _, n := range b.o.lanes {
		v := b.plain()
		if n != ids.Lanes {
			var err error
			if v, err = b.build(ctx, n); err != nil {
				return fmt.Errorf("build with %d lanes: %w", n, err)
			}
			if err := b.makeTemplate(ctx, v.template, v.self, v.maru); err != nil {
				return fmt.Errorf("prepare with %d lanes: %w", n, err)
			}
		}
		all = append(all, v)
	}
	return b.rounds(1, func(bool) error { // the number was decided once, see docs/adr/0016
		for _, v := range all {
			if err := b.lanesRound(ctx, v); err != nil {
				return fmt.Errorf("%d lanes: %w", v.lanes, err)
			}
		}
		return nil
	})
}

func (b *bench) lanesRound(ctx context.Context, v variant) error {
	w, err := b.openVariant(ctx, v, 1)
	if err != nil {
		return err
	}
	defer w.close()
	rate, clients := b.o.rates[0], b.busy()[0]
	for _, load := range []struct {
		name string
		plan loadPlan
	}{{fmt.Sprintf("%d orders/s", rate), b.steadily(rate)}, {fmt.Sprintf("%d clients", clients), b.everywhere(clients)}} {
		m, err := w.measure(ctx, load.plan)
		if err != nil {
			return err
		}
		m.note(b.report.row("lanes", fmt.Sprintf("%s, %d lanes", load.name, v.lanes)))
	}
	w.close()
	return b.drainOf(ctx, v, 1, b.o.backlog/4, b.report.row("lanes", fmt.Sprintf("drain of %d, %d lanes", b.o.backlog/4, v.lanes)))
}

// build makes the program and this one with another number of lanes.
func (b *bench) build(ctx context.Context, lanes int) (variant, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return variant{}, fmt.Errorf("where the source is: %w", err)
	}
	root := strings.TrimSpace(string(out))
	dir, err := os.MkdirTemp("", "maru-lanes-")
	if err != nil {
		return variant{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	overlay, err := overlayOf(root, dir, lanes)
	if err != nil {
		return variant{}, err
	}
	v := variant{lanes: lanes, template: fmt.Sprintf("%s_%d", template, lanes)}
	for _, made := range []struct {
		name, source string
		command      *[]string
	}{{"maru", ".", &v.maru}, {"maru-bench", "./internal/bench", &v.self}} {
		path := filepath.Join(root, "bin", fmt.Sprintf("%s-%d-lanes", made.name, lanes))
		cmd := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", path, made.source) //nolint:gosec // the program itself
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return v, fmt.Errorf("%w: %s", err, out)
		}
		*made.command = []string{path}
	}
	b.say("  built with %d lanes", lanes)
	return v, nil
}

var (
	laneConstant = regexp.MustCompile(`(?m)^const Lanes = \d+$`)
	laneRows     = regexp.MustCompile(`generate_series\(0, \d+\) AS lane`)
)

// overlayOf writes the files that differ with another number of lanes, and the list of them that "go
// build" takes; it returns the list's path.
func overlayOf(root, dir string, lanes int) (string, error) {
	replace := map[string]string{}
	put := func(path string, pattern *regexp.Regexp, with string) (bool, error) {
		text, err := os.ReadFile(path)
		if err != nil || !pattern.Match(text) {
			return false, err
		}
		aside := filepath.Join(dir, strconv.Itoa(len(replace))+filepath.Ext(path))
		replace[path] = aside
		return true, os.WriteFile(aside, pattern.ReplaceAll(text, []byte(with)), 0o600)
	}
	found, err := put(filepath.Join(root, "internal/kernel/ids/lane.go"), laneConstant, fmt.Sprintf("const Lanes = %d", lanes))
	if err != nil || !found {
		return "", errors.Join(errors.New("the number of lanes is not where it was"), err)
	}
	migrations, err := filepath.Glob(filepath.Join(root, "db/migrations/*.sql"))
	if err != nil {
		return "", err
	}
	for _, path := range migrations {
		if _, err := put(path, laneRows, fmt.Sprintf("generate_series(0, %d) AS lane", lanes-1)); err != nil {
			return "", err
		}
	}
	if len(replace) < 5 {
		return "", errors.New("the migrations do not make lanes as they did")
	}
	doc, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, doc, 0o600)
}

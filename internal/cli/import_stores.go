package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"maru/internal/app"
	"maru/internal/imports"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

const storesHelp = `maru import stores reads a list of stores: what is new is added, what differs changed. Encoding (UTF-8,
CP949, UTF-16), separator and the meaning of the columns are found out; --columns corrects them. A line is
the store of its code or, where the list has none, of its name. Running it again changes nothing.
docs/import-formats.md says more.

Usage: maru import stores [flags] FILE
`

func importStores(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	dry := set.Bool("dry-run", false, "only say what would happen, line by line")
	columns := set.String("columns", "", "what columns mean, as name_ko=지점명,phone=#4,region=-; #4 is the fourth, - is none")
	zone := set.String("zone", "Asia/Seoul", "time zone of new stores, where the list does not say")
	cutoff := set.String("cutoff", "04:00", "when the business day of new stores ends, where the list does not say")
	status := set.String("status", string(membersapi.Open), "status of new stores, where the list does not say: preparing, open, paused or closed")
	reason := set.String("reason", "", "why, where the list changes the status of stores: it is kept with each of them")
	language := set.String("lang", defaultLanguage(sys), "language of the reasons, ko or en")
	set.Usage = func() {
		fmt.Fprintln(set.Output(), storesHelp+"\nFlags:")
		set.PrintDefaults()
	}
	if err := parse(set, args, 1); err != nil {
		return err
	}
	l, _ := lang.Parse(*language)
	return withFile(set, func(file io.Reader) error {
		content, err := io.ReadAll(io.LimitReader(file, imports.MaxStoreList+1))
		if err != nil {
			return err
		}
		layout, err := storeLayout(content, *columns)
		if err != nil {
			return explained(sys, l, err)
		}
		return withApp(ctx, sys, func(a *app.App) error {
			ends, ok := members.ParseMinutes(*cutoff)
			if !ok {
				return explained(sys, l, members.ErrBadCutoff)
			}
			fresh := members.NewStores{TimeZone: *zone, Cutoff: businessday.Cutoff(ends), Status: membersapi.StoreStatus(*status)}
			sheet, plans, err := imports.Stores(ctx, a.Members, bytes.NewReader(content), layout, fresh,
				imports.Options{By: auth.System("maru import"), DryRun: *dry, Reason: *reason}, func(done, all int) {
					fmt.Fprintf(sys.Err, "%d of %d lines\n", done, all)
				})
			if err != nil {
				return explained(sys, l, err)
			}
			tellStores(sys, l, sheet, plans, *dry)
			return a.Dispatcher.Drain(ctx)
		})
	})
}

// explained prints the sentence of an expected error; what was being done follows in English.
func explained(sys System, l lang.Lang, err error) error {
	if e := errs.As(err); e != nil {
		fmt.Fprintln(sys.Err, e.Text.In(l))
	}
	return err
}

// storeLayout is what the file seems to be, with what was said of its columns; nil where nothing was.
func storeLayout(content []byte, said string) (*members.StoreLayout, error) {
	if said == "" {
		return nil, nil //nolint:nilnil // none is the guess of the reader
	}
	sheet, err := imports.ReadStores(bytes.NewReader(content), nil)
	if err != nil {
		return nil, err
	}
	layout := sheet.Layout(members.NewStores{})
	for part := range strings.SplitSeq(said, ",") {
		name, column, _ := strings.Cut(strings.TrimSpace(part), "=")
		field := members.StoreField(strings.TrimSpace(name))
		if !slices.Contains(members.StoreFields, field) {
			return nil, fmt.Errorf("%w: %q is no field; there are %v", errUsage, name, members.StoreFields)
		}
		for i, f := range layout.Fields {
			if f == field {
				layout.Fields[i] = ""
			}
		}
		if column = strings.TrimSpace(column); column == "-" {
			continue
		}
		i := columnAt(sheet, column)
		if i < 0 {
			return nil, fmt.Errorf("%w: the file has no column %q", errUsage, column)
		}
		layout.Fields[i] = field
	}
	return &layout, nil
}

func columnAt(sheet members.StoreSheet, column string) int {
	if n, err := strconv.Atoi(strings.TrimPrefix(column, "#")); err == nil && strings.HasPrefix(column, "#") && n >= 1 && n <= len(sheet.Columns) {
		return n - 1
	}
	return slices.IndexFunc(sheet.Columns, func(c members.StoreColumn) bool { return c.Name != "" && strings.EqualFold(c.Name, column) })
}

var ignored = lang.Text{Ko: "쓰지 않음", En: "ignored"}

// tellStores prints what happens to every line that is not as it was, and the sums.
func tellStores(sys System, l lang.Lang, sheet members.StoreSheet, plans []members.StorePlan, dry bool) {
	fmt.Fprintf(sys.Out, "%s, separated by %q\n", sheet.Encoding, sheet.Separator)
	for i, c := range sheet.Columns {
		meaning := ignored.In(l)
		if c.Field != "" {
			meaning = c.Field.Name().In(l)
		}
		fmt.Fprintf(sys.Out, "column %d %s: %s\n", i+1, c.Name, meaning)
	}
	for _, p := range plans {
		for _, n := range p.Notes {
			if dry {
				fmt.Fprintf(sys.Out, "line %d %s: %s\n", p.Line, p.Name, n.In(l))
			}
		}
		switch p.Outcome {
		case members.StoreIsRefused:
			for _, problem := range p.Problems {
				fmt.Fprintf(sys.Err, "line %d %s: %s%s\n", p.Line, p.Name, column(problem.Field.Name().In(l)), problem.Reason.In(l))
			}
		case members.StoreIsNew:
			if dry {
				fmt.Fprintf(sys.Out, "line %d %s: new, %s\n", p.Line, p.Name, p.Code)
			}
		case members.StoreIsChanged:
			for _, c := range p.Changes {
				if dry {
					fmt.Fprintf(sys.Out, "line %d %s: %s: %s -> %s\n", p.Line, p.Name, c.Field.Name().In(l), c.Before, c.After)
				}
			}
		case members.StoreIsUnchanged:
		}
	}
	n, would := members.CountPlans(plans), ""
	if dry {
		would = " (nothing was kept)"
	}
	fmt.Fprintf(sys.Out, "%d lines: %d new, %d changed, %d unchanged, %d refused%s\n", len(plans), n.New, n.Changed, n.Unchanged, n.Refused, would)
}

package inventory

import (
	"slices"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
)

// thing is what can be unavailable: a size, or an option on a size.
type thing struct {
	sizeKey
	option ids.OptionID // zero: the size itself
}

// shortage says why a thing is unavailable.
type shortage struct {
	thing
	material ids.MaterialID   // the one to name as the reason
	short    []ids.MaterialID // everything the thing itself waits for
}

// returnFactor is the hysteresis: what was sold out comes back when there is enough for this many, so
// that a register does not flicker with every drop.
const returnFactor = 2

// judge returns what cannot be made with the balances, in the order of the recipes. onHand holds the
// tracked materials only: a material whose amount nobody ever stated blocks nothing. before holds what
// was unavailable until now.
func (r *recipes) judge(onHand map[ids.MaterialID]quantity.Milli, before map[thing][]ids.MaterialID) []shortage {
	var out []shortage
	for _, plan := range r.plans {
		blocked := map[ids.OptionID]ids.MaterialID{}
		var options []shortage
		for _, o := range plan.options {
			key := thing{plan.sizeKey, o.option}
			if short := shortOf(o.needs, onHand, before[key]); len(short) > 0 {
				options = append(options, shortage{key, short[0], short})
				blocked[o.option] = short[0]
			}
		}
		if s, ok := plan.judgeSize(onHand, before, blocked); ok {
			out = append(out, s)
		}
		out = append(out, options...)
	}
	return out
}

func (p sizePlan) judgeSize(onHand map[ids.MaterialID]quantity.Milli, before map[thing][]ids.MaterialID, blocked map[ids.OptionID]ids.MaterialID) (shortage, bool) {
	key := thing{sizeKey: p.sizeKey}
	short := shortOf(p.needs, onHand, before[key])
	short = append(short, p.unservable(onHand, before[key])...)
	if len(short) > 0 {
		return shortage{key, short[0], short}, true
	}
	for _, group := range p.groups {
		if material, ok := allBlocked(group, blocked); ok {
			return shortage{key, material, nil}, true
		}
	}
	return shortage{}, false
}

// unservable returns the packaging that is short when it is for every dining option, else nothing: a
// store without paper cups still sells in mugs.
func (p sizePlan) unservable(onHand map[ids.MaterialID]quantity.Milli, before []ids.MaterialID) []ids.MaterialID {
	var all []ids.MaterialID
	for _, pack := range p.packaging {
		short := shortOf(pack, onHand, before)
		if len(short) == 0 {
			return nil
		}
		for _, m := range short {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all
}

func allBlocked(group []ids.OptionID, blocked map[ids.OptionID]ids.MaterialID) (ids.MaterialID, bool) {
	if len(group) == 0 {
		return ids.MaterialID{}, false
	}
	for _, option := range group {
		if _, ok := blocked[option]; !ok {
			return ids.MaterialID{}, false
		}
	}
	return blocked[group[0]], true
}

// shortOf returns the tracked materials of which there is less than needed; for those that were short
// before, less than returnFactor times as much.
func shortOf(needs []use, onHand map[ids.MaterialID]quantity.Milli, before []ids.MaterialID) []ids.MaterialID {
	var short []ids.MaterialID
	for _, n := range needs {
		balance, tracked := onHand[n.material]
		want := n.milli
		if slices.Contains(before, n.material) {
			want *= returnFactor
		}
		if tracked && balance < want {
			short = append(short, n.material)
		}
	}
	return short
}

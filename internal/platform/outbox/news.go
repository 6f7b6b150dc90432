package outbox

import (
	"slices"
	"strconv"
	"strings"

	"maru/internal/kernel/ids"
)

// news is what one process tells the others about a source: up to where lanes are filled, and with events
// of which kinds. Whoever hears it need not ask for the heads, and leaves alone what does not concern him.
type news struct {
	lanes map[ids.Lane]int64
	kinds []string
	// unsaid: there is something new that is not described, so the heads have to be read.
	unsaid bool
}

// anyKind stands for kinds that are not known.
const anyKind = "*"

func (n *news) addKind(kind string) {
	if !slices.Contains(n.kinds, kind) {
		n.kinds = append(n.kinds, kind)
	}
}

// addPublished adds what a transaction stored.
func (n *news) addPublished(p *published) {
	for lane, l := range p.lanes {
		n.lanes[lane] = max(n.lanes[lane], l.upto)
		for i := range l.rows {
			n.addKind(l.rows[i].kind)
		}
	}
}

// addMoved adds heads that have moved.
func (n *news) addMoved(before, now *positions) {
	for lane, pos := range now {
		if pos > before[lane] {
			n.lanes[ids.Lane(lane)] = max(n.lanes[ids.Lane(lane)], pos)
			n.addKind(anyKind)
		}
	}
}

// concerns reports whether there may be an event of one of the kinds.
func (n *news) concerns(kinds map[string]Kind) bool {
	for _, kind := range n.kinds {
		if _, wanted := kinds[kind]; wanted || kind == anyKind {
			return true
		}
	}
	return n.unsaid
}

// newsMost is what a notification holds in bytes; the server takes no 8,000.
const newsMost = 7900

// newsText writes news. First come hello or echo, where one is to be said, and the names of all sources, by commas: a
// program of an older version knows no more, and reads the heads. Behind them, in as many more items, stands what is
// new in a source: "@source kind+kind lane:pos lane:pos", with numbers to the base of 36.
func newsText(here string, all map[string]*news) string {
	var names, said []string
	if here != "" {
		names = append(names, here)
	}
	size := 0
	for source, n := range all {
		if !n.unsaid && len(n.lanes) == 0 {
			continue
		}
		names = append(names, source)
		if n.unsaid {
			continue
		}
		item := n.text(source)
		if size += len(item) + len(source) + 2; size < newsMost-200 { // otherwise the heads are read
			said = append(said, item)
		}
	}
	return strings.Join(append(names, said...), ",")
}

func (n *news) text(source string) string {
	var b strings.Builder
	b.WriteString("@" + source + " ")
	for i, kind := range n.kinds {
		if i > 0 {
			b.WriteByte('+')
		}
		if strings.ContainsAny(kind, " ,+") {
			kind = anyKind
		}
		b.WriteString(kind)
	}
	for lane, pos := range n.lanes {
		b.WriteString(" " + strconv.FormatInt(int64(lane), 36) + ":" + strconv.FormatInt(pos, 36))
	}
	return b.String()
}

// readNews reads newsText. What it does not understand is news of which nothing is said.
func readNews(text string) map[string]*news {
	all := map[string]*news{}
	for item := range strings.SplitSeq(text, ",") {
		said, is := strings.CutPrefix(item, "@")
		if !is {
			all[item] = &news{unsaid: true}
			continue
		}
		fields := strings.Split(said, " ")
		n := &news{lanes: map[ids.Lane]int64{}}
		if len(fields) < 2 || !n.readLanes(fields[2:]) {
			continue // its name stands before
		}
		n.kinds = strings.Split(fields[1], "+")
		all[fields[0]] = n
	}
	return all
}

func (n *news) readLanes(fields []string) bool {
	for _, field := range fields {
		first, second, _ := strings.Cut(field, ":")
		lane, err := strconv.ParseInt(first, 36, 32)
		if err != nil || lane < 0 || lane >= ids.Lanes {
			return false
		}
		pos, err := strconv.ParseInt(second, 36, 64)
		if err != nil || pos < 0 {
			return false
		}
		n.lanes[ids.Lane(lane)] = pos
	}
	return true
}

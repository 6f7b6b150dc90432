package inventory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// document is a receipt, an opening stock, a count or waste on its way into the ledger.
type document struct {
	id     uuid.UUID
	store  ids.StoreID
	kind   inventoryapi.Reason
	lines  []StockLine
	ledger []quantity.Milli // of a count: what the ledger said of each line when the counting began
	began  time.Time        // of a count: when that was, from its id; zero where it came without one
	note   string
}

// documentRow is a ledger row that comes from a document.
type documentRow struct {
	material ids.MaterialID
	milli    quantity.Milli
	reason   inventoryapi.Reason
	entered  quantity.Milli
	unit     string
	factor   quantity.Milli
	ledger   quantity.Milli // of a count
}

func (s *Service) bookDocument(ctx context.Context, by auth.Principal, doc document) (Booking, error) {
	if err := mayBook(by, doc); err != nil {
		return Booking{}, err
	}
	if doc.id == uuid.Nil {
		doc.id = ids.NewV7()
	} else {
		doc.began, _ = ids.TimeOf(doc.id)
	}
	doc.note = lang.Tidy(doc.note)
	if err := doc.check(); err != nil {
		return Booking{}, err
	}
	var result Booking
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		result, err = s.bookInTx(ctx, tx, by, doc)
		return err
	})
	return result, err
}

// mayBook asks for ReceiveStock where goods come in, and for AdjustStock where a balance is corrected.
func mayBook(by auth.Principal, doc document) error {
	takes := auth.AdjustStock
	if doc.kind == inventoryapi.Receipt {
		takes = auth.ReceiveStock
	}
	switch {
	case !by.SignedIn() || !by.Reaches(doc.store):
		return ErrNoStore
	case !by.MayAt(takes, doc.store):
		return ErrNotAllowed
	}
	return nil
}

func (d document) check() error {
	switch {
	case d.id.Version() != 7:
		return ErrDocumentID.On("id")
	case len(d.lines) == 0:
		return ErrNoLines.On("lines")
	case len(d.lines) > MaxLines:
		return ErrTooManyLines.With("max", strconv.Itoa(MaxLines)).On("lines")
	case utf8.RuneCountInString(d.note) > MaxNote || !utf8.ValidString(d.note) || strings.ContainsRune(d.note, 0):
		return ErrNoteTooLong.With("max", strconv.Itoa(MaxNote)).On("note")
	}
	return nil
}

func (s *Service) bookInTx(ctx context.Context, tx pgx.Tx, by auth.Principal, doc document) (Booking, error) {
	q := inventorydb.New(tx)
	newest, outdated, err := s.hold(ctx, q, []ids.StoreID{doc.store})
	if err != nil {
		return Booking{}, err
	}
	if first, ok, err := bookedBefore(ctx, q, doc); ok || err != nil {
		return first, err
	}
	rows, err := doc.rows(ctx, q)
	if err != nil {
		return Booking{}, err
	}
	balances, err := balancesOf(ctx, q, doc.store, rows)
	if err != nil {
		return Booking{}, err
	}
	at := s.now()
	before := balances.onHand()
	if err := balances.check(doc); err != nil {
		return Booking{}, err
	}
	if err := balances.countedOnce(ctx, q, doc); err != nil {
		return Booking{}, err
	}
	rows = balances.apply(doc.kind, rows)
	booking := Booking{ID: doc.id, Store: doc.store, Kind: doc.kind, At: at, Lines: balances.lines(rows)}
	if err := writeDocument(ctx, q, by, doc, booking, rows, balances, at); err != nil {
		return Booking{}, err
	}
	events, concerned := balances.consequences(doc, by, before, newest, at)
	var judge []ids.StoreID
	if concerned || len(outdated) > 0 {
		judge = []ids.StoreID{doc.store}
	}
	changed, err := rejudge(ctx, q, judge, outdated, newest, at)
	if err != nil {
		return Booking{}, err
	}
	return booking, outbox.Publish(ctx, tx, append(events, changed...)...)
}

// bookedBefore returns what a document with this id was answered the first time.
func bookedBefore(ctx context.Context, q *inventorydb.Queries, doc document) (Booking, bool, error) {
	stored, err := q.Document(ctx, doc.id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Booking{}, false, nil
	}
	if err != nil {
		return Booking{}, false, fmt.Errorf("document: %w", err)
	}
	if stored.StoreID != doc.store || !bytes.Equal(stored.Fingerprint, doc.fingerprint()) {
		return Booking{}, false, ErrOtherBody.On("id")
	}
	var b Booking
	if err := json.Unmarshal(stored.Result, &b); err != nil {
		return Booking{}, false, fmt.Errorf("document: %w", err)
	}
	b.Repeated = true
	return b, true, nil
}

// BookingOf returns what was booked at the store under the document's id, or ErrNoDocument, also to whoever does not
// reach the store.
func (s *Service) BookingOf(ctx context.Context, by auth.Principal, store ids.StoreID, id uuid.UUID) (Booking, error) {
	if !by.Reaches(store) {
		return Booking{}, ErrNoDocument
	}
	stored, err := s.read().Document(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && stored.StoreID != store {
		return Booking{}, ErrNoDocument
	}
	if err != nil {
		return Booking{}, fmt.Errorf("document %s: %w", id, err)
	}
	var b Booking
	if err := json.Unmarshal(stored.Result, &b); err != nil {
		return Booking{}, fmt.Errorf("document %s: %w", id, err)
	}
	return b, nil
}

// fingerprint tells two contents under one id apart.
func (d document) fingerprint() []byte {
	body, err := json.Marshal(struct {
		Store  ids.StoreID
		Kind   inventoryapi.Reason
		Lines  []StockLine
		Ledger []quantity.Milli `json:",omitempty"`
		Note   string
	}{d.store, d.kind, d.lines, d.ledger, d.note})
	if err != nil {
		panic("inventory: a document that cannot be marshalled: " + err.Error())
	}
	sum := sha256.Sum256(body)
	return sum[:]
}

// rows converts the lines to base units. It returns errs.Fields with everything that is wrong.
func (d document) rows(ctx context.Context, q *inventorydb.Queries) ([]documentRow, error) {
	wanted := make([]ids.MaterialID, 0, len(d.lines))
	for _, l := range d.lines {
		wanted = append(wanted, l.Material)
	}
	known, err := materialsByID(ctx, q, wanted)
	if err != nil {
		return nil, err
	}
	var wrong errs.Fields
	rows := make([]documentRow, 0, len(d.lines))
	for i, l := range d.lines {
		row, problem := convert(known, l, d.kind)
		if problem != nil {
			wrong = append(wrong, problem.On("lines["+strconv.Itoa(i)+"]."+problem.Field))
			continue
		}
		if d.ledger != nil {
			row.ledger = d.ledger[i]
		}
		rows = append(rows, row)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return rows, nil
}

// convert returns the ledger row of a line, or what is wrong with which part of it.
func convert(known map[ids.MaterialID]catalogapi.Material, l StockLine, kind inventoryapi.Reason) (documentRow, *errs.Error) {
	m, ok := known[l.Material]
	if !ok {
		return documentRow{}, ErrUnknownMaterial.On("material")
	}
	if l.Quantity < 0 || l.Quantity == 0 && kind != inventoryapi.Opening && kind != inventoryapi.Count {
		return documentRow{}, ErrQuantity.On("quantity")
	}
	milli, err := m.Scale.Convert(l.Quantity, l.Unit)
	switch {
	case errors.Is(err, quantity.ErrRange):
		return documentRow{}, ErrTooMuch.On("quantity")
	case err != nil:
		return documentRow{}, ErrUnit.WithText("material", m.Name).With("units", strings.Join(UnitsOf(m.Scale), ", ")).On("unit")
	case milli == 0 && l.Quantity > 0:
		return documentRow{}, ErrTooLittle.On("quantity")
	}
	factor, err := m.Scale.Convert(1000, l.Unit)
	if err != nil {
		return documentRow{}, ErrTooMuch.On("unit")
	}
	if kind == inventoryapi.Waste {
		milli = -milli
	}
	return documentRow{material: l.Material, milli: milli, reason: kind, entered: l.Quantity, unit: l.Unit, factor: factor}, nil
}

// UnitsOf lists the units in which a material can be stated: packs first, as goods come in them.
func UnitsOf(s quantity.Scale) []string {
	units := make([]string, 0, len(s.Packs)+4)
	for pack := range s.Packs {
		units = append(units, pack)
	}
	slices.Sort(units)
	for _, u := range []quantity.Unit{quantity.Kilogram, quantity.Gram, quantity.Litre, quantity.Millilitre, quantity.Each} {
		if _, err := s.Convert(1000, string(u)); err == nil {
			units = append(units, string(u))
		}
	}
	return units
}

func writeDocument(ctx context.Context, q *inventorydb.Queries, by auth.Principal, doc document, b Booking, rows []documentRow, after *documentBalances, at time.Time) error {
	result, err := json.Marshal(b)
	if err != nil {
		return err
	}
	added, err := q.AddDocument(ctx, inventorydb.AddDocumentParams{
		DocumentID: doc.id, StoreID: doc.store, Reason: string(doc.kind), Fingerprint: doc.fingerprint(),
		Result: result, MemberID: by.Member.UUID, Actor: by.Name, At: at,
	})
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	if added == 0 { // another store's document got this id a moment ago
		return ErrOtherBody.On("id")
	}
	p := inventorydb.AddDocumentEntriesParams{
		StoreID: doc.store.UUID, DocumentID: doc.id, Note: doc.note, MemberID: by.Member.UUID, Actor: by.Name, At: at,
	}
	for _, r := range rows {
		p.EntryIds = append(p.EntryIds, ids.NewV7())
		p.MaterialIds = append(p.MaterialIds, r.material.UUID)
		p.Quantities = append(p.Quantities, int64(r.milli))
		p.Reasons = append(p.Reasons, string(r.reason))
		p.Entered = append(p.Entered, int64(r.entered))
		p.Units = append(p.Units, r.unit)
		p.Factors = append(p.Factors, int64(r.factor))
	}
	if err := q.AddDocumentEntries(ctx, p); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := q.SetStock(ctx, after.params(doc.store, at)); err != nil {
		return fmt.Errorf("balances: %w", err)
	}
	return nil
}

// consequences returns what a booked document publishes whatever it does to availability, and whether
// it may do something to that.
func (b *documentBalances) consequences(doc document, by auth.Principal, before map[ids.MaterialID]quantity.Milli, newest *recipes, at time.Time) (events []event.Event, concerned bool) {
	adjusted := inventoryapi.StockAdjusted{StoreID: doc.store, Reason: doc.kind, At: at, By: by.Member, Device: by.Session, Program: by.Program(), Note: doc.note}
	for _, m := range b.order {
		now := b.now[m]
		adjusted.Lines = append(adjusted.Lines, inventoryapi.AdjustedLine{MaterialID: m, Quantity: now - before[m], OnHand: now})
		if !b.tracked[m] || newest.crosses(m, before[m], now) {
			concerned = true
		}
		if low := b.low[m]; now < low && (!b.tracked[m] || before[m] >= low) {
			events = append(events, inventoryapi.MaterialLow{StoreID: doc.store, MaterialID: m, OnHand: now, Low: low, At: at})
		}
	}
	return append([]event.Event{adjusted}, events...), concerned
}

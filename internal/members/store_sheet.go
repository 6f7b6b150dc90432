package members

// StoreSheet is a file with a list of stores as its reader understood it.
type StoreSheet struct {
	Encoding  string // "UTF-8", "CP949" or "UTF-16"
	Separator string // "," or another
	Headless  bool   // the first line is a store, not the names of the columns
	Columns   []StoreColumn
	Lines     []StoreLine
}

// StoreColumn is a column of a StoreSheet.
type StoreColumn struct {
	Name     string     // from the first line; "" where it has none
	Examples []string   // the first few different values
	Field    StoreField // what it means; "" is nothing
}

// StoreLayout says what the columns of a file mean.
type StoreLayout struct {
	Fields   []StoreField `json:"fields"` // by column
	Headless bool         `json:"headless"`
	NewStores
}

// Layout is the layout in which the sheet was read.
func (s *StoreSheet) Layout(fresh NewStores) StoreLayout {
	l := StoreLayout{Headless: s.Headless, NewStores: fresh}
	for _, c := range s.Columns {
		l.Fields = append(l.Fields, c.Field)
	}
	return l
}

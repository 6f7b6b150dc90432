package ids

import "github.com/google/uuid"

// NewStoreID returns a fresh StoreID.
func NewStoreID() StoreID { return StoreID{NewV7()} }

// ParseStoreID reads the canonical text form; it returns an error for anything else.
func ParseStoreID(s string) (StoreID, error) {
	u, err := parse(s)
	return StoreID{u}, err
}

// IsZero reports whether id names nothing.
func (id StoreID) IsZero() bool { return id.UUID == uuid.Nil }

// NewMemberID returns a fresh MemberID.
func NewMemberID() MemberID { return MemberID{NewV7()} }

// ParseMemberID reads the canonical text form; it returns an error for anything else.
func ParseMemberID(s string) (MemberID, error) {
	u, err := parse(s)
	return MemberID{u}, err
}

// IsZero reports whether id names nothing.
func (id MemberID) IsZero() bool { return id.UUID == uuid.Nil }

// NewSessionID returns a fresh SessionID.
func NewSessionID() SessionID { return SessionID{NewV7()} }

// ParseSessionID reads the canonical text form; it returns an error for anything else.
func ParseSessionID(s string) (SessionID, error) {
	u, err := parse(s)
	return SessionID{u}, err
}

// IsZero reports whether id names nothing.
func (id SessionID) IsZero() bool { return id.UUID == uuid.Nil }

// NewCategoryID returns a fresh CategoryID.
func NewCategoryID() CategoryID { return CategoryID{NewV7()} }

// ParseCategoryID reads the canonical text form; it returns an error for anything else.
func ParseCategoryID(s string) (CategoryID, error) {
	u, err := parse(s)
	return CategoryID{u}, err
}

// IsZero reports whether id names nothing.
func (id CategoryID) IsZero() bool { return id.UUID == uuid.Nil }

// NewItemID returns a fresh ItemID.
func NewItemID() ItemID { return ItemID{NewV7()} }

// ParseItemID reads the canonical text form; it returns an error for anything else.
func ParseItemID(s string) (ItemID, error) {
	u, err := parse(s)
	return ItemID{u}, err
}

// IsZero reports whether id names nothing.
func (id ItemID) IsZero() bool { return id.UUID == uuid.Nil }

// NewSizeID returns a fresh SizeID.
func NewSizeID() SizeID { return SizeID{NewV7()} }

// ParseSizeID reads the canonical text form; it returns an error for anything else.
func ParseSizeID(s string) (SizeID, error) {
	u, err := parse(s)
	return SizeID{u}, err
}

// IsZero reports whether id names nothing.
func (id SizeID) IsZero() bool { return id.UUID == uuid.Nil }

// NewOptionGroupID returns a fresh OptionGroupID.
func NewOptionGroupID() OptionGroupID { return OptionGroupID{NewV7()} }

// ParseOptionGroupID reads the canonical text form; it returns an error for anything else.
func ParseOptionGroupID(s string) (OptionGroupID, error) {
	u, err := parse(s)
	return OptionGroupID{u}, err
}

// IsZero reports whether id names nothing.
func (id OptionGroupID) IsZero() bool { return id.UUID == uuid.Nil }

// NewOptionID returns a fresh OptionID.
func NewOptionID() OptionID { return OptionID{NewV7()} }

// ParseOptionID reads the canonical text form; it returns an error for anything else.
func ParseOptionID(s string) (OptionID, error) {
	u, err := parse(s)
	return OptionID{u}, err
}

// IsZero reports whether id names nothing.
func (id OptionID) IsZero() bool { return id.UUID == uuid.Nil }

// NewMaterialID returns a fresh MaterialID.
func NewMaterialID() MaterialID { return MaterialID{NewV7()} }

// ParseMaterialID reads the canonical text form; it returns an error for anything else.
func ParseMaterialID(s string) (MaterialID, error) {
	u, err := parse(s)
	return MaterialID{u}, err
}

// IsZero reports whether id names nothing.
func (id MaterialID) IsZero() bool { return id.UUID == uuid.Nil }

// NewRecipeID returns a fresh RecipeID.
func NewRecipeID() RecipeID { return RecipeID{NewV7()} }

// ParseRecipeID reads the canonical text form; it returns an error for anything else.
func ParseRecipeID(s string) (RecipeID, error) {
	u, err := parse(s)
	return RecipeID{u}, err
}

// IsZero reports whether id names nothing.
func (id RecipeID) IsZero() bool { return id.UUID == uuid.Nil }

// NewKeyID returns a fresh KeyID.
func NewKeyID() KeyID { return KeyID{NewV7()} }

// ParseKeyID reads the canonical text form; it returns an error for anything else.
func ParseKeyID(s string) (KeyID, error) {
	u, err := parse(s)
	return KeyID{u}, err
}

// IsZero reports whether id names nothing.
func (id KeyID) IsZero() bool { return id.UUID == uuid.Nil }

// NewCartID returns a fresh CartID.
func NewCartID() CartID { return CartID{NewV7()} }

// ParseCartID reads the canonical text form; it returns an error for anything else.
func ParseCartID(s string) (CartID, error) {
	u, err := parse(s)
	return CartID{u}, err
}

// IsZero reports whether id names nothing.
func (id CartID) IsZero() bool { return id.UUID == uuid.Nil }

// NewOrderID returns a fresh OrderID.
func NewOrderID() OrderID { return OrderID{NewV7()} }

// ParseOrderID reads the canonical text form; it returns an error for anything else.
func ParseOrderID(s string) (OrderID, error) {
	u, err := parse(s)
	return OrderID{u}, err
}

// IsZero reports whether id names nothing.
func (id OrderID) IsZero() bool { return id.UUID == uuid.Nil }

// NewEntryID returns a fresh EntryID.
func NewEntryID() EntryID { return EntryID{NewV7()} }

// ParseEntryID reads the canonical text form; it returns an error for anything else.
func ParseEntryID(s string) (EntryID, error) {
	u, err := parse(s)
	return EntryID{u}, err
}

// IsZero reports whether id names nothing.
func (id EntryID) IsZero() bool { return id.UUID == uuid.Nil }

// NewLinkID returns a fresh LinkID.
func NewLinkID() LinkID { return LinkID{NewV7()} }

// ParseLinkID reads the canonical text form; it returns an error for anything else.
func ParseLinkID(s string) (LinkID, error) {
	u, err := parse(s)
	return LinkID{u}, err
}

// IsZero reports whether id names nothing.
func (id LinkID) IsZero() bool { return id.UUID == uuid.Nil }

// NewApplicationID returns a fresh ApplicationID.
func NewApplicationID() ApplicationID { return ApplicationID{NewV7()} }

// ParseApplicationID reads the canonical text form; it returns an error for anything else.
func ParseApplicationID(s string) (ApplicationID, error) {
	u, err := parse(s)
	return ApplicationID{u}, err
}

// IsZero reports whether id names nothing.
func (id ApplicationID) IsZero() bool { return id.UUID == uuid.Nil }

package membersapi

// MemberState says whether an account can be used.
type MemberState string

// The states of an account. Suspended ones can be restored, closed ones cannot.
const (
	Active    MemberState = "active"
	Suspended MemberState = "suspended"
	Departed  MemberState = "closed"
)

// MemberStates lists them.
var MemberStates = []MemberState{Active, Suspended, Departed}

// ApplicationState says how far an owner's application to join has come.
type ApplicationState string

// The states of an application.
const (
	Waiting  ApplicationState = "waiting"
	Approved ApplicationState = "approved"
	Refused  ApplicationState = "refused"
)

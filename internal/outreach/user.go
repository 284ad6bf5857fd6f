package outreach

import (
	"regexp"
	"time"
)

// Role is what somebody at the shop may do.
type Role string

// Roles. Each may do all that the ones before it may.
const (
	RoleAdviser        Role = "adviser"         // reads the log, answers, calls
	RoleManager        Role = "manager"         // and decides what is said and who may sign in
	RoleGeneralManager Role = "general_manager" // and decides recovery cases
)

// Roles lists the roles, the one with the least rights first.
func Roles() []Role { return []Role{RoleAdviser, RoleManager, RoleGeneralManager} }

// May reports whether r has the rights of needed.
func (r Role) May(needed Role) bool { return r.rank() > 0 && r.rank() >= needed.rank() }

func (r Role) rank() int {
	for i, known := range Roles() {
		if r == known {
			return i + 1
		}
	}
	return 0
}

// User is somebody at the shop who can sign in.
type User struct {
	ID        int64
	Login     string // lower case, without blanks
	Name      string // as the log shows it
	Role      Role
	Adviser   string // the name under which orders show this person, "" for none
	Email     string // where the daily mail goes, "" for nobody who wants it
	CreatedAt time.Time
	// DisabledAt is when the person lost the right to sign in, zero while they have it.
	DisabledAt time.Time
	// Epoch counts what ends all sessions: a new password, signing out everywhere.
	Epoch int
}

var loginPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// ValidLogin reports whether somebody can sign in under a name: small letters,
// digits, dots, dashes and what a mail address needs.
func ValidLogin(login string) bool { return loginPattern.MatchString(login) }

package outreach

import "fmt"

// Money is an amount in the smallest unit of its currency.
type Money struct {
	Minor    int64  // cents
	Currency string // ISO 4217, "" means the shop's own
}

// IsZero reports whether no amount is known.
func (m Money) IsZero() bool { return m.Minor == 0 }

// String formats the amount for readers in North America, for example "$1,234.50".
// Amounts without cents drop them, as a person would.
func (m Money) String() string {
	sign, minor := "", m.Minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	whole := groupThousands(minor / 100)
	prefix := "$"
	if m.Currency == "CAD" {
		prefix = "CA$"
	}
	if minor%100 == 0 {
		return sign + prefix + whole
	}
	return fmt.Sprintf("%s%s%s.%02d", sign, prefix, whole, minor%100)
}

func groupThousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

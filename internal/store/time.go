package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Time is an instant as both databases keep it: UTC, whole microseconds, a
// fixed width, so that equal instants are equal and text order is time order.
// The zero time is NULL.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000000Z"

// readLayouts are tried in turn for rows that other programs wrote.
var readLayouts = []string{
	timeLayout, time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999-07",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02", "01/02/2006", "1/2/2006",
}

// at wraps an instant for a statement.
func at(t time.Time) Time { return Time{t} }

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	// PostgreSQL rounds to microseconds where Go would cut; cutting first keeps
	// what was written equal to what is read.
	return t.UTC().Truncate(time.Microsecond).Format(timeLayout), nil
}

// Scan implements sql.Scanner.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		t.Time = time.Time{}
		return nil
	case time.Time:
		t.Time = v.UTC()
		return nil
	case []byte:
		return t.parse(string(v))
	case string:
		return t.parse(v)
	}
	return fmt.Errorf("read time: unexpected %T", src)
}

func (t *Time) parse(s string) error {
	for _, layout := range readLayouts {
		if p, err := time.Parse(layout, s); err == nil {
			t.Time = p.UTC()
			return nil
		}
	}
	// Another program wrote what nobody can read ("infinity", "soon"). It is no
	// date; an error here would keep every other customer from their turn.
	t.Time = time.Time{}
	return nil
}

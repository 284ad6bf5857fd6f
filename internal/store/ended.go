package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// cancelEnded cancels those of the planned contacts whose follow-up has ended,
// and returns the others. The end of a follow-up cancels what it has planned; what
// was on its way at that moment may have been put off by the provider since.
func (q Queue) cancelEnded(ctx context.Context, tx *sqlx.Tx, now time.Time, contacts []outreach.Contact) ([]outreach.Contact, error) {
	followUps := make([]int64, len(contacts))
	for i, c := range contacts {
		followUps[i] = c.FollowUpID
	}
	var a args
	var ended []struct {
		ID     int64  `db:"id"`
		Reason string `db:"end_reason"`
	}
	err := tx.SelectContext(ctx, &ended, `select id, end_reason from follow_ups where state = 'ended' and id in `+in(&a, unique(followUps)), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read follow-ups: %w", err)
	}
	reasons := make(map[int64]string, len(ended))
	for _, f := range ended {
		reasons[f.ID] = f.Reason
	}
	var open []outreach.Contact
	for _, c := range contacts {
		reason, over := reasons[c.FollowUpID]
		if !over {
			open = append(open, c)
			continue
		}
		// This one alone: others of the follow-up may be locked, and a hand-over waits for nobody.
		_, err := move(ctx, tx, now, movement{
			from: outreach.Planned, to: outreach.Canceled, reason: reason, why: reason, where: "id = $1",
		}, c.ID)
		if err != nil {
			return nil, err
		}
	}
	return open, nil
}

package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Shops keeps the configured shops where other tables can refer to them.
type Shops struct{ *DB }

// Save writes the shops of the configuration. A shop that is no longer
// configured stays, because its orders and its log stay.
func (s Shops) Save(ctx context.Context, shops []outreach.Shop) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		for _, h := range shops {
			_, err := tx.ExecContext(ctx, `
				insert into shops (id, name, legal_name, phone, email, postal_address, postal_code, region,
				                   country, time_zone, locale, currency)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
				on conflict (id) do update set name = excluded.name, legal_name = excluded.legal_name,
				    phone = excluded.phone, email = excluded.email, postal_address = excluded.postal_address,
				    postal_code = excluded.postal_code, region = excluded.region, country = excluded.country,
				    time_zone = excluded.time_zone, locale = excluded.locale, currency = excluded.currency`,
				h.ID, h.Name, h.LegalName, h.Phone, h.Email, h.PostalAddress, h.PostalCode, h.Region,
				h.Country, h.TimeZone, h.Locale, h.Currency)
			if err != nil {
				return fmt.Errorf("save shop %s: %w", h.ID, err)
			}
		}
		return nil
	})
}

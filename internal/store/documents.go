package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Documents keeps the versions of templates and playbooks. Approved text is
// never changed: a change is a new version.
type Documents struct{ *DB }

// DocumentRow is one version as the list shows it.
type DocumentRow struct {
	Name       string           `db:"name"`
	Channel    outreach.Channel `db:"channel"`
	Locale     string           `db:"locale"`
	Version    int              `db:"version"`
	State      string           `db:"state"`
	ApprovedBy string           `db:"approved_by"`
	ApprovedAt Time             `db:"approved_at"`
}

// Seed writes the shipped templates that the database never had in any version,
// and into a new one the shipped playbooks. It returns how many it wrote.
func (d Documents) Seed(ctx context.Context, now time.Time, templates, playbooks []outreach.Document) (int, error) {
	n := 0
	err := d.tx(ctx, func(tx *sqlx.Tx) error {
		// Daemons that start together wait for each other at this row.
		_, err := tx.ExecContext(ctx, `
			insert into controls (name, value, by_whom, at) values ($1, '0', 'courtesyd', $2)
			on conflict (name) do update set name = excluded.name`, controlDocuments, at(now))
		if err != nil {
			return err
		}
		var have []outreach.Document
		err = tx.SelectContext(ctx, &have, `select distinct name, channel, locale from template_versions`)
		if err != nil {
			return err
		}
		for _, t := range templates {
			if slices.Contains(have, outreach.Document{Name: t.Name, Channel: t.Channel, Locale: t.Locale}) {
				continue
			}
			if _, err := addTemplate(ctx, tx, now, t, "shipped", "written and reviewed with the program"); err != nil {
				return err
			}
			n++
		}
		if len(have) > 0 {
			return nil // which playbooks to follow is the shop's own choice by now
		}
		for _, p := range playbooks {
			if _, err := addPlaybook(ctx, tx, now, p, "shipped"); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seed shipped documents: %w", err)
	}
	return n, nil
}

// AddTemplate approves doc as the next version of its name, channel and locale,
// and retires the one before. An unchanged text adds nothing and returns the
// version that stands.
func (d Documents) AddTemplate(ctx context.Context, now time.Time, doc outreach.Document, who, note string) (version int, added bool, err error) {
	err = d.tx(ctx, func(tx *sqlx.Tx) error {
		var same []int
		if err := tx.SelectContext(ctx, &same, `
			select version from template_versions
			where name = $1 and channel = $2 and locale = $3 and state = 'approved' and source = $4`,
			doc.Name, doc.Channel, doc.Locale, doc.Source); err != nil {
			return err
		}
		if len(same) > 0 {
			version = same[0]
			return nil
		}
		added = true
		version, err = addTemplate(ctx, tx, now, doc, who, note)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("save template %s: %w", doc.Name, err)
	}
	return version, added, nil
}

// AddPlaybook approves doc as the next version of its playbook, likewise.
func (d Documents) AddPlaybook(ctx context.Context, now time.Time, doc outreach.Document, who string) (version int, added bool, err error) {
	err = d.tx(ctx, func(tx *sqlx.Tx) error {
		var same []int
		if err := tx.SelectContext(ctx, &same, `
			select version from playbook_versions where playbook_id = $1 and state = 'approved' and source = $2`,
			doc.Name, doc.Source); err != nil {
			return err
		}
		if len(same) > 0 {
			version = same[0]
			return nil
		}
		added = true
		version, err = addPlaybook(ctx, tx, now, doc, who)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("save playbook %s: %w", doc.Name, err)
	}
	return version, added, nil
}

func addTemplate(ctx context.Context, tx *sqlx.Tx, now time.Time, doc outreach.Document, who, note string) (int, error) {
	_, err := tx.ExecContext(ctx, `
		update template_versions set state = 'retired'
		where name = $1 and channel = $2 and locale = $3 and state = 'approved'`, doc.Name, doc.Channel, doc.Locale)
	if err != nil {
		return 0, err
	}
	var version int
	err = tx.GetContext(ctx, &version, `
		insert into template_versions (name, channel, locale, version, state, source, effective_from,
		                               approved_by, approved_at, approval_note, created_at)
		values ($1, $2, $3, (select coalesce(max(version), 0) + 1 from template_versions
		                     where name = $1 and channel = $2 and locale = $3),
		        'approved', $4, $5, $6, $5, $7, $5)
		returning version`, doc.Name, doc.Channel, doc.Locale, doc.Source, at(now), who, note)
	if err != nil {
		return 0, err
	}
	return version, documentsChanged(ctx, tx, now, who, fmt.Sprintf("template %s (%s, %s) version %d", doc.Name, doc.Channel, doc.Locale, version))
}

func addPlaybook(ctx context.Context, tx *sqlx.Tx, now time.Time, doc outreach.Document, who string) (int, error) {
	_, err := tx.ExecContext(ctx, `
		update playbook_versions set state = 'retired' where playbook_id = $1 and state = 'approved'`, doc.Name)
	if err != nil {
		return 0, err
	}
	var version int
	err = tx.GetContext(ctx, &version, `
		insert into playbook_versions (playbook_id, version, state, source, effective_from, approved_by, approved_at, created_at)
		values ($1, (select coalesce(max(version), 0) + 1 from playbook_versions where playbook_id = $1),
		        'approved', $2, $3, $4, $3, $3)
		returning version`, doc.Name, doc.Source, at(now), who)
	if err != nil {
		return 0, err
	}
	return version, documentsChanged(ctx, tx, now, who, fmt.Sprintf("playbook %s version %d", doc.Name, version))
}

// documentsChanged moves the revision on, so that daemons read the documents anew.
func documentsChanged(ctx context.Context, tx *sqlx.Tx, now time.Time, who, what string) error {
	_, err := tx.ExecContext(ctx, `
		insert into controls (name, value, by_whom, at) values ($1, '1', $2, $3)
		on conflict (name) do update set
		    value = cast(cast(controls.value as integer) + 1 as text), by_whom = excluded.by_whom, at = excluded.at`,
		controlDocuments, who, at(now))
	if err != nil {
		return fmt.Errorf("note change of documents: %w", err)
	}
	return audit(ctx, tx, now, who, "approve", what, "")
}

// InForce returns the documents in force at now and their revision.
func (d Documents) InForce(ctx context.Context, now time.Time) (docs outreach.Documents, revision int, err error) {
	err = d.tx(ctx, func(tx *sqlx.Tx) error {
		if docs, err = documents(ctx, tx, now); err != nil {
			return err
		}
		var values []int
		if err := tx.SelectContext(ctx, &values, `
			select cast(value as integer) from controls where name = $1`, controlDocuments); err != nil {
			return fmt.Errorf("read revision of documents: %w", err)
		}
		if len(values) == 1 {
			revision = values[0]
		}
		return nil
	})
	return docs, revision, err
}

func documents(ctx context.Context, tx *sqlx.Tx, now time.Time) (docs outreach.Documents, err error) {
	if docs.Templates, err = approvedTemplates(ctx, tx, now); err != nil {
		return docs, err
	}
	var rows []struct {
		Name    string `db:"name"`
		Version int    `db:"version"`
		Source  string `db:"source"`
		InForce bool   `db:"in_force"`
	}
	err = tx.SelectContext(ctx, &rows, `
		select playbook_id as name, version, source,
		       state = 'approved' and (effective_from is null or effective_from <= $1) as in_force
		from playbook_versions where state in ('approved', 'retired') order by playbook_id, version`, at(now))
	if err != nil {
		return docs, fmt.Errorf("read playbooks: %w", err)
	}
	for _, r := range rows {
		doc := outreach.Document{Name: r.Name, Version: r.Version, Source: r.Source}
		if r.InForce {
			docs.Playbooks = append(docs.Playbooks, doc)
		} else {
			docs.Past = append(docs.Past, doc)
		}
	}
	return docs, nil
}

func approvedTemplates(ctx context.Context, q sqlx.QueryerContext, now time.Time) ([]outreach.Document, error) {
	var rows []outreach.Document
	err := sqlx.SelectContext(ctx, q, &rows, `
		select name, channel, locale, version, source from template_versions
		where state = 'approved' and (effective_from is null or effective_from <= $1)
		order by name, channel, locale`, at(now))
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return rows, nil
}

// Playbooks returns the newest version of every playbook, whatever its state.
func (d Documents) Playbooks(ctx context.Context) ([]outreach.Document, error) {
	var rows []outreach.Document
	err := d.db.SelectContext(ctx, &rows, `
		select p.playbook_id as name, p.version, p.source from playbook_versions p
		where p.version = (select max(version) from playbook_versions where playbook_id = p.playbook_id) order by p.playbook_id`)
	if err != nil {
		return nil, fmt.Errorf("read playbooks: %w", err)
	}
	return rows, nil
}

// Templates lists every version of every template, newest first within each.
func (d Documents) Templates(ctx context.Context) ([]DocumentRow, error) {
	var rows []DocumentRow
	err := d.db.SelectContext(ctx, &rows, `
		select name, channel, locale, version, state, approved_by, approved_at from template_versions
		order by name, channel, locale, version desc`)
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	return rows, nil
}

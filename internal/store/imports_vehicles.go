package store

import (
	"context"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

type vehicleCells struct {
	CustomerID int64  `db:"customer_id"`
	VIN        string `db:"vin"`
	Plate      string `db:"plate"`
	Year       int    `db:"year"`
	Make       string `db:"make"`
	Model      string `db:"model"`
}

var vehiclesTable = tableOf("vehicles", `customer_id bigint, vin text, plate text, year integer, make text, model text`)

func (c vehicleCells) cells() []any {
	return []any{null(c.CustomerID), c.VIN, c.Plate, c.Year, c.Make, c.Model}
}

// sighting is a vehicle as an order or canceled order names it.
type sighting struct {
	vehicle outreach.Vehicle
	before  int64 // the vehicle the stored order has, 0 for none
	owner   int64 // the customer, 0 for a walk-in
	visit   visit
	void    bool // the order was voided: no sign of who owns the car
}

// names reports whether the record says which car it was; a year does not.
func (s sighting) names() bool {
	return s.vehicle.VIN != "" || s.vehicle.Plate != "" || s.vehicle.Model != ""
}

// garage is the vehicles that a batch may be about.
type garage struct {
	byID    map[int64]*kept[vehicleCells]
	byVIN   map[string]*kept[vehicleCells]
	byOwner map[int64][]*kept[vehicleCells]
}

// vehicles finds or makes the vehicle of each sighting and returns their ids, 0
// where none was named.
func (b *intake) vehicles(ctx context.Context, seen []sighting) ([]int64, error) {
	g, err := b.loadGarage(ctx, seen)
	if err != nil {
		return nil, err
	}
	last, err := b.lastSeen(ctx, g)
	if err != nil {
		return nil, err
	}
	which := make([]*kept[vehicleCells], len(seen))
	for i, s := range seen {
		if s.names() {
			v := g.find(s, last)
			v.is.take(s, last.take(v, s.visit))
			g.file(v)
			which[i] = v
		}
	}
	if err := save(ctx, b, vehiclesTable, which, &b.counts.Vehicles); err != nil {
		return nil, err
	}
	ids := make([]int64, len(seen))
	for i, v := range which {
		ids[i] = seen[i].before
		if v != nil {
			ids[i] = v.id
		}
	}
	return ids, nil
}

// find returns the vehicle a sighting is of: the one with its VIN, else the one
// the order had before, else one of the same owner with the same plate or, where
// plates do not tell, the same year, make and model. An order keeps its car
// though the plate has changed since.
func (g garage) find(s sighting, last newest[*kept[vehicleCells]]) *kept[vehicleCells] {
	if v := g.byVIN[s.vehicle.VIN]; v != nil {
		return v
	}
	if v := g.byID[s.before]; v != nil {
		seenSince := s.vehicle.VIN == "" && last[v].id != s.visit.id
		if seenSince || v.is.mayBe(s.vehicle) {
			return v
		}
	}
	if s.owner != 0 {
		for _, sure := range []bool{true, false} {
			for _, v := range g.byOwner[s.owner] {
				if v.is.CustomerID == s.owner && v.is.mayBe(s.vehicle) && v.is.matches(s.vehicle, sure) {
					return v
				}
			}
		}
	}
	return &kept[vehicleCells]{is: vehicleCells{CustomerID: s.owner}}
}

// file lets later sightings of the batch find v.
func (g garage) file(v *kept[vehicleCells]) {
	if v.is.VIN != "" {
		g.byVIN[v.is.VIN] = v
	}
	for _, have := range g.byOwner[v.is.CustomerID] {
		if have == v {
			return
		}
	}
	g.byOwner[v.is.CustomerID] = append(g.byOwner[v.is.CustomerID], v)
}

// mayBe reports whether nothing speaks against c being v.
func (c vehicleCells) mayBe(v outreach.Vehicle) bool {
	if c.VIN != "" && v.VIN != "" {
		return c.VIN == v.VIN
	}
	return (c.Plate == "" || v.Plate == "" || c.Plate == v.Plate) && (c.Year == 0 || v.Year == 0 || c.Year == v.Year) &&
		(c.Model == "" || v.Model == "" || strings.EqualFold(c.Model, v.Model))
}

// matches reports whether the plate (sure) or else year, make and model speak
// for c being v. A car with a VIN is not taken for another one of its model.
func (c vehicleCells) matches(v outreach.Vehicle, sure bool) bool {
	if sure {
		return v.Plate != "" && c.Plate == v.Plate
	}
	return v.VIN == "" && v.Model != "" && c.Year == v.Year && strings.EqualFold(c.Make, v.Make) && strings.EqualFold(c.Model, v.Model)
}

// take takes over what a sighting says. Only the latest one may change what is
// known, and with it whose car it is: it has been sold.
func (c *vehicleCells) take(s sighting, latest bool) {
	give(&c.VIN, s.vehicle.VIN, true)
	give(&c.Plate, s.vehicle.Plate, !latest)
	give(&c.Year, s.vehicle.Year, !latest)
	give(&c.Make, s.vehicle.Make, !latest)
	give(&c.Model, s.vehicle.Model, !latest)
	give(&c.CustomerID, s.owner, !latest || s.void || s.visit.at.IsZero())
}

func (b *intake) loadGarage(ctx context.Context, seen []sighting) (garage, error) {
	g := garage{
		byID: map[int64]*kept[vehicleCells]{}, byVIN: map[string]*kept[vehicleCells]{},
		byOwner: map[int64][]*kept[vehicleCells]{},
	}
	var vins []string
	var before, owners []int64
	for _, s := range seen {
		if s.names() {
			vins, before, owners = append(vins, s.vehicle.VIN), append(before, s.before), append(owners, s.owner)
		}
	}
	if len(owners) == 0 {
		return g, nil
	}
	var a args
	rows, err := readRows[vehicleCells](ctx, b, vehiclesTable, &a,
		`vin <> '' and vin in `+in(&a, unique(vins)), // <> '' lets the partial index be used
		`customer_id in `+in(&a, unique(owners)),
		`id in `+in(&a, unique(before)))
	if err != nil {
		return g, err
	}
	for _, v := range rows {
		g.byID[v.id] = v
		g.file(v)
	}
	return g, nil
}

// lastSeen returns the last stored visit of each vehicle.
func (b *intake) lastSeen(ctx context.Context, g garage) (newest[*kept[vehicleCells]], error) {
	ids := make([]int64, 0, len(g.byID))
	for id := range g.byID {
		ids = append(ids, id)
	}
	stored, err := b.newestVisits(ctx, "vehicle_id", ids)
	if err != nil {
		return nil, err
	}
	last := make(newest[*kept[vehicleCells]])
	for id, v := range g.byID {
		if at, have := stored[id]; have {
			last[v] = at
		}
	}
	return last, nil
}

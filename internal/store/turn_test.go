package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
)

// Writers of one SQLite file stand in line: nobody overtakes, and who no longer
// wants to leaves the line without holding it up.
func TestWritersStandInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &DB{turn: make(chan struct{}, 1)}
		first, err := d.write(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		impatient, leave := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := d.write(impatient)
			gone <- err
		}()
		synctest.Wait()
		var order []int
		for i := range 5 {
			go func() {
				done, err := d.write(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				done()
			}()
			synctest.Wait()
		}
		leave()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who left the line hears %v", err)
		}
		first()
		synctest.Wait()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("they wrote in the order %v", order)
		}
	})
}

package importer

import (
	"strings"
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	const minute, wrong = time.Minute, -1
	for _, tt := range []struct {
		raw   string
		hours bool
		want  time.Duration
	}{
		{"90", false, 90 * minute},
		{"90.0", false, 90 * minute},
		{"0", false, 0},
		{"1:30", false, 90 * minute},
		{"0:45", true, 45 * minute},
		{"1.5 h", false, 90 * minute},
		{"2 Hours", false, 120 * minute},
		{"1.5 hrs.", false, 90 * minute},
		{"1 hora", false, 60 * minute},
		{"90 min", true, 90 * minute},
		{"45 Minutes", false, 45 * minute},
		{"1 hr 30 min", false, 90 * minute},
		{"1 hora y 15 minutos", false, 75 * minute},
		{"1.5", true, 90 * minute},
		{"2", true, 120 * minute},
		{".3", true, 18 * minute},
		{"0.33", true, 20 * minute},
		{"40", true, 2400 * minute},
		{"1.5", false, wrong},
		{"41", true, wrong},
		{"2401", false, wrong},
		{"-5", false, wrong},
		{"-1.5 h", false, wrong},
		{"1:75", false, wrong},
		{"1:5", false, wrong},
		{"90s", false, wrong},
		{"5ms", false, wrong},
		{"1-2 hours", false, wrong},
		{"half a day", false, wrong},
		{"1.2.3", false, wrong},
	} {
		got, err := readDuration(tt.raw, '.', tt.hours)
		if err != nil {
			got = wrong
		}
		if got != tt.want {
			t.Errorf("%q (hours: %v) is %s (%v), want %s", tt.raw, tt.hours, got, err, tt.want)
		}
	}
	if got, err := readDuration("1,5 h", ',', false); got != 90*minute || err != nil {
		t.Errorf("with a decimal comma 1,5 h is %s (%v)", got, err)
	}
}

// TestColumnsOfDurations: what a bare number means is in the column's name.
func TestColumnsOfDurations(t *testing.T) {
	for column, want := range map[string]time.Duration{
		"Duration": 2 * time.Minute, "Duration (minutes)": 2 * time.Minute,
		"Labor Hours": 2 * time.Hour, "hours": 2 * time.Hour, "Book Time": 2 * time.Hour, "Horas": 2 * time.Hour,
	} {
		sink, _ := importText(t, Profile{}, "RO #,Closed,Customer,Service,Authorization,"+column+"\n"+
			"1,10/05/2026,Ann Lee,Brakes,Declined,2\n")
		if got := onlyLine(t, sink).Line.Duration; got != want {
			t.Errorf("2 below %q is %s, want %s", column, got, want)
		}
	}
}

func TestPhotos(t *testing.T) {
	for name, want := range map[string]bool{
		"50012-2.jpg": true, "2026/10/50012-2.PNG": true, "pads left.jpeg": true, "piñón.jpg": true,
		"/etc/passwd.jpg": false, "../50012.jpg": false, "2026/../../50012.jpg": false, "./50012.jpg": false,
		`C:\photos\1.jpg`: false, `2026\1.jpg`: false, "https://photos.example/1.jpg": false,
		"50012.gif": false, "50012": false, "50012.jpg/": false, "2026//1.jpg": false, ".jpg/..": false,
	} {
		sink, rep := importText(t, Profile{}, "RO #,Closed,Customer,Service,Authorization,Photo\n"+
			"1,10/05/2026,Ann Lee,Brakes,Declined,"+name+"\n")
		got := onlyLine(t, sink).Line.Photo
		switch {
		case want && (got != name || rep.Warnings != 0):
			t.Errorf("%s: photo %q, warnings %+v", name, got, rep.WarningsList)
		case !want && (got != "" || rep.Warnings != 1 || !strings.Contains(rep.WarningsList[0].Reason, "photo")):
			t.Errorf("%s: photo %q, warnings %+v", name, got, rep.WarningsList)
		}
	}
}

func TestDurationsNobodyUnderstands(t *testing.T) {
	sink, rep := importText(t, Profile{}, "RO #,Closed,Customer,Service,Authorization,Duration\n"+
		"1,10/05/2026,Ann Lee,Brakes,Declined,soon\n")
	if l := onlyLine(t, sink).Line; l.Duration != 0 || rep.Rejected != 0 || rep.Warnings != 1 {
		t.Errorf("line %+v, report %+v", l, rep)
	}
}

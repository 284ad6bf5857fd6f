package importer

// What a report keeps of each list; the numbers beside them count everything.
const (
	maxIssues      = 1000
	maxSuggestions = 100
	maxSamples     = 10
)

// Report says what a file held and what became of it.
type Report struct {
	File    string `json:"file"`
	Source  string `json:"source"`
	Shop    string `json:"shop"`
	Kind    Kind   `json:"kind"`
	Profile string `json:"profile"` // the built-in one it rests on

	HeaderLine int              `json:"header_line"`
	Columns    map[Field]string `json:"columns"` // which column was taken for which field
	Unused     []string         `json:"unused,omitempty"`

	// Notices are what a person must know about the file as a whole.
	Notices []string `json:"notices,omitempty"`

	Rows         int     `json:"rows"`     // rows of data
	Rejected     int     `json:"rejected"` // rows not imported
	LeftOut      int     `json:"left_out"` // rows deliberately not imported
	Warnings     int     `json:"warnings"` // values left out of imported rows
	Issues       []Issue `json:"issues,omitempty"`
	WarningsList []Issue `json:"warnings_list,omitempty"`

	Candidates int     `json:"candidates"` // open lines or canceled orders that are new
	Usual      float64 `json:"usual"`      // median of earlier runs
	UsualRuns  int     `json:"usual_runs"`

	// Samples are the first lines that were taken as not done, with the reason,
	// for a person to confirm that the profile reads the source rightly.
	Samples     []Sample     `json:"samples,omitempty"`
	Suggested   int          `json:"suggested"`
	Suggestions []Suggestion `json:"suggestions,omitempty"`

	Counts Counts `json:"counts"`
	DryRun bool   `json:"dry_run"`
}

// Sample is a line that was taken as not done.
type Sample struct {
	Order         string `json:"order"`
	Service       string `json:"service"`
	Raw           string `json:"raw"` // the source's word
	Authorization string `json:"authorization"`
	Trigger       string `json:"trigger"`
}

// note counts a row's issues and keeps the first of them.
func (rep *Report) note(issues []Issue) {
	worst := Level("")
	for _, i := range issues {
		switch i.Level {
		case Warning:
			rep.Warnings++
			if len(rep.WarningsList) < maxIssues {
				rep.WarningsList = append(rep.WarningsList, i)
			}
			continue
		case LeftOut:
			worst = firstNonEmpty(worst, LeftOut)
		case Rejected:
			worst = Rejected
		}
		if len(rep.Issues) < maxIssues {
			rep.Issues = append(rep.Issues, i)
		}
	}
	switch worst {
	case Rejected:
		rep.Rejected++
	case LeftOut:
		rep.LeftOut++
	}
}

func (rep *Report) suggest(found []Suggestion) {
	rep.Suggested += len(found)
	room := maxSuggestions - len(rep.Suggestions)
	rep.Suggestions = append(rep.Suggestions, found[:min(room, len(found))]...)
}

func (rep *Report) sample(orders []OrderRecord) {
	for _, o := range orders {
		for _, l := range o.Lines {
			if len(rep.Samples) < maxSamples && l.Line.Open() {
				rep.Samples = append(rep.Samples, Sample{
					Order: firstNonEmpty(o.Order.Number, o.Order.ExternalID), Service: l.Line.Name, Raw: l.AuthorizationRaw,
					Authorization: string(l.Line.Authorization), Trigger: string(l.Line.Trigger),
				})
			}
		}
	}
}

// This file holds a batch, which is one uploaded file, and what it can be doing.

package rollout

import "time"

// BatchState says what a batch as a whole is doing.
type BatchState string

const (
	// Importing means that sites are being written to the ledger, and none is enqueued.
	// Left for Running, or for Withdrawn when the upload ends before it is whole.
	Importing BatchState = "importing"
	// Withdrawn means that the upload ended before it was whole; its sites are being
	// cancelled, and none was ever enqueued. Left for Done.
	Withdrawn BatchState = "withdrawn"
	// Running means that sites are on their way. Left for Blocked or Done.
	Running BatchState = "running"
	// Blocked means that the account does not work; Reason says why. No site moves. Left
	// for Running by itself, when the account works again.
	Blocked BatchState = "blocked"
	// Done means that every site has ended and the report is written. Final, unless a
	// person decides about a site in Review, or has one tried again that is Failed or Cancelled: left
	// for Running then. A batch that was purged stays Done (Batch.Purged).
	Done BatchState = "done"

	// Damaged means that the record in the ledger cannot be read; Reason says why. Nothing is
	// done for it. It is no state that a batch is put into.
	Damaged BatchState = "damaged"

	// Paused and Cancelling are what people see of a batch that is Running or Blocked, and about
	// which somebody decided (Batch.Shown). The ledger keeps that apart from the state, because a
	// blocked batch can be paused, too.

	// Paused means that nothing new is ordered, validated or pushed, until somebody resumes the
	// batch.
	Paused BatchState = "paused"
	// Cancelling means that the batch was cancelled, and that sites of it have not ended yet.
	Cancelling BatchState = "cancelling"

	// The rest are no states of the ledger: they say why a file's sites are in
	// none, and stand in reports and in what commands print.

	// Checked means that the file was only to be checked; nothing was enqueued.
	Checked BatchState = "checked"
	// Refused means that rows are wrong, so nothing was enqueued.
	Refused BatchState = "refused"
	// Stopped means that an embedded run was ended before all its sites were. Nobody goes
	// on with them, and nothing but the report remembers them.
	Stopped BatchState = "stopped"
)

// Batch is one uploaded rollout file.
type Batch struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`    // that people gave it; "": none
	File     string    `json:"file"`              // base name
	Customer string    `json:"customer"`          // customerCode
	Lang     Lang      `json:"lang,omitempty"`    // of its report; "": English
	Sheets   []Sheet   `json:"sheets"`            // those of the file that were read, in its order; a CSV file is one
	Remarks  []Text    `json:"remarks,omitempty"` // what people should know of how the file was read, one sentence each
	Created  time.Time `json:"created"`
	Finished time.Time `json:"finished,omitzero"`
	Uploaded int       `json:"uploaded,omitempty"` // how many rows its upload has; 0: unknown
	Touched  time.Time `json:"-"`                  // when its upload last gave a sign of life, by the ledger's clock
	// WithdrawnAt is when its upload was withdrawn, by the ledger's clock; zero: it was
	// not. It stays when the batch is Done.
	WithdrawnAt time.Time `json:"-"`
	// DoneAt is when it was last Done, by the ledger's clock; zero: it was not, or by an earlier version.
	DoneAt time.Time `json:"-"`
	// Purged is when its purge began, by the ledger's clock; zero: it was not purged. Purging means that
	// the purge has not come to its end.
	Purged      time.Time  `json:"-"`
	Purging     bool       `json:"-"`
	Entered     time.Time  `json:"-"` // when it came into the ledger, by the ledger's clock
	LedgerSince time.Time  `json:"-"` // when its ledger was first written to, or its Redis was last found to have been restarted
	State       BatchState `json:"-"`
	Unsound     bool       `json:"-"` // its counts or lists do not agree with its sites, and must be mended
	Reason      string     `json:"-"` // why it is blocked or damaged
	// Decisions is the number of decisions of people about its sites. A report that was begun
	// before the last one is out of date.
	Decisions int `json:"-"`
	// FailedProbes is how often lately, the call that blocked the batch included, the account
	// did not work.
	FailedProbes int    `json:"-"`
	Report       string `json:"-"` // path of the report, once written

	Plan      Plan         `json:"-"` // when, and in which order, its sites are ordered
	Paused    Pause        `json:"-"` // of this batch
	AllPaused Pause        `json:"-"` // of the whole account
	Cancelled Cancellation `json:"-"` // whether the batch was cancelled

	Counts map[State]int `json:"-"`
	// Countries is what the API said, at import, of the countries of its rows, in the order of
	// their codes. It is not read with a single site.
	Countries []Country `json:"-"`
}

// Country is what a person should know of a country before ordering there.
// Source: Business Talk getting started guide, section Get country coverage information.
type Country struct {
	ISO2      string `json:"iso2"`                // ISO 3166 code
	Name      string `json:"name"`                // the country's name in the API; "": the API does not know it
	Emergency string `json:"emergency,omitempty"` // domesticEmergency, as the API says it: "Yes" or "No"
	Comment   string `json:"comment,omitempty"`   // the API's own remark
	Unapplied []Text `json:"unapplied,omitempty"` // rules that are not checked before the order, one sentence each
}

// IsISO2 reports whether code has the form of an ISO 3166 alpha-2 code: two letters from A to Z.
func IsISO2(code string) bool {
	return len(code) == 2 && 'A' <= code[0] && code[0] <= 'Z' && 'A' <= code[1] && code[1] <= 'Z'
}

// Title is how people know the batch: its name and its file.
func (b *Batch) Title() string {
	if b.Name == "" {
		return b.File
	}
	return b.Name + ", " + b.File
}

// Rows is how many rows the batch has; the counts of all states add up to it.
func (b *Batch) Rows() int {
	n := 0
	for _, c := range b.Counts {
		n += c
	}
	return n
}

// Unwritten is how many rows of the upload are not in the ledger, and so in no report,
// because the upload was withdrawn before it had written them.
func (b *Batch) Unwritten() int {
	if b.WithdrawnAt.IsZero() {
		return 0
	}
	return max(0, b.Uploaded-b.Rows())
}

// Open is how many sites have not ended.
func (b *Batch) Open() int {
	n := 0
	for s, c := range b.Counts {
		if !s.Final() {
			n += c
		}
	}
	return n
}

// NeedSomeone is how many sites ended in a way that a person has to act on.
func (b *Batch) NeedSomeone() int {
	n := 0
	for s, c := range b.Counts {
		if s.NeedsSomeone() {
			n += c
		}
	}
	return n
}

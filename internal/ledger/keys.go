// The keys of the ledger. All keys carry the hash tag {btr}. A key has no expiry unless its
// comment says so.
// Package throttle has the keys {btr}:budget and {btr}:budget:quota:PERIOD.

package ledger

// keyBatches is a sorted set: batch id → when the batch was created, in Unix milliseconds.
func keyBatches() string { return "{btr}:batches" }

// keyOpenBatches is a set: the ids of the batches that are not done.
func keyOpenBatches() string { return "{btr}:batches:open" }

// keySince is a string: when this ledger was first written to, or when its Redis was last found to
// have been restarted, in Unix milliseconds. The ledger may know nothing of what was done before.
func keySince() string { return "{btr}:since" }

// keyRunID is a string: the run id of the Redis to which a worker last connected.
func keyRunID() string { return "{btr}:server" }

// keyAccount is a hash about the whole account: "paused", as in keyBatch, holds up all batches; "turn" and
// "urgent" are the turns of the batches of which a site was last admitted, of those that are not urgent and
// of urgent ones; "turns" counts to eight, for admitScript.
func keyAccount() string { return "{btr}:account" }

// keyBatch is a hash about one batch. Times are in Unix milliseconds, unless said
// otherwise:
//
//	entered    when it was created, by Redis' clock
//	meta       JSON of rollout.Batch
//	state      rollout.BatchState
//	touched    when its upload last gave a sign of life, by Redis' clock; missing while state is
//	           importing: its upload gave it up, and it counts as withdrawn
//	doubted    "<when a worker first found that touched is long ago> <touched at that
//	           time>", both by Redis' clock
//	withdrawn  when its upload was withdrawn, by Redis' clock
//	reason     why it is blocked, "" if it is not
//	strikes    how often lately the account did not work (Batch.FailedProbes)
//	unblocked  when the account last worked again, by the clock of the worker that found it
//	edition    number of decisions of people about its sites (Batch.Decisions)
//	report     path of the report
//	finished   when it was done (RFC 3339), by the clock of the worker that wrote the report
//	doneAt     the same, by Redis' clock
//	purged     when its purge began, by Redis' clock; missing: it was not purged
//	purging    "1" until the purge has come to its end
//	plan       JSON of rollout.Plan
//	paused     "<when it was paused, by Redis' clock> <who did it>"; missing: it is not paused, or done
//	cancelled  rollout.Cancellation; missing: it is not cancelled
//	turn       how many sites of it were admitted, in the count of admitScript
func keyBatch(id string) string { return "{btr}:batch:" + id }

// keyRows is a hash: row → JSON of what the row asks. A field is written once, and replaced by what
// remains of it when the batch is purged.
func keyRows(id string) string { return "{btr}:batch:" + id + ":rows" }

// keySites is a hash: row → "<version> <state> <JSON of rollout.Progress>".
func keySites(id string) string { return "{btr}:batch:" + id + ":sites" }

// keyCounts is a hash: state → number of sites of the batch in that state.
func keyCounts(id string) string { return "{btr}:batch:" + id + ":counts" }

// keyCountries is a string, written once, and deleted when the batch is purged: JSON of what the API said, at import, about the
// countries of the batch's rows. It is no field of keyBatch, because steps of sites read
// that hash and do not need it.
func keyCountries(id string) string { return "{btr}:batch:" + id + ":countries" }

// keyOpen is a sorted set: row of each open site → when its next step is due, in Unix
// milliseconds: by the clock of the process that recorded the site, or by Redis' if a script set it.
// A site that is parked has parkedFrom plus its place in the order of work instead (admission.go).
// The set is empty when all sites of the batch have ended.
func keyOpen(id string) string { return "{btr}:batch:" + id + ":open" }

// keyWaiting is a hash: row of each site in state ordered → "<when its order is next
// polled individually> <when the order was made> <orderId>", times in Unix milliseconds, by
// the clocks of the workers that polled or recorded the site.
func keyWaiting(id string) string { return "{btr}:batch:" + id + ":waiting" }

// keyFollowers is a hash: row → "<batch>/<row>" of the row, in state following when it was
// written, that waits until this one has ended. A row has one follower; the next row of the same
// site follows that one.
func keyFollowers(id string) string { return "{btr}:batch:" + id + ":followers" }

// keyPace is a hash: "steps", for orders made and addresses pushed, and "ended", for sites that
// ended → "<decaying count> <when it was last raised> <when it began>"; "d<class>" → number of
// orders that were delivered after a time of that class, "u<class>" → of those that were delivered
// later than that, unseen (countDelivery). Times are in Unix milliseconds, by Redis' clock. Only
// forecasts depend on it.
func keyPace(id string) string { return "{btr}:batch:" + id + ":pace" }

// keyLog is a stream: the audit log of a batch, of at most some 5,000 entries. The id of an entry is its
// time, by Redis' clock, in Unix milliseconds. Its fields are who (a person or a worker), what
// (rollout.AuditEvent) and detail (JSON of rollout.AuditDetail, or ""). When the batch is deleted, it
// expires after AuditRetention.
func keyLog(id string) string { return "{btr}:batch:" + id + ":log" }

// keyAccountLog is a stream like keyLog: the audit log of changes that concern no batch.
func keyAccountLog() string { return "{btr}:log" }

// keyClaims is a hash for each customer: identity.Alike of a technicalSiteName →
// "<batch>/<row>", the last row that claimed the site. Earlier versions of this program
// treated names that are alike as two sites: of those, the second keeps a claim of its own,
// in the field fieldSpelled followed by its exact name. The field fieldNamesComplete says that no
// claim is missing.
func keyClaims(customer string) string { return "{btr}:claims:" + customer }

// keyNames is a hash for each customer, which earlier versions wrote instead of keyClaims:
// exact technicalSiteName → "<batch>/<row>". Its entries are moved to keyClaims before
// anything is decided by claims.
func keyNames(customer string) string { return "{btr}:names:" + customer }

// keyVoiceSites is a hash for each customer: voiceSiteId → the field of keyClaims of the
// site to which it belongs. The field fieldVoiceSitesComplete ("") says that the hash has all
// voicesites that the ledger knows.
func keyVoiceSites(customer string) string { return "{btr}:voicesites:" + customer }

// keyPushes is a hash for each customer: voiceSiteId → "<until> <earlier> <crossed>
// <attempt> <batch>/<row>" of the pushes that may still arrive, or whose outcome was
// never known in the last day. Batch and row are those that sent them. The last attempt
// cannot arrive after until, the attempts before it not after earlier (both in Unix
// milliseconds, 0: none); crossed is 1 if one of those was another row's, else 0; attempt
// is unique, and "-" when the last attempt is over.
func keyPushes(customer string) string { return "{btr}:pushes:" + customer }

// keySurvey is a hash for each customer that expires after surveyLifetime: the last survey
// of the account. The field "@" is when the survey began, in Unix milliseconds. Package
// jobs writes the other fields: "n:" and a folded name → its orders, "o:" and a reference →
// orders that their name does not find, "v:" and a folded name → its voicesites, "refused",
// "moving". Earlier versions used {btr}:account:CUSTOMER.
func keySurvey(customer string) string { return "{btr}:survey:" + customer }

// keySurveyNext is a hash like keySurvey, for a survey that is being written; it expires
// after surveyLifetime. publishScript renames it.
func keySurveyNext(customer, unique string) string {
	return keySurvey(customer) + ":next:" + unique
}

// keySurveyReading is a hash for each customer: the survey in progress. "@cursor" (how far
// it is, as package jobs writes it), "@began" (in Unix milliseconds), "@total" (number of
// items, as far as the API told), "#KIND" (number of different items of a kind that were
// read), and "KIND:IDENTITY" → the text of an item. It expires surveyLifetime after the
// last page.
func keySurveyReading(customer string) string { return keySurvey(customer) + ":reading" }

// keyAddressKey is a string: the random AddressKey. It is made when the first batch is purged.
func keyAddressKey() string { return "{btr}:address-key" }

// keyFacts is a hash for each subject, such as a country as one account sees it: name of a
// fact → "<when the API was asked, by Redis' clock, in Unix microseconds> <text>". It
// expires a lifetime after the last fact was stored; package precheck gives the lifetime.
// Subjects begin with the scope of precheck.Scope, so that two accounts never mix.
func keyFacts(subject string) string { return "{btr}:facts:" + subject }

// keyLease is a string that expires with the lease that it is. For a duty, it is "<number> <owner>",
// the term of its leader; for a timer, it is "1". Earlier versions wrote "1" for duties, too: such a
// lease is held by a process that is none of this version's. Package jobs names its leases in
// leases.go: the duties sweeping, survey:CUSTOMER, poll:CUSTOMER and claims:CUSTOMER, and the timers
// sweep, polled:CUSTOMER and probe:BATCH; package precheck has the duties fact:SUBJECT/NAME, package
// retention the duty retention.
func keyLease(name string) string { return "{btr}:duty:" + name }

// keyTerms is a string: the number of the last term of any duty, which grows with each. It is no
// field of keyLease, because it must outlive all leases.
func keyTerms() string { return "{btr}:terms" }

// keyWorkers is a set: the ids of the workers that run, and perhaps of some that died.
func keyWorkers() string { return "{btr}:workers" }

// keyWorker is the JSON of a RunningWorker. It expires SignLifetime after the worker's last sign of
// life.
func keyWorker(id string) string { return "{btr}:worker:" + id }

// keyAPITrouble is a string: what the API answered when a worker last called it in vain. A worker whose
// call succeeds deletes it, and it expires after troubleLifetime.
func keyAPITrouble() string { return "{btr}:api-trouble" }

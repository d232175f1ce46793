// Package ledger records batches and their sites in Redis: what each row asks, the state
// and progress of each site, and exact counts of every state at every moment. It also
// stores what workers share about the account: claims on names and voicesites, surveys,
// facts, pushes and leases. It knows no queue and no task.
//
// # Sites
//
// A site has two records: what its row asks, written once by [Ledger.Add], and its
// progress, replaced by [Ledger.Advance]. Every change of a site is a compare-and-set on
// the version of its progress: of two writers one wins, the other one gets [ErrStale].
// One script changes the record and everything that follows from it: the counts of the
// states, the list of open sites with the time at which each is due, the list of sites that
// wait for their orders, the number of decisions, and, if the site has ended, when the row that
// follows it is due. So the counts of all states always
// add up to the rows of the batch.
//
// # Batches
//
// [Ledger.Create] enters a batch as importing. [Ledger.Start] lets it run when all rows are
// written, [Ledger.Withdraw] ends it instead when its upload died: then it takes no more
// rows and cannot start. [Ledger.Block] and [Ledger.Unblock] follow the account,
// [Ledger.Finish] ends the batch when no site is open and its report is written. A person's
// decision about a site in review, or a retry of one that failed or was cancelled, reopens a batch
// that is done.
//
// # Audit log
//
// The script that changes the state of a batch, or lets a site leave review by a person's decision,
// also writes an entry into the batch's audit log: who, what and a detail ([rollout.AuditEntry]). A new
// script that does so begins with baseLua and calls log after its last write that a full Redis
// refuses. [Ledger.As] says who. [Ledger.Record] writes changes that concern no batch. Only
// [Ledger.AuditLog] and [Ledger.AccountLog] read the log.
//
// # Purges
//
// A batch that is done can be purged ([Ledger.BeginPurge], [Ledger.PurgeSites], [Ledger.EndPurge]): its
// addresses, cells, problems and notes are deleted. The records of its sites stay under their keys, with
// their versions, reduced to what decides about a later upload and what commands show; so claims,
// voicesites, followers, counts and the checks for damage work as before. A hash with an [AddressKey]
// stands for the address, which [AddressKey.Recall] gives back to a caller that has the same one. In
// the record of the batch its state stays done.
//
// # Restarts
//
// A Redis that was restarted may hold an older copy of its data. [RestartWatch] notices that when a
// worker connects: from then on, [rollout.Batch.LedgerSince] is the time of that, and no change
// of a site that was read before is written.
//
// # Claims
//
// A claim says to which row a site belongs, by its name: the row that works on it, or was the
// last to do so. The script that writes a row takes the claim for it, or has it follow the last
// of the rows that wait for the site, so that two uploads at the same moment cannot both order
// one site. A row that follows, leaves its site to another row or is rejected has no claim. The
// script that writes the end of a row makes the row that follows it due, and
// [Ledger.AdvanceClaiming] gives the claim to that row. A step that costs money requires the claim. A
// claim on a voicesite says to which site the voicesite belongs. Claims outlive their batches. If
// they are deleted, [Ledger.RestoreClaims] and [Ledger.Claims] make them again from the
// batches, and until then every step that needs one gets [ErrUnclaimed]. Which row follows which
// is not made again: package jobs also checks each row that waits, every hour.
//
// # Facts
//
// A fact is an answer of the API that many processes use, such as the rules of a country:
// a text with a name and a subject. It is stored with the time at which the API was asked,
// by Redis' clock, so that processes whose clocks differ agree on its age. Package precheck
// decides how long a fact is valid and which process asks for it again, under a [Duty].
//
// # Leases
//
// Work that one process at a time does is a [Duty]: its leader holds a lease, with its own name and a
// number that is higher than that of each earlier [Term]. Each script that writes for the leader
// compares the lease with that text, so a process that was frozen until its lease expired writes
// nothing ([ErrNoLongerLeader]). Writes that compare the record itself with what the caller read, such as
// the version of a site or the cursor of a survey, or that derive one record from others in one
// script, need no term. A [Timer] is a lease that only measures time.
//
// # Damaged records
//
// Whatever Redis holds may have been deleted, cut or overwritten by hand. A record that
// cannot be read must not stop work on other sites. What follows from other records is
// written again: counts, lists, claims ([Ledger.Mend], [Ledger.MendLists]). A site whose
// record cannot be read goes to review with what can still be read of it; a site that has
// ended keeps its state. A batch whose own record cannot be read is damaged: it is shown,
// and nothing is done with it. Facts, surveys and leases that cannot be read count as
// missing.
//
// # Keys and scripts
//
// keys.go has a function for each key, with the key's type, content and expiry. The program
// deletes no key without an expiry, unless the key is damaged or its batch is purged. A script stands beside the
// function that runs it, or in scripts.go and pushscripts.go, with its KEYS, ARGV and answer.
//
// Times that decide what was first, such as those of uploads, surveys and facts, are read from
// Redis' clock, because the clock of a machine may be wrong. When a step or a poll is due, and
// when an account worked again, are times of the clock of the process that wrote them: an error
// only makes the work early or late. So is the time until which a push may arrive; it includes
// the difference of the workers' clocks. keys.go says which clock a time is of.
package ledger

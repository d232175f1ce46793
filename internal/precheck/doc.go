// Package precheck checks rollout rows before anything is ordered: against the customer's
// account (its VPNs), against the country (coverage, address rules, geographical areas)
// and, in the worker only, against the country's address register. It also describes
// countries to people who still have to write their rows.
//
// A [Checker] does all this. [Checker.Check] judges a row and returns a [Finding]: either
// problems for a person, or the address that is to be pushed. [Checker.Verify] then looks
// the address up in the register. [Checker.Describe] returns a [Description] of a country;
// Labels, VPNs, Places and Example return what the columns and cells of a file may hold.
//
// What the API says is a fact. All processes that share a ledger ask for a fact once an
// hour, and for bad news again within a minute; facts.go holds that cache.
//
// Start reading at [Checker.Check] in checker.go. The sentences that people read are in
// messages.go, the causes and cures of the problem codes in kinds.go.
package precheck

// Package throttle keeps all processes together within the API's budget: an even rate
// without bursts, rolling quotas, and one pause for all when the API says that there were
// too many calls. It knows neither HTTP nor the API's errors.
//
// The budget is two kinds of keys in Redis (see keyBudget and keyQuota in budget.go) and one
// script, budget.lua, which documents KEYS, ARGV and answer. The script grants slots: a slot
// is the permission to make one call at a certain time. Slots follow a generic cell rate
// algorithm of burst 1.
//
// Each process has one [Limiter]. Callers of [Limiter.Wait] queue; the limiter requests slots
// shortly before they are needed, and gives each slot to the most urgent caller when its time
// has come (dispatch.go). [Limiter.Throttled] reports a refusal of the API to the budget:
// all processes pause, and the rate is halved and then recovers. A person may change the rate
// while it is used ([SetRate]); processes learn of that and of pauses within a second,
// because they request slots for a short time only. While a pause or a quota allows no call,
// they ask less often, every 10 s at least, and again when it ends. While nobody waits, they
// do not ask.
//
// The script is not go-redis/redis_rate, because a limiter that says yes or no is not enough:
// slots that are reserved ahead, pauses, quotas and a rate that changes must be decided in
// one atomic step. golang.org/x/time/rate backs it up in each process, so that no process
// exceeds the rate even if Redis loses its data.
//
// All times in Redis are Redis' clock, in microseconds since 1970. A process estimates the
// offset of its own clock with each answer.
package throttle

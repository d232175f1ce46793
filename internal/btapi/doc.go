// Package btapi is a client of the Business Talk REST API: authentication, paging, the wire
// types, and one typed error. It knows nothing of spreadsheets, batches or Redis.
//
// A call waits at the [Limiter] for its slot, gets the token, and is sent once. The client
// repeats it only after a refused token (401), which proves that nothing was done. Every
// failure is an [*Error] with a [Class], except an error of the limiter or of an [Announcement],
// which is returned as it is. For an order or an address, Error.Unknown says whether the API
// may have carried the call out.
//
// A list is read page by page as a [Reading], a plain value with which another process can
// continue.
//
// The program's knowledge of the API is tagged beside the constant or type that encodes it, as
// in docs/api.md: [G] the Business Talk getting started guide, [S] second-hand, [A] assumed.
package btapi

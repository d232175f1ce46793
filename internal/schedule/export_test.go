// This file lets the tests see what they need of the inside.

package schedule

// CommonZones are the zones that an error can suggest.
var CommonZones = commonZones

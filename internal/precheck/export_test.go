// This file gives the tests of the package what it does not export.

package precheck

// ExampleFrom is Example with another address than that of the package.
var ExampleFrom = (*Checker).exampleFrom

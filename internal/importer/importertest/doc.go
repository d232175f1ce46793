// Package importertest makes rollout files for tests and measurements: files of any length,
// every row of which can be imported and ordered, and workbooks from the XML of their parts.
package importertest

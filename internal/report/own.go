// This file recognises the files that this package wrote, which may be replaced.

package report

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// Role is what a file of this package is for. It stands in workbooks, so it is permanent.
type Role string

// The roles.
const (
	RoleReport Role = "report"
	RoleMarked Role = "marked copy" // of a rollout file
)

// application is the name of the program in the properties of workbooks with a role.
func (r Role) application() string { return author + " " + string(r) }

// IsOwn reports whether this package wrote a file in a role, and no spreadsheet program has saved
// it since, so that nobody's work is lost if it is replaced. A spreadsheet program writes its own
// name into a workbook, and by default no quotation marks around the names of columns in CSV.
func IsOwn(path string, role Role) bool {
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		return role == RoleReport && isOwnCSV(path)
	}
	return xlsx.Application(path) == role.application()
}

// isOwnCSV reports whether a CSV file has the header of a report.
func isOwnCSV(path string) bool {
	const most = 1 << 20 // bytes, more than any header has
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	start, err := io.ReadAll(io.LimitReader(file, most))
	added := slices.DeleteFunc(slices.Clone(rollout.ReportColumns), func(c string) bool { return c == rollout.ColumnSheet })
	return err == nil && bytes.HasPrefix(start, []byte("\uFEFF\"")) &&
		bytes.Contains(start, []byte(`"`+strings.Join(added, `","`)+"\"\r\n"))
}

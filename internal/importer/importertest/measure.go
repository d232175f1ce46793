// This file measures the memory of a process.

package importertest

import (
	"bytes"
	"fmt"
	"os"
	"testing"
)

// PeakMB is the most memory that this process ever had, in megabytes, as the system counts it.
func PeakMB(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	must(t, err)
	_, peak, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kB float64
	_, err = fmt.Sscan(string(peak), &kB)
	must(t, err)
	return kB / 1024
}

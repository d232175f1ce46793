// This file checks the modes of the files that commands write, and that a killed command
// leaves no temporary files.

package e2e_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"btrollout/internal/proctest"
)

func TestFilesKeepTheUmask(t *testing.T) {
	t.Parallel()
	for umask, want := range map[fs.FileMode]fs.FileMode{0o077: 0o600, 0o027: 0o640, 0o002: 0o640} {
		t.Run(fmt.Sprintf("%03o", umask), func(t *testing.T) {
			t.Parallel()
			env, dir := fresh(t), t.TempDir()
			enqueue := command(t.Context(), env, "enqueue", "--embedded", "--simulate",
				"--annotate", filepath.Join(dir, "marked.xlsx"), samples+"rollout.xlsx") // refused, with a report
			script := fmt.Sprintf(`umask %03o; exec "$0" "$@"`, umask)
			sh := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", script}, enqueue.Args...)...)
			sh.Env = enqueue.Env
			r, err := proctest.Run(t.Context(), sh)
			if err != nil || r.Code != 3 {
				t.Fatalf("exit %d (%v): %s", r.Code, err, r.Stderr)
			}
			files := 0
			for _, root := range []string{filepath.Join(dir, "marked.xlsx"), env["REPORT_DIR"]} {
				err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
					if err != nil {
						return err
					}
					about, err := entry.Info()
					if err != nil {
						return err
					}
					if about.Mode().Perm()&umask != 0 {
						t.Errorf("%s has mode %v in spite of umask %03o", path, about.Mode(), umask)
					}
					if about.Mode().IsRegular() {
						files++
						if about.Mode().Perm() != want {
							t.Errorf("%s has mode %v, want %v", path, about.Mode(), want)
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if files != 3 {
				t.Errorf("%d files were written, want the marked copy and the report's two", files)
			}
		})
	}
}

// TestKilledEnqueueLeavesNoAddresses kills enqueue while it checks rows of a file that is
// not in UTF-8, and so has a copy of it and its checked rows in temporary files.
func TestKilledEnqueueLeavesNoAddresses(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t), "--latency", "200ms").With("REDIS_URL", "redis://"+nowhere+"/0")
	text, err := os.ReadFile(samples + "rollout.csv")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rollout.csv")
	if err := os.WriteFile(file, wide, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	enqueue := command(ctx, env, "enqueue", "--check", file)
	if err := enqueue.Start(); err != nil {
		t.Fatal(err)
	}
	const rules = "/addressconstraints" // asked for the first row, when the temporary files are open
	for checking := false; !checking && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		for call := range proctest.Books(t, env).Calls {
			checking = checking || strings.HasSuffix(call, rules)
		}
	}
	_ = enqueue.Process.Kill()
	_ = enqueue.Wait()
	if enqueue.ProcessState.Exited() {
		t.Fatalf("it ended before it was killed, or was never seen to check: %s", enqueue.ProcessState)
	}
	err = filepath.WalkDir(env["TMPDIR"], func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// This file tests which names are the same site, which are only alike, and that a reference
// follows from customer and name alone.

package identity_test

import (
	"slices"
	"testing"
	"testing/quick"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// spellings are groups of names that people read alike: all of one group are the same.
var spellings = [][]string{
	{"Café-01", "CAFÉ-01", "café-01", "Cafe\u0301-01", "Café–01", "Café\u201101", "Café−01", "Ｃａｆé－０１", " Café-01 ", "Caf\u00adé-01",
		"Café\u200b-01"},
	{"Café 01", "Café\u00a001", "Café  01", "Café\t01", "Café\u202f01", "CAFÉ\u3000０１"},
	{"Straße 1", "STRASSE 1", "strasse 1"},
	{"Büro №3", "BÜRO No3", "büro no3"},
	{"ΣΙΣΥΦΟΣ", "σισυφος", "σισυφοσ"},
}

func TestName(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, group := range spellings {
		first := identity.Name(group[0])
		for _, name := range group {
			if !identity.Same(name, group[0]) || identity.Name(name) != first {
				t.Errorf("%q is %q and %q is %q: want the same", name, identity.Name(name), group[0], first)
			}
			if identity.Alike(name) != identity.Alike(group[0]) {
				t.Errorf("%q and %q are the same and not alike", name, group[0])
			}
			if again := identity.Name(identity.Name(name)); again != first {
				t.Errorf("the Name of the Name of %q is %q", name, again)
			}
		}
		if other, ok := seen[first]; ok {
			t.Errorf("%q and %q are the same", group[0], other)
		}
		seen[first] = group[0]
	}
}

func TestAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b        string
		same, alike bool
	}{
		{"Café-01", "Cafe-01", false, true},
		{"Site A B", "Site AB", false, true},
		{"Łódź 1", "Lodz 1", false, true},
		{"Site-1", "Site 1", false, false},
		{"Site 1", "Site 2", false, false},
		{"Site 1 2", "Site 12", false, false},
		{"SITE-001", "SITE-01", false, false},
	} {
		if identity.Same(c.a, c.b) != c.same || (identity.Alike(c.a) == identity.Alike(c.b)) != c.alike {
			t.Errorf("%q and %q: same %v, alike %v", c.a, c.b, identity.Same(c.a, c.b), identity.Alike(c.a) == identity.Alike(c.b))
		}
	}
}

// TestNameIsStable: whatever the characters, a Name is its own Name, and has the same
// names that are alike.
func TestNameIsStable(t *testing.T) {
	t.Parallel()
	stable := func(name string) bool {
		n := identity.Name(name)
		return identity.Name(n) == n && identity.Alike(n) == identity.Alike(name) && identity.Same(name, " "+name+"\u00a0")
	}
	if err := quick.Check(stable, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	of := func(customer, name string) string { return identity.Reference(customer, rollout.Request{Name: name}) }
	for _, group := range spellings {
		for _, name := range group {
			if got := of("1234", name); got != of("1234", group[0]) || !identity.IsOwnOf(got, "1234", group[0]) {
				t.Errorf("%q is ordered under %s, %q under %s", name, got, group[0], of("1234", group[0]))
			}
		}
	}
	// This one must never change: orders are found under it.
	if got := of("9999", "PAR-LOUVRE-01"); got != "btr-4zdmi2v5xjjjx2ebgku3" {
		t.Errorf("PAR-LOUVRE-01 is ordered under %s", got)
	}
	other := rollout.Request{Name: "PAR-LOUVRE-01", Label: "Another", VPN: "1", Country: "FR", Address: rollout.Address{"a3": "Paris"}}
	if identity.Reference("9999", other) != of("9999", "PAR-LOUVRE-01") {
		t.Error("the reference depends on more than customer and technicalSiteName")
	}
	if got := identity.Reference("1234", rollout.Request{Name: "SITE-1", Reference: "PO-1"}); got != "PO-1" || identity.IsOwn(got) {
		t.Errorf("the row's own reference became %q", got)
	}
	seen := map[string]string{}
	for _, pair := range [][2]string{
		{"9999", "A"}, {"9998", "A"}, {"9999", "B"}, {"12", "3A"}, {"123", "A"}, {"1", "23A"},
		{"1234", "Café-01"}, {"1234", "Cafe-01"}, {"9999", "A A"},
	} {
		reference := of(pair[0], pair[1])
		if was, taken := seen[reference]; taken {
			t.Errorf("customer %s, name %q has the reference of %s", pair[0], pair[1], was)
		}
		seen[reference] = pair[0] + "/" + pair[1]
	}
}

// TestReferencesOfEarlierVersions: these are in use, and must be recognised for ever.
func TestReferencesOfEarlierVersions(t *testing.T) {
	t.Parallel()
	for name, was := range map[string]string{"SITE-001": "btr-c2rapt3emjbnhap652vk", "Café 01": "btr-ztzr7txsuuergi2eowfh"} {
		got := identity.References("1234", rollout.Request{Name: name})
		if len(got) != 2 || got[0] == got[1] || got[1] != was || !identity.IsOwnOf(was, "1234", name) {
			t.Errorf("%q may be ordered under %q, want also %s", name, got, was)
		}
	}
	if got := identity.References("1234", rollout.Request{Name: "site-001"}); len(got) != 1 {
		t.Errorf("a name in its simplest form has the references %q", got)
	}
	if got := identity.References("1234", rollout.Request{Name: "SITE-001", Reference: "PO-1"}); len(got) != 3 || got[0] != "PO-1" ||
		!slices.Equal(got[1:], identity.References("1234", rollout.Request{Name: "SITE-001"})) {
		t.Errorf("a row with its own reference has %q", got)
	}
}

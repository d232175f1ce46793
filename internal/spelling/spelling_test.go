// This file says which texts are the same, and how far apart others are.

package spelling_test

import (
	"strings"
	"testing"

	"btrollout/internal/spelling"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"Genève", "GENEVE", "gene\u0300ve", "genève", " Genève\u00a0", "Gen\u00adève"},
		{"Straße", "STRASSE", "strasse"}, {"Ærø", "aero"}, {"Łódź", "LODZ"}, {"Đurđevac", "durdevac"},
		{"L'Aquila", "l’aquila", "LʼAQUILA", "l\u2032aquila"}, {"Saint-Étienne", "saint–etienne", "SAINT\u2010ETIENNE"},
		{"１０００", "1000"}, {"ﬁn", "fin"}, {"a  b", "A\tB", "a\u2003b", "ab"}, {"1071 XX", "1071xx"},
	} {
		for _, s := range same {
			if spelling.Fold(s) != spelling.Fold(same[0]) {
				t.Errorf("%q folds to %q, %q to %q", s, spelling.Fold(s), same[0], spelling.Fold(same[0]))
			}
		}
	}
	for _, other := range [][2]string{
		{"Saint-Étienne", "Saint Étienne"}, {"St. Gallen", "Sankt Gallen"}, {"St. Gallen", "St Gallen"}, {"L'Aquila", "LAquila"},
		{"L'Aquila", "L Aquila"}, {"Zürich", "Zuerich"}, {"10 00", "1000"}, {"Biel/Bienne", "Biel-Bienne"}, {"1 2", "12"}, {"Av", "Avenue"},
	} {
		if spelling.Fold(other[0]) == spelling.Fold(other[1]) {
			t.Errorf("%q and %q fold to the same", other[0], other[1])
		}
	}
}

func TestWordsStayApart(t *testing.T) {
	t.Parallel()
	if got := spelling.FoldWords(" Rue  de l’Étang\u00a0"); got != "rue de l'etang" {
		t.Errorf("folded to %q", got)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"Ærø Straße": "AEro Strasse", "Genève – Nord": "Geneve - Nord", "L’Été": "L'Ete", "１０": "10",
	} {
		if got := spelling.Plain(written); got != want {
			t.Errorf("%q is plainly %q, want %q", written, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1000)
	for _, c := range []struct {
		a, b    string
		most, d int
	}{
		{"", "", 0, 0}, {"kitten", "sitting", 9, 3}, {"lausane", "lausanne", 9, 1}, {"", "été", 9, 3}, {"ab", "ba", 9, 2},
		{"kitten", "sitting", 3, 3}, {"kitten", "sitting", 2, 3}, {"a", "abcdef", 1, 2}, {"abcd", "wxyz", 1, 2},
		{long, long + "a", 2, 1}, {long + "b", long + "a", 2, 1}, {"a", long, 10, 11},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if d := spelling.Distance([]rune(pair[0]), []rune(pair[1]), c.most); d != c.d {
				t.Errorf("%.20q and %.20q are %d apart, at most %d; want %d", pair[0], pair[1], d, c.most, c.d)
			}
		}
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Code postal *": "codepostal", "CODE_POSTAL": "codepostal", "N° (obligatoire) :": "nobligatoire", "Straße": "strasse",
		"a3": "a3", "Zeile 2\u00a03": "zeile23", "#": "", "": "", "Ville / Ort": "villeort", "№": "no",
	} {
		if got := spelling.Key(name); got != want {
			t.Errorf("%q has the key %q, want %q", name, got, want)
		}
	}
}

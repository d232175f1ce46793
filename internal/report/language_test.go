// This file tests that a report is in one language throughout.

package report_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// speaking are sites in every state, with everything that a report may tell of them.
func speaking() (rollout.Batch, []rollout.Site) {
	b, several := addressed()
	b.Countries = []rollout.Country{
		{ISO2: "BE", Name: "Belgium", Emergency: "No",
			Unapplied: []rollout.Text{rollout.Say("The rule of pc is none.", "La règle de pc n'en est pas une.")}},
		{ISO2: "FR", Name: "France", Emergency: "Yes", Comment: apiWords},
	}
	sites := append(mixed(), several)
	for i := range sites {
		s := &sites[i]
		for j := range s.Problems {
			if s.Problems[j].Message.FR == "" {
				s.Problems[j].Message.FR = "Cette valeur est fausse : corrigez-la."
			}
		}
		s.Notes = []rollout.Text{rollout.Say("The city is sent as it is listed.", "La ville est transmise comme elle figure dans la liste.")}
	}
	many := several
	many.Row, many.Problems = 90, []rollout.Problem{{Candidates: slices.Repeat(several.Problems[0].Candidates, 9)}}
	odd := site(91, rollout.Rejected)
	odd.Country = "Narnia"
	sites = append(sites, many, odd)
	for i := range 60 {
		s := site(manyFrom+i, rollout.Failed)
		s.RequestID, s.Progress.VoiceSiteID = fmt.Sprintf("req-%d", i), "vs"
		sites = append(sites, s)
	}
	return b, sites
}

// manyFrom is the row from which on sites are there for their number only.
const manyFrom = 100

// speakingLog is an audit log with every event, and more entries than the summary shows.
func speakingLog() []rollout.AuditEntry {
	log := slices.Repeat([]rollout.AuditEntry{{At: created, Who: "worker w1", What: rollout.AuditUnblocked}}, maxLogEntries)
	for _, what := range []rollout.AuditEvent{rollout.AuditEntered, rollout.AuditStarted, rollout.AuditWithdrawn, rollout.AuditDone,
		rollout.AuditReopened, rollout.AuditRate} {
		log = append(log, rollout.AuditEntry{At: created, Who: "anna@host", What: what})
	}
	for _, decision := range []string{rollout.DecisionVoiceSite, rollout.DecisionOrderAgain, rollout.DecisionFail} {
		log = append(log, rollout.AuditEntry{At: created, Who: "anna@host", What: rollout.AuditResolved, Detail: rollout.AuditDetail{
			Row: "17", Decision: decision, VoiceSiteID: "vs",
		}})
	}
	return append(log, rollout.AuditEntry{At: created, Who: "worker w1", What: rollout.AuditBlocked,
		Detail: rollout.AuditDetail{Reason: "The account is locked"}})
}

// maxLogEntries is how many entries of the audit log the summary shows.
const maxLogEntries = 50

// apiWords are not ours to translate.
const apiWords = "(1) Fax are supported only with certified fax designs."

// cells are all texts of a report, by sheet and place; the sheets by their number.
func cells(t *testing.T, b rollout.Batch, sites []rollout.Site) map[string]string {
	t.Helper()
	files := writeWithLog(t, b, speakingLog(), sites...)
	tables := map[string][][]string{"CSV": readCSV(t, files.CSV)}
	book := open(t, files.XLSX)
	for i, name := range book.GetSheetList() {
		table, err := book.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		tables[fmt.Sprintf("sheet %d", i+1)] = table
		tables["names of sheets"] = append(tables["names of sheets"], []string{name})
	}
	texts := map[string]string{}
	for where, table := range tables {
		for i, row := range table {
			for j, text := range row {
				texts[fmt.Sprintf("%s, %s", where, cell(t, j, i+1))] = text
			}
		}
	}
	return texts
}

// TestAFrenchReportIsFrench compares reports of the same batch in both languages, in
// every state that a batch may have.
func TestAFrenchReportIsFrench(t *testing.T) {
	t.Parallel()
	for _, state := range []rollout.BatchState{rollout.Importing, rollout.Withdrawn, rollout.Running, rollout.Blocked, rollout.Done,
		rollout.Checked, rollout.Refused, rollout.Stopped} {
		for name, some := range map[string]func(rollout.Site) bool{
			"all sites":      func(rollout.Site) bool { return true },
			"ended sites":    func(s rollout.Site) bool { return s.State.Final() },
			"right sites":    func(s rollout.Site) bool { return !s.State.NeedsSomeone() },
			"one right site": func(s rollout.Site) bool { return s.State == rollout.Provisioned },
		} {
			t.Run(string(state)+" "+name, func(t *testing.T) {
				t.Parallel()
				b, sites := speaking()
				if b.State = state; state == rollout.Running {
					b.Finished = time.Time{}
				}
				sites = slices.DeleteFunc(sites, func(s rollout.Site) bool {
					return !some(s) || s.Row >= manyFrom && state != rollout.Done
				})
				compare(t, b, sites)
			})
		}
	}
}

// words are those of people, not numbers; a code is one.
var words = regexp.MustCompile(`\pL[\pL.]+`)

// compare looks for sentences that are the same in both languages.
func compare(t *testing.T, b rollout.Batch, sites []rollout.Site) {
	english := cells(t, b, sites)
	b.Lang = rollout.French
	french := cells(t, b, sites)
	if !maps.EqualFunc(english, french, func(_, _ string) bool { return true }) {
		t.Errorf("the reports have %d and %d cells", len(english), len(french))
	}
	theirs := map[string]bool{apiWords: true, inElements: true}
	for _, s := range sites {
		for _, text := range s.Cells {
			theirs[text] = true
		}
		theirs[identity.Reference(b.Customer, s.Request)] = true
	}
	said := 0
	for place, text := range french {
		if strings.Contains(text, "%!") || strings.Contains(english[place], "%!") {
			t.Errorf("%s: %q or %q is badly made", place, english[place], text)
		}
		if len(words.FindAllString(text, -1)) <= 3 {
			continue
		}
		if said++; text == english[place] && !theirs[text] {
			t.Errorf("%s: %q is the same in both languages", place, text)
		}
	}
	if said < 3 {
		t.Errorf("%d sentences found", said)
	}
}

// TestFrenchWords holds the short words, which a comparison of sentences passes over.
func TestFrenchWords(t *testing.T) {
	t.Parallel()
	b, sites := speaking()
	b.Lang = rollout.French
	files := write(t, b, sites...)
	if got, want := open(t, files.XLSX).GetSheetList(), []string{"À corriger", "Adresses proposées", "Tous les sites", "Résumé",
		"bt_lists"}; !slices.Equal(got, want) {
		t.Errorf("sheets %q, want %q", got, want)
	}
	var text strings.Builder
	for _, row := range rows(t, files.XLSX, "Résumé") {
		fmt.Fprintf(&text, "%s\n", strings.Join(row, "|"))
	}
	for _, want := range []string{
		"Rapport de déploiement\n", "Lot|b-1\n", "Fichier|rollout.xlsx\n", "Feuille|Sites\n", "Code client|9999\n", "État|terminé\n",
		"Créé|2026", "Terminé|2026", "Durée|", "Rapport écrit|", "Lignes|75\n", "État|Sites|Signification\n",
		"provisioned|1|voicesite et adresse en place\n",
		"Pays|Sites|En place|À traiter\n", "autre|1|0|1\n", "BE Belgium|1|0|0\n",
		"|Appels d'urgence nationaux : Non.\n", "|Appels d'urgence nationaux : Oui.\n",
		"Ligne|Identifiant de requête\n", "Comment utiliser ce fichier\n", "À communiquer au support Orange\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, text.String())
		}
	}
	if got := column(t, readCSV(t, files.CSV), "bt_note"); got[0] != "La ville est transmise comme elle figure dans la liste." {
		t.Errorf("the first note is %q", got[0])
	}
}

// TestAReportInFrenchIsUploadedAsItIs: the sheet's name does not matter.
func TestAReportInFrenchIsUploadedAsItIs(t *testing.T) {
	t.Parallel()
	b, s := addressed()
	b.Lang = rollout.French
	back := imported(t, write(t, b, s, site(9, rollout.Provisioned)).XLSX)
	if len(back) != 1 || !slices.Equal(back[0].Cells, s.Cells) {
		t.Errorf("came back as %+v", back)
	}
}

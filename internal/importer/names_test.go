// This file tests by which names columns are recognised, and which names are taken for
// misspelt. Which of several meanings wins is in header_test.go.

package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
)

// column opens a file with the columns that every file has, and one more, and tells
// what that one is.
func column(t *testing.T, name string, o importer.Options) (field string, how importer.How, err error) {
	t.Helper()
	return columnBeside(t, header, name, o)
}

// columnBeside is column, given the header of the others.
func columnBeside(t *testing.T, others, name string, o importer.Options) (field string, how importer.How, err error) {
	t.Helper()
	quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	f, err := importer.Open(importertest.Write(t, "a.csv", others+","+quoted+"\n"), o)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	sheet := f.Sheets()[0]
	last := len(sheet.Fields) - 1
	return sheet.Fields[last], sheet.How[last], nil
}

func TestNamesOfElements(t *testing.T) {
	t.Parallel()
	for field, names := range map[string][]string{
		"a1":           {"State", "Région", "REGION", "Province", "State / Province", "Canton"},
		"a2":           {"County", "District", "Département"},
		"a3":           {"City", "Town", "Ville", "Commune", "Localité", "Town or city", "Nom de la ville"},
		"a4":           {"Borough", "City district", "Arrondissement"},
		"a5":           {"Neighborhood", "neighbourhood", "Quartier"},
		"a6":           {"Street", "Street name", "Rue", "Nom de la voie", "VOIE"},
		"hno":          {"N°", "Nº", "No.", "Nr", "Number", "House number", "Street number", "Numéro", "N° de voie", "Numéro dans la voie"},
		"hns":          {"Bis/Ter", "Bis / ter", "Suffixe", "Indice de répétition", "Number suffix"},
		"sts":          {"Street type", "Type de voie", "Type de rue"},
		"flr":          {"Floor", "Étage", "ETAGE", "Floor number"},
		"room":         {"Room", "Bureau", "Salle"},
		"pc":           {"Postal code", "postal_code", "Post-code", "ZIP", "Zip Code", "Code postal", "CODE POSTAL", "CP", "C.P.", "póstcode"},
		"pcn":          {"Postal community name", "Post town", "Bureau distributeur"},
		"pobox":        {"PO Box", "P.O. Box", "Boîte postale", "BP"},
		"prd":          {"Leading direction", "Direction avant la voie"},
		"pod":          {"Trailing direction", "Direction après la voie"},
		"unit":         {"Unit", "Apartment", "Suite", "Appartement"},
		"dialzone":     {"Dial zone", "Zone de numérotation"},
		"addrExtInfo1": {"addrExtInfo1", "addr ext info 1", "ADDREXTINFO1", "Bâtiment (addrExtInfo1)"},
		"voiceSiteId":  {"Voicesite ID", "voice_site_id", "Identifiant du voicesite"},

		"customerOrderReference": {"Order reference", "Référence de commande", "Réf. commande"},
	} {
		for _, name := range names {
			if got, how, err := column(t, name, importer.Options{}); got != field || err != nil || how == importer.Unrecognised {
				t.Errorf("%q feeds %q (%s), %v, want %s", name, got, how, err, field)
			}
		}
	}
}

func TestNamesOfRequiredColumns(t *testing.T) {
	t.Parallel()
	want := "[technicalSiteName customerSiteLabel country vpn]"
	for _, head := range []string{
		"TECHNICAL_SITE_NAME,customer site label,COUNTRY,Vpn",
		"Site name,Display name,Country code,Voice VPN",
		"Name of the site,Label,ISO country code,VPN name",
		"Nom du site,Libellé,Pays,VPN voix",
		"Nom technique,Nom affiché,Code pays,Nom du VPN",
		"Nom technique du site *,Libellé du site *,Pays *,Code VPN *",
	} {
		sheet, _, err := read(importertest.Write(t, "a.csv", head+"\nA,L,FR,1\n"), importer.Options{})
		if got := fmt.Sprint(sheet.Fields); err != nil || got != want {
			t.Errorf("%s feeds %s, %v", head, got, err)
		}
	}
}

// TestRemarksDoNotHinder: what people add to a name does not hide it.
func TestRemarksDoNotHinder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"City*", "* City", "City *", "City :", "CITY:", "City (mandatory)", "Ville (obligatoire)", "Ville (obligatoire) *",
		"Ville (obligatoire) :",
		"City\n(as on the invoice)", "City (max. 50) (mandatory)", "Ville [obligatoire]", " \u00a0City\u200b ", "a3 (mandatory)", "A3*",
		"\nCity\n",
		"Ville obligatoire", "City - mandatory", "City (as billed) - required *", "Ville / City", "Ville\nCity", "Ville ou commune",
		"City (Ville / Commune)",
		"Ville du site", "Site - Ville", "Adresse : Ville", "Site address: city",
		"Ort (a3)", "Ort (A3) *", "Ort (a3) (Pflicht)", "Place\nname (a3)", "Rue (a3)", "Ort(a3)", "City (-) (a3)",
	} {
		if got, _, err := column(t, name, importer.Options{}); got != "a3" || err != nil {
			t.Errorf("%q feeds %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"Wave (-)", "City (-)", "City (a3) (-)", "pc (-) *", "-"} {
		if got, how, err := column(t, name, importer.Options{}); got != "" || how != importer.ByCode || err != nil {
			t.Errorf("%q feeds %q (%s), %v, want it unused", name, got, how, err)
		}
	}
}

// TestColumnsOfSeveralElements: a column that promises two elements in one cell cannot be
// ordered, unless each of them has a column of its own too.
func TestColumnsOfSeveralElements(t *testing.T) {
	t.Parallel()
	for name, both := range map[string]string{
		"CP / Ville": "pc and a3", "Code postal et ville": "pc and a3", "ZIP, City": "pc and a3", "N° et rue": "hno and a6",
		"Street & number (mandatory)": "a6 and hno",
		"Ville\n+ Pays":               "a3 and country",
	} {
		_, _, err := column(t, name, importer.Options{})
		if err == nil {
			t.Errorf("%q is taken", name)
			continue
		}
		importertest.WantFileError(t, err, "file.address-in-one-cell", "(E)", both, "split", "--map")
		if got, how, err := columnBeside(t, header+",City,pc,a6,hno", name, importer.Options{}); got != "" || how != importer.Unrecognised ||
			err != nil {
			t.Errorf("%q beside columns of their own feeds %q (%s), %v", name, got, how, err)
		}
		if got, how, err := column(t, name, importer.Options{Map: map[string]string{name: "-"}}); got != "" || how != importer.ByMap ||
			err != nil {
			t.Errorf("%q left unused feeds %q (%s), %v", name, got, how, err)
		}
	}
	if got, _, err := columnBeside(t, "Site name,Label,VPN", "Pays / Country", importer.Options{}); got != "country" || err != nil {
		t.Errorf("the country in two languages feeds %q, %v", got, err)
	}
}

// TestNumbersOfRows: what only numbers the rows of a table is not taken for the numbers
// of houses, which stand beside their street.
func TestNumbersOfRows(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		"N°,Site name,Label,Country,VPN,Street":           "[ technicalSiteName customerSiteLabel country vpn a6]",
		"Wave,No.,Site name,Label,Country,VPN":            "[  technicalSiteName customerSiteLabel country vpn]",
		"N°,Site name,Label,Country,VPN,N° de voie,Rue":   "[ technicalSiteName customerSiteLabel country vpn hno a6]",
		"Numéro *,Site name,Label,Country,VPN,N°,Rue":     "[ technicalSiteName customerSiteLabel country vpn hno a6]",
		"N° (hno),Site name,Label,Country,VPN":            "[hno technicalSiteName customerSiteLabel country vpn]",
		"House number,Site name,Label,Country,VPN":        "[hno technicalSiteName customerSiteLabel country vpn]",
		"N°,Rue,CP,Site name,Label,Country,VPN":           "[hno a6 pc technicalSiteName customerSiteLabel country vpn]",
		"Rue,N°,CP,Site name,Label,Country,VPN":           "[a6 hno pc technicalSiteName customerSiteLabel country vpn]",
		"N°,Type de voie,Rue,Site name,Label,Country,VPN": "[hno sts a6 technicalSiteName customerSiteLabel country vpn]",
		"Site name,N°,Label,Country,VPN":                  "[technicalSiteName hno customerSiteLabel country vpn]",
	} {
		sheet, _, err := read(importertest.Write(t, "a.csv", head+"\n1,2,3,4,5,6,7"), importer.Options{})
		must(t, err)
		if got := fmt.Sprint(sheet.Fields); got != want {
			t.Errorf("%s feeds %s, want %s", head, got, want)
		}
	}
	o := importer.Options{Map: map[string]string{"N°": "hno"}}
	sheet, _, err := read(importertest.Write(t, "a.csv", "N°,Site name,Label,Country,VPN\n1,2,3,4,5"), o)
	must(t, err)
	if sheet.Fields[0] != "hno" {
		t.Errorf("mapped, it feeds %q", sheet.Fields[0])
	}
}

// TestOrdinaryColumnsAreNotRefused: a column that has nothing to do with the rollout is
// kept and not used, whatever it is called.
func TestOrdinaryColumnsAreNotRefused(t *testing.T) {
	t.Parallel()
	names := strings.Split("Comment,Comments,Owner,Wave,Phone,Phone number,Contact,Contact "+
		"name,Status,Latitude,Longitude,Project,Remarks,Email,E-mail,Date,Site ID,"+
		"Budget,Site,Sites,Site code,Site type,Site owner,Site status,Priority,Cost center,Cost "+
		"code,Type,Department,Company,Customer,Customer code,Customer reference,Reference,Description,"+
		"Count,Counter,Quarter,Units,Rooms,Floors,Numbers,Stage,Voice,Voicesites,Flag,Line,Lines,Store,Store number,Branch,Building,Floor "+
		"plan,Number of phones,Number of users,"+
		"Place,Location,Area,Area code,Group,Batch,Phase,Step,Start date,Go-live,Cutover date,Time "+
		"zone,Language,Currency,Bandwidth,Router,IP address,MAC address,Email address,"+
		"Commentaire,Commentaires,Responsable,Téléphone,Numéro de téléphone,Numéro de site,Numéro de contrat,Date de "+
		"bascule,Lot,Nombre de postes,Région commerciale,Code site,Nom,"+
		"Étape,Statut,État,Unité,Voix,Stade,Bureaux,Numéros,Courriel,Adresse IP,Adresse "+
		"e-mail,Vague,Jalon,Remarque,Observations,Société,Raison sociale,Filiale,Service,Direction,"+
		"VoIP,Site number,Site IP,Fax number,Prod,Pods,Salles,Code poste,Map,Next,Road map,Adresse de facturation,State of work,Ville / "+
		"Contact,Y/N,"+
		"Bâtiment,Complément d'adresse,Lieu-dit,Effectif,Débit,Centre de coûts,Code projet,Commande,Type de site,Type de ligne,Fuseau "+
		"horaire,Ancien nom,#,?,1,2026,備考", ",")
	for _, name := range names {
		if got, how, err := column(t, name, importer.Options{}); got != "" || how != importer.Unrecognised || err != nil {
			t.Errorf("%q feeds %q (%s), %v, want it kept", name, got, how, err)
		}
	}
	all := header + `,"` + strings.Join(names, `","`) + `"`
	sheet, sites, err := read(importertest.Write(t, "a.csv", all+"\nA,L,FR,1"+strings.Repeat(",x", len(names))), importer.Options{})
	must(t, err)
	if len(sheet.Columns) != 4+len(names) || sheet.Columns[4] != "Comment" || len(sites) != 1 || sites[0].Cells[4] != "x" ||
		len(sites[0].Problems) != 0 || len(sites[0].Address) != 0 {
		t.Errorf("together: %d columns and %+v", len(sheet.Columns), sites)
	}
}

// misspelt are headers that a field's name was meant by.
var misspelt = []struct{ name, field, fedBy string }{
	{"Postcod", "pc", "pc"}, {"Zip cod", "pc", "pc"}, {"Code postale", "pc", "pc"}, {"Postal cdoe", "pc", "pc"}, {"Postcod (mandatory)",
		"pc", "ZIP"},
	{"Citty", "a3", "a3"}, {"Ctiy", "a3", "City"}, {"Comune", "a3", "Ville"},
	{"Steet", "a6", "a6"}, {"Rues", "a6", "a6"}, {"Streat name", "a6", "Rue"}, {"Steret", "a6", "a6"},
	{"Numbre", "hno", "hno"}, {"House nunber", "hno", "N°"}, {"Flor", "flr", "flr"}, {"Etagee", "flr", "flr"},
	{"Street tpye", "sts", "sts"}, {"dialzon", "dialzone", "dialzone"}, {"Dial zome", "dialzone", "dialzone"}, {"Départemnt", "a2", "County"},
	{"adrExtInfo1", "addrExtInfo1", "addrExtInfo1"}, {"voiceSiteI", "voiceSiteId", "voiceSiteId"}, {"Voicesite", "voiceSiteId",
		"voiceSiteId"}, {"Bureu", "room", "room"},
	{"customerOrderReferense", "customerOrderReference", "customerOrderReference"},
}

// TestMisspeltColumns: what stands in a column whose name is nearly a field's is not left
// out of the orders unnoticed; unless another column holds that field.
func TestMisspeltColumns(t *testing.T) {
	t.Parallel()
	for _, c := range misspelt {
		_, _, err := column(t, c.name, importer.Options{})
		importertest.WantFileError(t, err, "file.column-unknown", fmt.Sprintf(`%q (E; did you mean %s?)`, c.name, c.field), "--map")
		if got, how, err := columnBeside(t, header+","+c.fedBy, c.name, importer.Options{}); got != "" || how != importer.Unrecognised ||
			err != nil {
			t.Errorf("%q beside %s feeds %q (%s), %v, want it kept", c.name, c.fedBy, got, how, err)
		}
		if got, _, err := column(t, c.name, importer.Options{Map: map[string]string{c.name: c.field}}); got != c.field || err != nil {
			t.Errorf("%q mapped feeds %q, %v", c.name, got, err)
		}
		if got, _, err := column(t, c.name, importer.Options{Map: map[string]string{c.name: "-"}}); got != "" || err != nil {
			t.Errorf("%q left unused feeds %q, %v", c.name, got, err)
		}
	}
	for others, name := range map[string]string{
		"customerSiteLabel,country,vpn": "technicalSitName", "technicalSiteName,country,vpn": "Custommer site label",
		"technicalSiteName,customerSiteLabel,vpn": "Cuntry", "Site name,Label,VPN": "Contry", "Nom du site,Libellé,VPN": "Payss",
	} {
		_, _, err := columnBeside(t, others, name, importer.Options{})
		importertest.WantFileError(t, err, "file.column-unknown", fmt.Sprintf("%q", name), "did you mean ")
	}
}

// TestWholeAddresses: an address in one cell cannot be ordered, and is refused unless its
// street stands in a column of its own too.
func TestWholeAddresses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Address", "ADDRESS *", "Full address", "Postal address", "Site address", "Street address", "Address line 1", "Address 1",
		"Address (mandatory)",
		"Adresse", "Adresse complète", "Adresse postale", "Adresse du site", "Adresse ligne 1", "Adresse 1", "Adresse (obligatoire) :",
	} {
		_, _, err := columnBeside(t, header+",City,pc", name, importer.Options{})
		importertest.WantFileError(t, err, "file.address-in-one-cell", "(G)", "--map", "split")
		for _, o := range []struct {
			others string
			to     string
			want   string
		}{{header, "-", ""}, {header, "a6", "a6"}} {
			if got, _, err := columnBeside(t, o.others, name, importer.Options{Map: map[string]string{name: o.to}}); got != o.want || err != nil {
				t.Errorf("%q mapped to %s feeds %q, %v", name, o.to, got, err)
			}
		}
		if got, _, err := columnBeside(t, header+",Street", name, importer.Options{}); got != "" || err != nil {
			t.Errorf("%q beside a street feeds %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"Email address", "IP address", "Adresse IP", "Address line 2", "Complément d'adresse"} {
		if _, _, err := column(t, name, importer.Options{}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

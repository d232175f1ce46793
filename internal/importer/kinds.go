// This file lists the kinds of problems of rows and of whole files, for the people who look a
// code up. The sentences about one row or one file are in messages.go; the kinds of files and
// cells that cannot be read are listed by internal/spreadsheet.

package importer

import (
	"slices"

	"btrollout/internal/rollout"
)

// Codes of problems that no other package names. They are permanent.
const (
	codeRowRagged             = "row.ragged"
	codeRowColumnUnnamed      = "row.column-unnamed"
	codeRowHeaderLike         = "row.header-like"
	codeRowCellTooLong        = "row.cell-too-long"
	codeRowCharactersLost     = "row.characters-lost"
	codeRowControlCharacter   = "row.control-character"
	codeRowNameMissing        = "row.name-missing"
	codeRowNameTooLong        = "row.name-too-long"
	codeRowNameDuplicate      = "row.name-duplicate"
	codeRowNameExample        = "row.name-example"
	codeRowNameAlike          = "row.name-alike"
	codeRowLabelMissing       = "row.label-missing"
	codeRowCountryMissing     = "row.country-missing"
	codeRowCountryInvalid     = "row.country-invalid"
	codeRowVPNMissing         = "row.vpn-missing"
	codeRowReferenceTooLong   = "row.reference-too-long"
	codeRowReferenceDuplicate = "row.reference-duplicate"
	codeRowVoicesiteDuplicate = "row.voicesite-duplicate"

	codeFileTooManyRows      = "file.too-many-rows"
	codeFileNoSheet          = "file.no-sheet"
	codeFileColumnMissing    = "file.column-missing"
	codeFileColumnUnknown    = "file.column-unknown"
	codeFileColumnTwice      = "file.column-twice"
	codeFileColumnAmbiguous  = "file.column-ambiguous"
	codeFileAddressInOneCell = "file.address-in-one-cell"
	codeFileHeaderCell       = "file.header-cell"
	codeFileMapUnknown       = "file.map-unknown"
	codeFileMapUnused        = "file.map-unused"
	codeFileTooManyColumns   = "file.too-many-columns"
	codeFileSecondHeader     = "file.second-header"
	codeFileNoRows           = "file.no-rows"
)

// Kinds lists what can be wrong with a row that could be read, whatever its country and account.
func Kinds() []rollout.Kind { return slices.Concat(cellKinds, fieldKinds) }

// cellKinds are of rows and cells whose text is not what the header asks for.
var cellKinds = []rollout.Kind{{
	Code: codeRowRagged,
	Cause: rollout.Say(
		"A row of a CSV file has more or fewer cells than the header.",
		"Une ligne d'un fichier CSV a plus ou moins de cellules que l'en-tête."),
	Cure: rollout.Say(
		"Add or remove separators until each value stands below its column name, enclose values that contain a separator in "+
			"quotation marks, or save the file as .xlsx.",
		"Ajoutez ou retirez des séparateurs jusqu'à ce que chaque valeur soit sous le nom de sa colonne, mettez entre guillemets les "+
			"valeurs qui contiennent un séparateur, ou enregistrez le fichier au format .xlsx."),
}, {
	Code: codeRowColumnUnnamed,
	Cause: rollout.Say(
		"The row has a value in a column without a name in the header.",
		"La ligne a une valeur dans une colonne sans nom dans l'en-tête."),
	Cure: rollout.Say(
		"Write the column's name into the header, or clear the cell.",
		"Écrivez le nom de la colonne dans l'en-tête, ou videz la cellule."),
}, {
	Code: codeRowHeaderLike,
	Cause: rollout.Say(
		"Several cells of the row are names of columns, so that nobody can tell whether it is a site or a part of a header.",
		"Plusieurs cellules de la ligne sont des noms de colonnes, si bien qu'on ne peut savoir si c'est un site ou une partie d'un "+
			"en-tête."),
	Cure: rollout.Say(
		"Write the site's values into these cells, or delete the row.",
		"Écrivez les valeurs du site dans ces cellules, ou supprimez la ligne."),
}, {
	Code: codeRowCellTooLong,
	Cause: rollout.Say(
		"A cell holds more than %d characters.",
		"Une cellule contient plus de %d caractères.", MaxCell),
	Cure: rollout.Say(
		"Shorten the value; no field takes that much.",
		"Raccourcissez la valeur ; aucun champ n'en admet autant."),
}, {
	Code: codeRowCharactersLost,
	Cause: rollout.Say(
		"The value contains �, which stands where a character was lost when the file was saved.",
		"La valeur contient �, là où un caractère a été perdu à l'enregistrement du fichier."),
	Cure: rollout.Say(
		"Type the value again, and save the file as .xlsx or CSV UTF-8.",
		"Saisissez de nouveau la valeur, et enregistrez le fichier au format .xlsx ou CSV UTF-8."),
}, {
	Code: codeRowControlCharacter,
	Cause: rollout.Say(
		"The value contains a line break, a tab or another character that cannot be seen.",
		"La valeur contient un saut de ligne, une tabulation ou un autre caractère invisible."),
	Cure: rollout.Say(
		"Write the value on one line of plain text; bt_suggestion has it ready.",
		"Écrivez la valeur sur une seule ligne de texte simple ; bt_suggestion la donne toute prête."),
}}

// fieldKinds are of the fields that say which site it is.
var fieldKinds = []rollout.Kind{{
	Code: codeRowNameMissing,
	Cause: rollout.Say(
		"The row gives no technicalSiteName.",
		"La ligne n'indique pas de technicalSiteName."),
	Cure: rollout.Say(
		"Write a name that no other site of the customer has, such as PAR-LOUVRE-01, into technicalSiteName.",
		"Écrivez dans technicalSiteName un nom qu'aucun autre site du client ne porte, par exemple PAR-LOUVRE-01."),
}, {
	Code: codeRowNameTooLong,
	Cause: rollout.Say(
		"The technicalSiteName has more than %d characters.",
		"Le technicalSiteName compte plus de %d caractères.", rollout.MaxName),
	Cure: rollout.Say(
		"Shorten it, and keep it different from the name of every other site.",
		"Raccourcissez-le, en le gardant différent du nom de tout autre site."),
}, {
	Code: codeRowNameDuplicate,
	Cause: rollout.Say(
		"An earlier row of the file has the same technicalSiteName.",
		"Une ligne précédente du fichier a le même technicalSiteName."),
	Cure: rollout.Say(
		"Give each site a name of its own, or, if both rows mean the same site, delete one of them.",
		"Donnez à chaque site son propre nom ou, si les deux lignes désignent le même site, supprimez l'une d'elles."),
}, {
	Code: codeRowNameExample,
	Cause: rollout.Say(
		"A site was written over the template's example, and the example's technicalSiteName is still there.",
		"Un site a été écrit à la place de l'exemple du modèle, et le technicalSiteName de l'exemple est resté."),
	Cure: rollout.Say(
		"Give the site its own technicalSiteName; a row that is only the example is left out by itself.",
		"Donnez au site son propre technicalSiteName ; une ligne qui n'est que l'exemple est laissée de côté d'elle-même."),
}, {
	Code: codeRowNameAlike,
	Cause: rollout.Say(
		"An earlier row of the file has the same technicalSiteName, but for case, accents or spaces.",
		"Une ligne précédente du fichier a le même technicalSiteName, à la casse, aux accents ou aux espaces près."),
	Cure: rollout.Say(
		"If both rows mean the same site, delete one of them; otherwise give the sites names that people can tell apart.",
		"Si les deux lignes désignent le même site, supprimez l'une d'elles ; sinon, donnez aux sites des noms qu'on ne peut "+
			"confondre."),
}, {
	Code: codeRowLabelMissing,
	Cause: rollout.Say(
		"The row gives no customerSiteLabel.",
		"La ligne n'indique pas de customerSiteLabel."),
	Cure: rollout.Say(
		"Write the label that people are to read, such as Paris Louvre, into customerSiteLabel.",
		"Écrivez dans customerSiteLabel le libellé que les utilisateurs liront, par exemple Paris Louvre."),
}, {
	Code: codeRowCountryMissing,
	Cause: rollout.Say(
		"The row gives no country.",
		"La ligne n'indique pas de pays."),
	Cure: rollout.Say(
		"Write the two-letter ISO code, such as FR, into country.",
		"Écrivez dans country le code ISO à deux lettres, par exemple FR."),
}, {
	Code: codeRowCountryInvalid,
	Cause: rollout.Say(
		"What stands in country is not a two-letter ISO code.",
		"Ce qui est écrit dans country n'est pas un code ISO à deux lettres."),
	Cure: rollout.Say(
		"Write the code instead of the country's name: FR for France, GB for Great Britain, CH for Switzerland.",
		"Écrivez le code et non le nom du pays : FR pour la France, GB pour la Grande-Bretagne, CH pour la Suisse."),
}, {
	Code: codeRowVPNMissing,
	Cause: rollout.Say(
		"The row gives no vpn.",
		"La ligne n'indique pas de vpn."),
	Cure: rollout.Say(
		"Write the id, name or code of the voice VPN on which the site is to be created into vpn; the Business Talk Online portal "+
			"lists the account's VPNs.",
		"Écrivez dans vpn l'identifiant, le nom ou le code du VPN voix sur lequel le site doit être créé ; le portail Business Talk "+
			"Online liste les VPN du compte."),
}, {
	Code: codeRowReferenceTooLong,
	Cause: rollout.Say(
		"The customerOrderReference has more than %d characters.",
		"Le customerOrderReference compte plus de %d caractères.", rollout.MaxName),
	Cure: rollout.Say(
		"Shorten it, or empty the cell: btrollout then makes a reference.",
		"Raccourcissez-le, ou videz la cellule : btrollout crée alors une référence."),
}, {
	Code: codeRowReferenceDuplicate,
	Cause: rollout.Say(
		"An earlier row of the file has the same customerOrderReference, by which btrollout finds an order again so that nothing is "+
			"ordered twice.",
		"Une ligne précédente du fichier a le même customerOrderReference, qui permet à btrollout de retrouver une commande et de ne "+
			"rien commander deux fois."),
	Cure: rollout.Say(
		"Give each site a reference of its own, or empty the cell: btrollout then makes one.",
		"Donnez à chaque site sa propre référence, ou videz la cellule : btrollout en crée alors une."),
}, {
	Code: codeRowVoicesiteDuplicate,
	Cause: rollout.Say(
		"An earlier row of the file has the same voiceSiteId, and a voicesite has one address only.",
		"Une ligne précédente du fichier a le même voiceSiteId, et un voicesite n'a qu'une adresse."),
	Cure: rollout.Say(
		"Correct the id by the Business Talk Online portal, empty the cell to order a new voicesite, or delete one of the rows.",
		"Corrigez l'identifiant d'après le portail Business Talk Online, videz la cellule pour commander un nouveau voicesite, ou "+
			"supprimez l'une des lignes."),
}}

// FileKinds lists what makes a whole file unusable that could be read: its header or its
// sheets are not those of a rollout.
func FileKinds() []rollout.Kind { return fileKinds }

var fileKinds = []rollout.Kind{{
	Code: codeFileTooManyRows,
	Cause: rollout.Say(
		"The file has more than %d rows.",
		"Le fichier a plus de %d lignes.", DefaultLimits.Rows),
	Cure: rollout.Say(
		"Split it into several files.",
		"Divisez-le en plusieurs fichiers."),
}, {
	Code: codeFileNoSheet,
	Cause: rollout.Say(
		"The workbook has no sheet of a name that was given, or a sheet was named for a CSV file, which has none.",
		"Le classeur n'a pas de feuille d'un nom donné, ou une feuille a été nommée pour un fichier CSV, qui n'en a pas."),
	Cure: rollout.Say(
		"Name sheets of the workbook, or none: then every visible sheet is read whose header is that of a rollout.",
		"Nommez des feuilles du classeur, ou aucune : toutes les feuilles visibles dont l'en-tête est celui d'un déploiement sont "+
			"alors lues."),
}, {
	Code: codeFileColumnMissing,
	Cause: rollout.Say(
		"The header lacks a column that every rollout file needs, or it stands below the first 20 rows.",
		"Il manque à l'en-tête une colonne indispensable, ou il se trouve plus bas que les 20 premières lignes."),
	Cure: rollout.Say(
		`Put a header above the sites with at least technicalSiteName, customerSiteLabel, country and vpn, by these or `+
			`everyday names, or say what a column is with --map "Header=field".`,
		`Placez au-dessus des sites un en-tête avec au moins technicalSiteName, customerSiteLabel, country et vpn, sous ces `+
			`noms ou des noms courants, ou indiquez ce qu'est une colonne avec --map "En-tête=champ".`),
}, {
	Code: codeFileColumnUnknown,
	Cause: rollout.Say(
		"A column's name is nearly that of a field which no other column gives, or looks like the code of an element that does not "+
			"exist: what stands in it would be missing from the orders.",
		"Le nom d'une colonne est presque celui d'un champ qu'aucune autre colonne ne donne, ou ressemble au code d'un élément qui "+
			"n'existe pas : son contenu manquerait dans les commandes."),
	Cure: rollout.Say(
		`Correct the name as the message proposes, or say what the column is with --map "Header=field", where --map "Header=-" leaves it unused.`,
		`Corrigez le nom comme le propose le message, ou indiquez ce qu'est la colonne avec --map "En-tête=champ", --map `+
			`"En-tête=-" la laissant inutilisée.`),
}, {
	Code: codeFileColumnTwice,
	Cause: rollout.Say(
		"Two columns of a sheet hold the same field, under one name or under two.",
		"Deux colonnes d'une feuille contiennent le même champ, éventuellement sous des noms différents."),
	Cure: rollout.Say(
		`Keep the one that holds the right values and delete the other, or leave it unused with --map "Header=-".`,
		`Gardez celle qui contient les bonnes valeurs et supprimez l'autre, ou laissez-la inutilisée avec --map "En-tête=-".`),
}, {
	Code: codeFileColumnAmbiguous,
	Cause: rollout.Say(
		"Countries of one sheet call different elements by the same label, and a column has that name.",
		"Des pays d'une même feuille donnent le même libellé à des éléments différents, et une colonne porte ce nom."),
	Cure: rollout.Say(
		"Put the code that is meant in parentheses behind the column's name, as in City (a3), or put these countries on sheets of "+
			"their own.",
		"Ajoutez le code voulu entre parenthèses au nom de la colonne, par exemple Ville (a3), ou mettez ces pays sur des feuilles "+
			"distinctes."),
}, {
	Code: codeFileAddressInOneCell,
	Cause: rollout.Say(
		"A column holds whole addresses, their first lines or several elements in one cell, and no column holds them alone, but the "+
			"API takes the elements one by one.",
		"Une colonne contient des adresses entières, leur première ligne ou plusieurs éléments dans une même cellule, et aucune "+
			"colonne ne les contient seuls, alors que l'API veut les éléments un par un."),
	Cure: rollout.Say(
		`Split it into columns such as Street, Number, Postal code and City, or leave it unused with --map "Header=-".`,
		`Répartissez-la en colonnes telles que Rue, Numéro, Code postal et Ville, ou laissez-la inutilisée avec --map "En-tête=-".`),
}, {
	Code: codeFileHeaderCell,
	Cause: rollout.Say(
		"A cell of the header cannot be read: it is merged with others, or holds a formula without a value or an error.",
		"Une cellule de l'en-tête ne peut être lue : elle est fusionnée avec d'autres, ou contient une formule sans valeur ou une "+
			"erreur."),
	Cure: rollout.Say(
		"Unmerge the cells of the header and type its names as plain text.",
		"Défusionnez les cellules de l'en-tête et saisissez ses noms en texte simple."),
}, {
	Code: codeFileMapUnknown,
	Cause: rollout.Say(
		"A column was mapped to something that is no field, or to two fields.",
		"Une colonne a été associée à quelque chose qui n'est pas un champ, ou à deux champs."),
	Cure: rollout.Say(
		`Write a field's own name, as in --map "Ort=a3", or a hyphen for a column that is not used.`,
		`Écrivez le nom propre d'un champ, par exemple --map "Ort=a3", ou un tiret pour une colonne inutilisée.`),
}, {
	Code: codeFileMapUnused,
	Cause: rollout.Say(
		"A mapping names a column that no sheet of the file has, or one without letters and digits.",
		"Une association désigne une colonne qu'aucune feuille du fichier n'a, ou dont le nom n'a ni lettres ni chiffres."),
	Cure: rollout.Say(
		"Write the column's name as it stands in the header, or leave the mapping out.",
		"Écrivez le nom de la colonne tel qu'il figure dans l'en-tête, ou retirez l'association."),
}, {
	Code: codeFileTooManyColumns,
	Cause: rollout.Say(
		"The header names more than %d columns.",
		"L'en-tête nomme plus de %d colonnes.", DefaultLimits.Columns),
	Cure: rollout.Say(
		"Delete the columns that are not for btrollout.",
		"Supprimez les colonnes qui ne sont pas destinées à btrollout."),
}, {
	Code: codeFileSecondHeader,
	Cause: rollout.Say(
		"A sheet holds two tables: below its header stands another with other columns, or a site stands above its header.",
		"Une feuille contient deux tableaux : sous son en-tête s'en trouve un autre, avec d'autres colonnes, ou un site se trouve "+
			"au-dessus de son en-tête."),
	Cure: rollout.Say(
		"Put the second table on a sheet or into a file of its own, or bring its columns into the order of the first and delete its "+
			"header; a header that only repeats the first may stay.",
		"Mettez le second tableau sur une feuille ou dans un fichier à part, ou donnez à ses colonnes l'ordre du premier et "+
			"supprimez son en-tête ; un en-tête qui ne fait que répéter le premier peut rester."),
}, {
	Code: codeFileNoRows,
	Cause: rollout.Say(
		"The file has a header and no sites.",
		"Le fichier a un en-tête et aucun site."),
	Cure: rollout.Say(
		"Put one site into each row below the header.",
		"Mettez un site sur chaque ligne sous l'en-tête."),
}}

// This file lists the kinds of FileErrors, for the people who look a code up.

package importer

import "btrollout/internal/rollout"

// FileKinds lists what makes a whole file unusable that could be read: its header or its
// sheets are not those of a rollout.
func FileKinds() []rollout.Kind { return fileKinds }

var fileKinds = []rollout.Kind{{
	Code: "file.too-many-rows",
	Cause: rollout.Say(
		"The file has more than %d rows.",
		"Le fichier a plus de %d lignes.", DefaultLimits.Rows),
	Cure: rollout.Say(
		"Split it into several files.",
		"Divisez-le en plusieurs fichiers."),
}, {
	Code: "file.no-sheet",
	Cause: rollout.Say(
		"The workbook has no sheet of a name that was given, or a sheet was named for a CSV file, which has none.",
		"Le classeur n'a pas de feuille d'un nom donné, ou une feuille a été nommée pour un fichier CSV, qui n'en a pas."),
	Cure: rollout.Say(
		"Name sheets of the workbook, or none: then every visible sheet is read whose header is that of a rollout.",
		"Nommez des feuilles du classeur, ou aucune : toutes les feuilles visibles dont l'en-tête est celui d'un déploiement sont "+
			"alors lues."),
}, {
	Code: "file.column-missing",
	Cause: rollout.Say(
		"The header lacks a column that every rollout file needs, or it stands below the first 20 rows.",
		"Il manque à l'en-tête une colonne indispensable, ou il se trouve plus bas que les 20 premières lignes."),
	Cure: rollout.Say(
		`Put a header above the sites with at least technicalSiteName, customerSiteLabel, country and vpn, by these or `+
			`everyday names, or say what a column is with --map "Header=field".`,
		`Placez au-dessus des sites un en-tête avec au moins technicalSiteName, customerSiteLabel, country et vpn, sous ces `+
			`noms ou des noms courants, ou indiquez ce qu'est une colonne avec --map "En-tête=champ".`),
}, {
	Code: "file.column-unknown",
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
	Code: "file.column-twice",
	Cause: rollout.Say(
		"Two columns of a sheet hold the same field, be it by different names.",
		"Deux colonnes d'une feuille contiennent le même champ, éventuellement sous des noms différents."),
	Cure: rollout.Say(
		`Keep the one that holds the right values and delete the other, or leave it unused with --map "Header=-".`,
		`Gardez celle qui contient les bonnes valeurs et supprimez l'autre, ou laissez-la inutilisée avec --map "En-tête=-".`),
}, {
	Code: "file.column-ambiguous",
	Cause: rollout.Say(
		"Countries of one sheet call different elements by the same label, and a column has that name.",
		"Des pays d'une même feuille donnent le même libellé à des éléments différents, et une colonne porte ce nom."),
	Cure: rollout.Say(
		"Put the code that is meant in parentheses behind the column's name, as in City (a3), or put these countries on sheets of "+
			"their own.",
		"Ajoutez le code voulu entre parenthèses au nom de la colonne, par exemple Ville (a3), ou mettez ces pays sur des feuilles "+
			"distinctes."),
}, {
	Code: "file.address-in-one-cell",
	Cause: rollout.Say(
		"A column holds whole addresses, their first lines or several elements in one cell, and no column holds them alone, but the "+
			"API takes the elements one by one.",
		"Une colonne contient des adresses entières, leur première ligne ou plusieurs éléments dans une même cellule, et aucune "+
			"colonne ne les contient seuls, alors que l'API veut les éléments un par un."),
	Cure: rollout.Say(
		`Split it into columns such as Street, Number, Postal code and City, or leave it unused with --map "Header=-".`,
		`Répartissez-la en colonnes telles que Rue, Numéro, Code postal et Ville, ou laissez-la inutilisée avec --map "En-tête=-".`),
}, {
	Code: "file.header-cell",
	Cause: rollout.Say(
		"A cell of the header cannot be read: it is merged with others, or holds a formula without a value or an error.",
		"Une cellule de l'en-tête ne peut être lue : elle est fusionnée avec d'autres, ou contient une formule sans valeur ou une "+
			"erreur."),
	Cure: rollout.Say(
		"Unmerge the cells of the header and type its names as plain text.",
		"Défusionnez les cellules de l'en-tête et saisissez ses noms en texte simple."),
}, {
	Code: "file.map-unknown",
	Cause: rollout.Say(
		"A column was mapped to something that is no field, or to two fields.",
		"Une colonne a été associée à quelque chose qui n'est pas un champ, ou à deux champs."),
	Cure: rollout.Say(
		`Write a field's own name, as in --map "Ort=a3", or a hyphen for a column that is not used.`,
		`Écrivez le nom propre d'un champ, par exemple --map "Ort=a3", ou un tiret pour une colonne inutilisée.`),
}, {
	Code: "file.map-unused",
	Cause: rollout.Say(
		"A mapping names a column that no sheet of the file has, or one without letters and digits.",
		"Une association désigne une colonne qu'aucune feuille du fichier n'a, ou dont le nom n'a ni lettres ni chiffres."),
	Cure: rollout.Say(
		"Write the column's name as it stands in the header, or leave the mapping out.",
		"Écrivez le nom de la colonne tel qu'il figure dans l'en-tête, ou retirez l'association."),
}, {
	Code: "file.too-many-columns",
	Cause: rollout.Say(
		"The header names more than %d columns.",
		"L'en-tête nomme plus de %d colonnes.", DefaultLimits.Columns),
	Cure: rollout.Say(
		"Delete the columns that are not for btrollout.",
		"Supprimez les colonnes qui ne sont pas destinées à btrollout."),
}, {
	Code: "file.second-header",
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
	Code: "file.no-rows",
	Cause: rollout.Say(
		"The file has a header and no sites.",
		"Le fichier a un en-tête et aucun site."),
	Cure: rollout.Say(
		"Put one site into each row below the header.",
		"Mettez un site sur chaque ligne sous l'en-tête."),
}}

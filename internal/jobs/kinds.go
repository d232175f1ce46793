// The kinds of problems that sites meet, for people who look up a code: cause and cure of
// each.

package jobs

import (
	"slices"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// ProblemKinds lists what the pipeline finds wrong with a site whose row passed the checks, in
// the order in which a site meets it.
func ProblemKinds() []rollout.Kind { return slices.Clone(problemKinds) }

// FormerKinds lists kinds that only earlier versions found. Their codes stand in reports and in
// ledgers, so they keep their meaning, and no other kind gets them.
func FormerKinds() []rollout.Kind { return slices.Clone(formerKinds) }

var formerKinds = []rollout.Kind{{
	Code: "site.in-flight", // until rows could follow others
	Cause: rollout.Say(
		"The site was under way in another batch when the row was uploaded, and the row was rejected.",
		"Le site était en cours de traitement dans un autre lot lors de l'envoi de la ligne, qui a été rejetée."),
	Cure: rollout.Say(
		"Upload the row again if it is still needed: it is not rejected any more.",
		"Envoyez de nouveau la ligne si elle est encore nécessaire : elle n'est plus rejetée."),
}}

var problemKinds = []rollout.Kind{{
	Code: CodeUnderWay,
	Cause: rollout.Say(
		"Another batch is working on the site, and the row asks for the same: the row is skipped.",
		"Un autre lot traite déjà le site, et la ligne demande la même chose : la ligne est ignorée."),
	Cure: rollout.Say(
		"Do nothing, unless the row that bt_note names does not succeed; then upload this row again.",
		"Ne faites rien, sauf si la ligne que cite bt_note n'aboutit pas ; envoyez alors cette ligne-ci de nouveau."),
}, {
	Code: CodeLabelDiffers,
	Cause: rollout.Say(
		"The site has its voicesite, whose label is not the customerSiteLabel of the row.",
		"Le site a son voicesite, dont le libellé n'est pas le customerSiteLabel de la ligne."),
	Cure: rollout.Say(
		"Change the label in the Business Talk Online portal, or write the voicesite's label, which bt_note names, into the row.",
		"Modifiez le libellé dans le portail Business Talk Online, ou écrivez dans la ligne le libellé du voicesite, que cite bt_note."),
}, {
	Code: CodeLeft,
	Cause: rollout.Say(
		"The batch was cancelled with --leave-ordered after the site had been ordered: its order or its voicesite was left as it is.",
		"Le lot a été annulé avec --leave-ordered alors que le site était déjà commandé : sa commande ou son voicesite reste tel quel."),
	Cure: rollout.Say(
		"Do what bt_problem says in the Business Talk Online portal, or upload the row again: the order is found, and no second one is made.",
		"Faites ce qu'indique bt_problem dans le portail Business Talk Online, ou envoyez la ligne de nouveau : "+
			"la commande est retrouvée, et il n'en est pas passé de seconde."),
}, {
	Code: CodeInReview,
	Cause: rollout.Say(
		"The site waits for a person's decision, in an earlier batch.",
		"Le site attend la décision d'une personne, dans un lot antérieur."),
	Cure: rollout.Say(
		"Look the site up in the Business Talk Online portal and decide with batch resolve, by the batch and row "+
			"that bt_problem names; or write its voiceSiteId into the row and upload the row again.",
		"Recherchez le site dans le portail Business Talk Online et décidez avec batch resolve, avec le lot et la ligne "+
			"que cite bt_problem ; ou écrivez son voiceSiteId dans la ligne et envoyez-la de nouveau."),
}, {
	Code: CodeSiteChanged,
	Cause: rollout.Say(
		"The site has a voicesite already, and the row asks for another country or another VPN, which an upload cannot change.",
		"Le site a déjà un voicesite, et la ligne demande un autre pays ou un autre VPN, ce qu'un envoi ne peut changer."),
	Cure: rollout.Say(
		"Write the country and the VPN that bt_problem names for the voicesite, and only its address "+
			"is changed; for a new site, write a technicalSiteName that no site has.",
		"Écrivez le pays et le VPN que bt_problem cite pour le voicesite, et seule son adresse sera modifiée "+
			"; pour un nouveau site, écrivez un technicalSiteName qu'aucun site ne porte."),
}, {
	Code: CodeTaken,
	Cause: rollout.Say(
		"Another upload has taken the site over, or knows it under another voiceSiteId than the row gives; nothing was ordered for this row.",
		"Un autre envoi a repris le site, ou le connaît sous un autre voiceSiteId que "+
			"celui de la ligne ; rien n'a été commandé pour cette ligne."),
	Cure: rollout.Say(
		"Where bt_problem names another voiceSiteId, correct the cell or empty it; otherwise find the other upload "+
			"with batch list, wait until it is done, and upload the row again if it is still needed.",
		"Si bt_problem cite un autre voiceSiteId, corrigez la cellule ou videz-la ; sinon, retrouvez l'autre envoi avec batch "+
			"list, attendez qu'il soit terminé, et envoyez de nouveau la ligne si elle est encore nécessaire."),
}, {
	Code: ledger.CodeDamaged,
	Cause: rollout.Say(
		"The record of the site in Redis, or that of the batch which has it, was overwritten, cut or deleted, and cannot be read.",
		"L'enregistrement du site dans Redis, ou celui du lot qui le contient, a été écrasé, tronqué ou supprimé, et il est illisible."),
	Cure: rollout.Say(
		"Where bt_state is review, look for the site in the Business Talk Online portal and decide with batch resolve, "+
			"or give it up with --fail if bt_problem says that what the row asks is lost, and upload the row again; "+
			"where it is rejected, have the record repaired or removed (operations.md, "+
			"section Damaged records) and upload the row again.",
		"Si bt_state est review, cherchez le site dans le portail Business Talk Online et décidez avec batch resolve, "+
			"ou abandonnez-le avec --fail si bt_problem indique que la demande de la ligne est perdue, "+
			"puis envoyez de nouveau la ligne ; s'il est rejected, faites réparer ou supprimer l'enregistrement (operations.md, "+
			"section Damaged records), puis envoyez de nouveau la ligne."),
}, {
	Code: CodeNameTaken,
	Cause: rollout.Say(
		"The account holds a voicesite or an order of this technicalSiteName, or one like it, that was not made for this row.",
		"Le compte contient un voicesite ou une commande à ce technicalSiteName, ou à un nom semblable, qui n'a pas été créé pour cette ligne."),
	Cure: rollout.Say(
		"If it is this site, run batch resolve BATCH ROW --voicesite ID or, as long as there is only an order, --fail, write "+
			"the order's reference into customerOrderReference and upload the row again; if it is another site, run --fail and "+
			"upload the row under another technicalSiteName; if both are wanted, run --order-again.",
		"S'il s'agit de ce site, exécutez batch resolve LOT LIGNE --voicesite ID ou, tant qu'il n'y a qu'une "+
			"commande, --fail, écrivez la référence de la commande dans customerOrderReference et envoyez de "+
			"nouveau la ligne ; s'il s'agit d'un autre site, exécutez --fail et envoyez la ligne sous un autre "+
			"technicalSiteName ; si les deux sont voulus, exécutez --order-again."),
}, {
	Code: CodeNameAlike,
	Cause: rollout.Say(
		"An earlier upload has a site whose technicalSiteName people can take for this one: it differs in accents or spaces only.",
		"Un envoi antérieur contient un site dont le technicalSiteName peut être confondu avec celui-ci : "+
			"seuls des accents ou des espaces les distinguent."),
	Cure: rollout.Say(
		"If it is the same site, write its name as bt_problem gives it and upload the row again; "+
			"if it is another site, give it a name that cannot be confused.",
		"S'il s'agit du même site, écrivez son nom tel que le cite bt_problem et envoyez de nouveau la ligne ; "+
			"s'il s'agit d'un autre site, donnez-lui un nom qu'on ne puisse confondre."),
}, {
	Code: CodeVoiceSiteUnknown,
	Cause: rollout.Say(
		"The account has no voicesite with the voiceSiteId given, or has it no more.",
		"Le compte n'a pas de voicesite portant le voiceSiteId donné, ou ne l'a plus."),
	Cure: rollout.Say(
		"Copy the id from the Business Talk Online portal into voiceSiteId, or empty the cell to order a new "+
			"voicesite, and upload the row again; for a site in review, run batch resolve BATCH ROW --voicesite ID "+
			"with the right id; if the voicesite has vanished, ask Orange's support.",
		"Copiez l'identifiant du portail Business Talk Online dans voiceSiteId, ou videz la cellule pour commander un nouveau "+
			"voicesite, et envoyez de nouveau la ligne ; pour un site en review, exécutez batch resolve LOT LIGNE --voicesite ID "+
			"avec le bon identifiant ; si le voicesite a disparu, adressez-vous au support d'Orange."),
}, {
	Code: CodeVoiceSiteOther,
	Cause: rollout.Say(
		"The voiceSiteId given is that of a site with another name or in another country.",
		"Le voiceSiteId donné est celui d'un site qui porte un autre nom ou se trouve dans un autre pays."),
	Cure: rollout.Say(
		"Copy the right id from the Business Talk Online portal into voiceSiteId, or empty the "+
			"cell to order a new voicesite, and upload the row again; for a site in review, run "+
			"batch resolve BATCH ROW --voicesite ID with the right id.",
		"Copiez le bon identifiant du portail Business Talk Online dans voiceSiteId, ou videz la cellule "+
			"pour commander un nouveau voicesite, et envoyez de nouveau la ligne ; pour un site en review, "+
			"exécutez batch resolve LOT LIGNE --voicesite ID avec le bon identifiant."),
}, {
	Code: CodeVoiceSiteTaken,
	Cause: rollout.Say(
		"The voicesite that this row would get belongs to another site, and no address was sent to it.",
		"Le voicesite que cette ligne obtiendrait est celui d'un autre site, et aucune adresse ne lui a été transmise."),
	Cure: rollout.Say(
		"Look in the Business Talk Online portal which voicesite is this site's and run batch resolve BATCH ROW --voicesite ID "+
			"with its id; if it has none, --order-again orders one; if the row names the wrong site, run --fail and correct the row.",
		"Cherchez dans le portail Business Talk Online quel voicesite est celui de ce site et exécutez batch resolve LOT LIGNE "+
			"--voicesite ID avec son identifiant ; s'il n'en a pas, --order-again en commande un ; "+
			"si la ligne désigne le mauvais site, exécutez --fail et corrigez la ligne."),
}, {
	Code: CodeVoiceSiteGone,
	Cause: rollout.Say(
		"The API does not know the site's voicesite when its address is sent: it was deleted, and perhaps made again under another id.",
		"L'API ne connaît pas le voicesite du site au moment de transmettre son adresse : "+
			"il a été supprimé, et peut-être recréé sous un autre identifiant."),
	Cure: rollout.Say(
		"Look the site up in the Business Talk Online portal; if its voicesite was made again, "+
			"run batch resolve BATCH ROW --voicesite ID, or write the new id into voiceSiteId and upload the row again; "+
			"if it needs a new one, run --order-again; if it is not needed any more, run --fail.",
		"Recherchez le site dans le portail Business Talk Online ; "+
			"si son voicesite a été recréé, exécutez batch resolve LOT LIGNE --voicesite ID, "+
			"ou écrivez le nouvel identifiant dans voiceSiteId et envoyez de nouveau la ligne ; "+
			"s'il en faut un nouveau, exécutez --order-again ; si le site n'est plus nécessaire, exécutez --fail."),
}, {
	Code: CodeRefused,
	Cause: rollout.Say(
		"The API refused a call that checks this row or looks it up.",
		"L'API a refusé un appel qui vérifie ou recherche cette ligne."),
	Cure: rollout.Say(
		"Correct what the API's words in bt_problem name and upload the row again; if they "+
			"name nothing, ask Orange's support, quoting bt_request_id.",
		"Corrigez ce que nomme le message de l'API dans bt_problem et envoyez de nouveau la ligne ; s'il "+
			"ne nomme rien, adressez-vous au support d'Orange en citant bt_request_id."),
}, {
	Code: CodeUnavailable,
	Cause: rollout.Say(
		"The API gave no usable answer about this site in any try, over about an hour.",
		"L'API n'a donné aucune réponse exploitable pour ce site, à aucun des essais, pendant environ une heure."),
	Cure: rollout.Say(
		"Where bt_state is failed, upload the row again when the API works: no second order is "+
			"made; where it is review, look for customerOrderReference and technicalSiteName in the "+
			"Business Talk Online portal and decide with batch resolve.",
		"Si bt_state est failed, envoyez de nouveau la ligne quand l'API fonctionnera : aucune seconde "+
			"commande ne sera passée ; s'il est review, cherchez le customerOrderReference et le "+
			"technicalSiteName dans le portail Business Talk Online et décidez avec batch resolve."),
}, {
	Code: CodeOrderRefused,
	Cause: rollout.Say(
		"The API refused the order, and nothing was ordered.",
		"L'API a refusé la commande, et rien n'a été commandé."),
	Cure: rollout.Say(
		"Correct what the API's words in bt_problem name, such as technicalSiteName, customerSiteLabel or vpn, and upload the row again.",
		"Corrigez ce que nomme le message de l'API dans bt_problem, par exemple "+
			"technicalSiteName, customerSiteLabel ou vpn, et envoyez de nouveau la ligne."),
}, {
	Code: CodeOrderUnknown,
	Cause: rollout.Say(
		"Whether the site was ordered, or what became of its order, is not known: the answer was lost, or the API does not show the order.",
		"On ne sait pas si le site a été commandé, ni ce que sa commande est devenue : la "+
			"réponse a été perdue, ou l'API ne montre pas la commande."),
	Cure: rollout.Say(
		"Look for customerOrderReference and technicalSiteName in the Business Talk Online portal or, quoting "+
			"bt_request_id, ask Orange's support; then run batch resolve BATCH ROW --voicesite ID if the voicesite exists, or "+
			"--order-again if you are certain that there is no order, or it was rejected: otherwise both cost money.",
		"Cherchez le customerOrderReference et le technicalSiteName dans le portail Business Talk Online, "+
			"ou adressez-vous au support d'Orange en citant bt_request_id ; exécutez ensuite batch resolve LOT "+
			"LIGNE --voicesite ID si le voicesite existe, ou --order-again si vous êtes certain que la commande "+
			"n'existe pas, ou si elle a été rejetée : sinon les deux seront facturées."),
}, {
	Code: CodeOrderSeveral,
	Cause: rollout.Say(
		"The account holds several orders of this site, and each costs money.",
		"Le compte contient plusieurs commandes de ce site, et chacune est facturée."),
	Cure: rollout.Say(
		"Have Orange cancel the needless ones by the numbers in bt_problem, then run batch "+
			"resolve BATCH ROW --voicesite ID with the voicesite that stays.",
		"Faites annuler par Orange celles qui sont de trop, d'après les numéros cités dans bt_problem, puis "+
			"exécutez batch resolve LOT LIGNE --voicesite ID avec le voicesite qui reste."),
}, {
	Code: CodeOrderDiffers,
	Cause: rollout.Say(
		"The account holds an order of this site for another country or another VPN than the row says.",
		"Le compte contient une commande de ce site pour un autre pays ou un autre VPN que ceux de la ligne."),
	Cure: rollout.Say(
		"If the row is wrong, run batch resolve BATCH ROW --fail, correct country or vpn and "+
			"upload the row again, which takes the order over; if the order is wrong, have Orange "+
			"cancel it, then run batch resolve BATCH ROW --order-again.",
		"Si la ligne est fausse, exécutez batch resolve LOT LIGNE --fail, corrigez country ou vpn et "+
			"envoyez de nouveau la ligne, ce qui reprend la commande ; si la commande est fausse, faites-la "+
			"annuler par Orange, puis exécutez batch resolve LOT LIGNE --order-again."),
}, {
	Code: CodeOrderRejected,
	Cause: rollout.Say(
		"Orange accepted the order, and rejected it later.",
		"Orange a accepté la commande, puis l'a rejetée."),
	Cure: rollout.Say(
		"Correct what the reason in bt_problem names and upload the row again, which makes a new order; "+
			"if there is no reason, ask Orange's support first, quoting bt_order_id.",
		"Corrigez ce que nomme le motif dans bt_problem et envoyez de nouveau la ligne, ce qui passe une nouvelle commande "+
			"; s'il n'y a pas de motif, adressez-vous d'abord au support d'Orange en citant bt_order_id."),
}, {
	Code: CodeOrderLate,
	Cause: rollout.Say(
		"The order has been in progress for longer than BT_ORDER_DEADLINE, which is 72 hours unless it was changed.",
		"La commande est en cours depuis plus longtemps que BT_ORDER_DEADLINE, soit 72 heures sauf réglage contraire."),
	Cure: rollout.Say(
		"Ask Orange's support, quoting bt_order_id; run batch resolve BATCH ROW --voicesite ID "+
			"when it is delivered, or, if it was rejected, --order-again or --fail.",
		"Adressez-vous au support d'Orange en citant bt_order_id ; exécutez batch resolve LOT LIGNE "+
			"--voicesite ID quand elle est livrée ou, si elle a été rejetée, --order-again ou --fail."),
}, {
	Code: CodeAddressRefused,
	Cause: rollout.Say(
		"The address passed every check, and the API refused it when it was sent to the voicesite, which exists without an address.",
		"L'adresse a passé toutes les vérifications, et l'API l'a refusée à la transmission au voicesite, qui existe sans adresse."),
	Cure: rollout.Say(
		"Correct the cells that the API's words in bt_problem name, or what the country's "+
			"rules ask for if bt_problem says that they have changed, and upload the row again: "+
			"nothing is ordered a second time, only the address is sent.",
		"Corrigez les cellules que nomme le message de l'API dans bt_problem, ou ce que demandent les "+
			"règles du pays si bt_problem indique qu'elles ont changé, et envoyez de nouveau la ligne : rien "+
			"n'est commandé une seconde fois, seule l'adresse est transmise."),
}, {
	Code: CodeAddressNotKept,
	Cause: rollout.Say(
		"The address was sent several times, and the API shows another one: "+
			"an earlier address may have replaced it, or the API changes what it is sent.",
		"L'adresse a été transmise plusieurs fois, et l'API en montre une autre : "+
			"une adresse antérieure l'a peut-être remplacée, ou l'API modifie ce qu'elle reçoit."),
	Cure: rollout.Say(
		"Compare the voicesite's address in the Business Talk Online portal with the row; "+
			"run batch resolve BATCH ROW --voicesite ID with the same voicesite to send the address once more, "+
			"or --fail if the portal shows the right address.",
		"Comparez l'adresse du voicesite dans le portail Business Talk Online avec la ligne ; "+
			"exécutez batch resolve LOT LIGNE --voicesite ID avec le même voicesite pour transmettre l'adresse encore une fois, "+
			"ou --fail si le portail montre la bonne adresse."),
}, {
	Code: CodeGivenUp,
	Cause: rollout.Say(
		"A person gave the site up, with batch resolve --fail.",
		"Une personne a abandonné le site, avec batch resolve --fail."),
	Cure: rollout.Say(
		"Before you upload the row again, make sure in the Business Talk Online portal that no order of the "+
			"site is under way; if it is not needed any more, take the row out of the file.",
		"Avant d'envoyer de nouveau la ligne, assurez-vous dans le portail Business Talk Online qu'aucune commande "+
			"du site n'est en cours ; si le site n'est plus nécessaire, retirez la ligne du fichier."),
}}

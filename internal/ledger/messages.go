// This file holds the sentences of this package that people read, in both languages: those about
// records that cannot be read. The cause and cure of CodeDamaged are in internal/jobs/kinds.go.

package ledger

import "btrollout/internal/rollout"

// siteDamaged is the problem of a site whose record cannot be read: what is lost, what is known,
// and what to do.
func siteDamaged(p parts) rollout.Problem {
	message := sayProgressLost(sayKnown(p), p.site.Batch)
	if !p.hasRequest {
		message = sayRequestLost(sayKnown(p), p.site.Batch)
	}
	return rollout.Problem{Code: CodeDamaged, Stage: rollout.StageOrder, Message: message}
}

// sayKnown says what is still known of the site.
func sayKnown(p parts) rollout.Text {
	known := rollout.Say("how far it was is not known", "on ne sait pas où il en était")
	if p.state != "" {
		known = rollout.Say("it was %s", "il était dans l'état %s", p.state)
	}
	if id := p.order; id != "" {
		known = rollout.Say("%s, with order %s", "%s, avec la commande %s", known, id)
	}
	if id := p.voiceSite; id != "" {
		known = rollout.Say("%s, with voicesite %s", "%s, avec le voicesite %s", known, id)
	}
	return known
}

func sayProgressLost(known rollout.Text, batch string) rollout.Text {
	return rollout.Say(
		"The record of this site in Redis cannot be read, and nothing more is done for it (%s): "+
			"look for its customerOrderReference and name in the portal, then decide with batch resolve, by batch %s and this row.",
		"L'enregistrement de ce site dans Redis est illisible, et plus rien n'est fait pour lui (%s) : "+
			"cherchez son customerOrderReference et son nom dans le portail Business Talk Online, "+
			"puis décidez avec batch resolve, avec le lot %s et cette ligne.", known, batch)
}

func sayRequestLost(known rollout.Text, batch string) rollout.Text {
	return rollout.Say(
		"What this row asks cannot be read any more in Redis (%s): "+
			"run batch resolve with batch %s, this row and --fail if it is in review, and upload the row of your file again.",
		"Ce que demande cette ligne n'est plus lisible dans Redis (%s) : "+
			"exécutez batch resolve avec le lot %s, cette ligne et --fail si elle est en review, "+
			"et envoyez de nouveau la ligne de votre fichier.", known, batch)
}

func sayCountriesLost() rollout.Text {
	return rollout.Say("What the API said of the countries cannot be read any more.",
		"Ce que l'API a indiqué sur les pays n'est plus lisible.")
}

// This file holds the help texts of flags that are too long for their struct tags.

package main

import "github.com/alecthomas/kong"

// helpTexts are the texts for ${help_…} in the tags of flags.
var helpTexts = kong.Vars{
	"help_area": "With one country: list the places within this geographical area; repeated, one level further " +
		"down.",
	"help_check": "Stop after checking; nothing is enqueued. No Redis is needed; if one answers, the calls are " +
		"counted there. Rows are not compared with earlier uploads. No report is written, except with --report.",
	"help_annotate": "Write a copy of the rollout file to this .xlsx in which every wrong cell is marked, with what " +
		"to write instead.",
	"help_force": "Replace the files of --report and --annotate, whatever they are. Without it, only a report or a marked copy " +
		"that nobody has changed is replaced.",
	"help_customer": "Customer code; looked up when the account has exactly one customer.",
	"help_sheet": "Sheet to read, hidden or not; repeated for several. Default: every visible sheet with the " +
		"header of a rollout, all as one batch.",
	"help_map": "Say what a column is, as in --map 'Ort=a3'; - for a column that is not used. Repeated for " +
		"several.",
	"help_max_unzipped": "Largest workbook once unzipped",
	"help_template": "Write an empty rollout workbook for people to fill in, with the columns and drop-downs of the " +
		"countries.",
	"help_embedded": "Do everything in this process, with a Redis in memory: nothing to install, and nothing is " +
		"remembered afterwards.",
	"help_json": "Print the result as JSON: of a file one object, with the problems of its rows and what the API " +
		"says of its countries; of countries one list.",
	"help_lang":              "Language of the report and of what is said about files, rows and countries",
	"help_template_customer": "Customer code, whose VPNs are offered; looked up when the account has exactly one customer.",
}

// The codes of the problems that the checks find.

package precheck

// Problem codes. They are permanent.
const (
	CodeNotCovered     = "site.country-not-covered" // no voicesite can be ordered in the country
	CodeCountryRefused = "site.country-refused"     // the API refuses to say what applies in the country
	CodeVPNUnknown     = "site.vpn-unknown"         // the account has no such VPN
	CodeVPNAmbiguous   = "site.vpn-ambiguous"       // several VPNs have that name or code
	CodeAddressUnknown = "address.unknown"          // the address register knows no such address
	CodeAddressDiffers = "address.differs"          // the register knows others like it
	CodeAddressSeveral = "address.several"          // the register knows several that fit
)

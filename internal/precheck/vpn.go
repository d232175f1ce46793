// The VPNs of a customer: which one a row names, and what rows may call them.

package precheck

import (
	"context"
	"fmt"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// customerVPNs is how the VPNs of a customer are asked for.
func (c *Checker) customerVPNs(customer string) query[[]btapi.VPN] {
	return query[[]btapi.VPN]{c.facts.customerSubject(customer), "vpns", func(ctx context.Context) ([]btapi.VPN, error) {
		return c.api.VPNs(ctx, customer)
	}}
}

// checkVPN finds the VPN that a row names by id, name or code, and writes its id into the
// request. It finds a problem only by a list that is at most minRefetchAge old.
func (c *Checker) checkVPN(ctx context.Context, customer string, r *rollout.Request) ([]rollout.Problem, error) {
	vpns, err := cachedIf(ctx, &c.facts, c.customerVPNs(customer), c.now().Add(-minRefetchAge), func(vpns []btapi.VPN) bool {
		return len(vpnsNamed(vpns, r.VPN)) == 1
	})
	if err != nil {
		return nil, fmt.Errorf("reading the VPNs: %w", err)
	}
	switch found := vpnsNamed(vpns, r.VPN); {
	case len(found) == 1:
		r.VPNID = found[0].VPNID
		return nil, nil
	case len(found) > 1:
		return []rollout.Problem{vpnAmbiguous(r.VPN, found)}, nil
	case len(vpns) == 0:
		return []rollout.Problem{accountWithoutVPN(r.VPN)}, nil
	}
	return []rollout.Problem{vpnUnknown(r.VPN, vpns)}, nil
}

// vpnsNamed finds the VPN with this id, or else all VPNs with this name or code; case, accents
// and spaces of the name do not count. A text that is the name of one VPN and the code of
// another finds both.
func vpnsNamed(vpns []btapi.VPN, text string) []btapi.VPN {
	for _, is := range []func(btapi.VPN) bool{
		func(v btapi.VPN) bool { return v.VPNID == text },
		func(v btapi.VPN) bool { return spelling.Fold(v.Name) == spelling.Fold(text) || v.VPNCode == text },
	} {
		var found []btapi.VPN
		for _, v := range vpns {
			if is(v) {
				found = append(found, v)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// VPNs lists what rows may call the VPNs of a customer: each by its name or else its
// code, if no other VPN has it, and by its id otherwise.
func (c *Checker) VPNs(ctx context.Context, customer string) ([]string, error) {
	vpns, err := cached(ctx, &c.facts, c.customerVPNs(customer), time.Time{})
	if err != nil {
		return nil, fmt.Errorf("reading the VPNs: %w", err)
	}
	var texts []string
	for _, v := range vpns {
		for _, text := range []string{v.Name, v.VPNCode, v.VPNID} {
			if found := vpnsNamed(vpns, text); text != "" && len(found) == 1 && found[0] == v {
				texts = append(texts, text)
				break
			}
		}
	}
	return texts, nil
}

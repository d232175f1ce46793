// What a person reads is whole in each language, the parts of a sentence included.

package jobs_test

import (
	"strings"
	"testing"

	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
)

func TestASentenceOfPartsIsInOneLanguage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		there   func(r *rig)
		code    string
		english []string
		french  []string
	}{
		"seven orders": {
			there: func(r *rig) {
				for range 7 {
					r.place(r.reference(site(2)), site(2))
				}
			},
			code:    jobs.CodeOrderSeveral,
			english: []string{"7 orders", " under reference ", "; 2 more)", "Decide with batch resolve b 2"},
			french:  []string{"7 commandes", " sous la référence ", " ; 2 de plus)", "Décidez avec batch resolve b 2"},
		},
		"a voicesite": {
			there:   func(r *rig) { r.voicesite(r.place("PORTAL-1", site(2))) },
			code:    jobs.CodeNameTaken,
			english: []string{" in CH, VPN ", ", label "},
			french:  []string{" dans le pays CH, VPN ", ", libellé "},
		},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newVirtualRig(t, instantly, nil)
			c.there(r)
			r.submit("b", site(2))
			stop := r.startWorker()
			r.wait("b", isDone)
			stop()
			s := r.ended("b", "2", rollout.Review, c.code, c.english...)
			if len(s.Problems) == 0 {
				return
			}
			said := s.Problems[0].Message
			for _, part := range c.french {
				if !strings.Contains(said.FR, part) {
					t.Errorf("%q lacks %q", said.FR, part)
				}
			}
			for _, part := range c.english {
				if strings.Contains(said.FR, part) {
					t.Errorf("%q is half in English: %q", said.FR, part)
				}
			}
		})
	}
}

// This file makes constraints into elements, and warnings of what it does not understand. Patterns
// are compiled in pattern.go; examples of what they allow are made in example.go.

package addrcheck

import (
	"math"
	"slices"

	"btrollout/internal/rollout"
)

// dialZoneMaxLength bounds a dial zone, for which the guide has no schema, in characters. [A]
const dialZoneMaxLength = 100

// add compiles the constraint of one element.
func (c *Checker) add(code string, con rollout.Constraint) {
	e := &element{code: code, Constraint: con}
	c.elements, c.byCode[code] = append(c.elements, e), e
	switch con.Usage {
	case rollout.UsageNone:
		return
	case rollout.UsageMandatory, rollout.UsageOptional:
	default:
		c.warn(warnUsage(e))
		e.Usage = rollout.UsageOptional
	}
	switch con.ValueType {
	case rollout.TypeString, rollout.TypeDigits:
	case rollout.TypeList, rollout.TypeAssociative:
		c.compileValues(e)
	default:
		c.warn(warnValueType(e))
	}
	if con.Regexp != "" {
		p, why := compilePattern(con.Regexp)
		if p == nil {
			c.warn(warnPattern(e, why))
		}
		e.pattern = p
	}
}

// compileValues compiles the possible values. A list without any would refuse every site of the
// country, so it is not applied.
func (c *Checker) compileValues(e *element) {
	var values, displays []string
	for _, v := range e.Values {
		if v.Value == "" { // an optional element may be empty without it
			continue
		}
		if e.ValueType == rollout.TypeList || v.Display == "" {
			v.Display = v.Value
		}
		values, displays = append(values, v.Value), append(displays, v.Display)
	}
	switch {
	case len(values) == 0:
		c.warn(warnNoValues(e))
	case e.ValueType == rollout.TypeList:
		e.values = newList(values)
	default:
		e.values = newList(values, displays)
	}
}

// bindAreas gives elements their levels of areas. The guide's own example has a3 among the area
// elements and not in the schema, so an element that is only there is taken as optional text.
// An element that the schema forbids cannot be filled, so neither it nor a level below it is
// checked.
func (c *Checker) bindAreas(codes []string) {
	for _, code := range codes {
		e := c.byCode[code]
		if e == nil {
			c.add(code, rollout.Constraint{Usage: rollout.UsageOptional, ValueType: rollout.TypeString, Position: math.MaxInt})
			e = c.byCode[code]
			c.warn(warnAreaUndeclared(e))
		}
		if e.Usage == rollout.UsageNone || slices.Contains(c.levels, e) {
			c.warn(warnAreaUnusable(e))
			return
		}
		c.levels = append(c.levels, e)
		e.level = len(c.levels)
	}
}

// dialZoneConstraint is the schema of a dial zone that the row must have: the country's own, if
// it declares one, and otherwise any short text, because the API does not verify it. [G]
func dialZoneConstraint(book Rulebook) rollout.Constraint {
	con, declared := book.Constraints[rollout.DialZone]
	if !declared {
		con = rollout.Constraint{ValueType: rollout.TypeString, MaxLength: dialZoneMaxLength, Position: math.MaxInt}
	}
	con.Usage = rollout.UsageMandatory
	return con
}

func (c *Checker) warn(sentence rollout.Text) { c.warnings = append(c.warnings, sentence) }

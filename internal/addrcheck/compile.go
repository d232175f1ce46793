// This file turns constraints into elements that can be judged, and remembers
// what it does not understand. Patterns are compiled in pattern.go, examples of
// what they allow are made in example.go.

package addrcheck

import (
	"math"
	"slices"

	"btrollout/internal/rollout"
)

// The literals of usage and valueType. [G]; that an absent element counts as
// notUsed is assumed. [A]
const (
	UsageMandatory = "mandatory"
	UsageOptional  = "optional"
	UsageNone      = "notUsed"

	TypeString      = "freestring"
	TypeDigits      = "freenumerical"
	TypeList        = "enumeration"
	TypeAssociative = "enumerationAssociative"
)

// dialZoneMaxLength bounds a dial zone, for which the guide gives no schema. [A]
const dialZoneMaxLength = 100

// add compiles the constraint of one element.
func (c *Checker) add(code string, con Constraint) {
	e := &element{code: code, Constraint: con}
	c.elements, c.byCode[code] = append(c.elements, e), e
	switch con.Usage {
	case UsageNone:
		return
	case UsageMandatory, UsageOptional:
	default:
		c.warn(warnUsage(e))
		e.Usage = UsageOptional
	}
	switch con.ValueType {
	case TypeString, TypeDigits:
	case TypeList, TypeAssociative:
		c.list(e)
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

// list takes over the possible values. A list without any would refuse every
// site of the country, so it is not applied.
func (c *Checker) list(e *element) {
	var values, displays []string
	for _, v := range e.Values {
		if v.Value == "" { // an optional element may be empty anyway
			continue
		}
		if e.ValueType == TypeList || v.Display == "" {
			v.Display = v.Value
		}
		values, displays = append(values, v.Value), append(displays, v.Display)
	}
	switch {
	case len(values) == 0:
		c.warn(warnNoValues(e))
	case e.ValueType == TypeList:
		e.values = newList(values)
	default:
		e.values = newList(values, displays)
	}
}

// bindAreas ties elements to their area levels. The guide's own rules use a3,
// which its schema does not list: an element that only the area rules name is
// taken as optional text. One that the schema forbids cannot be filled, so
// neither it nor a level below it is judged.
func (c *Checker) bindAreas(codes []string) {
	for _, code := range codes {
		e := c.byCode[code]
		if e == nil {
			c.add(code, Constraint{Usage: UsageOptional, ValueType: TypeString, Position: math.MaxInt})
			e = c.byCode[code]
			c.warn(warnAreaUndeclared(e))
		}
		if e.Usage == UsageNone || slices.Contains(c.levels, e) {
			c.warn(warnAreaUnusable(e))
			return
		}
		c.levels = append(c.levels, e)
		e.level = len(c.levels)
	}
}

// dialZoneConstraint is the schema of a dial zone that the row must give: the
// country's own, should it declare one, and otherwise any short text, because
// the API does not verify it. [G]
func dialZoneConstraint(book Rulebook) Constraint {
	con, declared := book.Constraints[rollout.DialZone]
	if !declared {
		con = Constraint{ValueType: TypeString, MaxLength: dialZoneMaxLength, Position: math.MaxInt}
	}
	con.Usage = UsageMandatory
	return con
}

func (c *Checker) warn(sentence rollout.Text) { c.warnings = append(c.warnings, sentence) }

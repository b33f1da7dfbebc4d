package main

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// findRow answers the row of an upstream test.
func findRow(test string) (Row, bool) {
	at := slices.IndexFunc(Rows, func(row Row) bool { return row.Test == test })
	if at < 0 {
		return Row{}, false
	}
	return Rows[at], true
}

func findGroup(test string) (Group, bool) {
	at := slices.IndexFunc(Groups, func(group Group) bool { return strings.HasPrefix(test, group.Prefix) })
	if at < 0 {
		return Group{}, false
	}
	return Groups[at], true
}

// checkTable answers what is wrong with the table, in sentences: every test of the registry has exactly one row or group, with a
// true reason, and every row is about a test that exists.
func checkTable(registry []suite.ConformanceTest) []string {
	var problems []string
	names := map[string]bool{}
	for _, test := range registry {
		if names[test.ShortName] {
			problems = append(problems, fmt.Sprintf("%s: upstream has two tests of this name", test.ShortName))
		}
		names[test.ShortName] = true
		problems = append(problems, checkTest(test)...)
	}
	for i, row := range Rows {
		if !names[row.Test] {
			problems = append(problems, fmt.Sprintf("%s: upstream has no such test; remove the row", row.Test))
		}
		if i > 0 && Rows[i-1].Test >= row.Test {
			problems = append(problems, fmt.Sprintf("%s: rows are ascending, each once", row.Test))
		}
		if row.How == NotApplicable && len(row.Without) > 0 || row.How != NotApplicable && row.Needs != "" || row.Why == "" {
			problems = append(problems, fmt.Sprintf("%s: Without is for what is run, Needs for what is not, Why for all", row.Test))
		}
	}
	for _, group := range Groups {
		if !slices.ContainsFunc(registry, func(test suite.ConformanceTest) bool { return strings.HasPrefix(test.ShortName, group.Prefix) }) {
			problems = append(problems, fmt.Sprintf("%s*: upstream has no such test; remove the group", group.Prefix))
		}
	}
	return problems
}

func checkTest(test suite.ConformanceTest) []string {
	row, inRows := findRow(test.ShortName)
	group, inGroups := findGroup(test.ShortName)
	switch {
	case inRows && inGroups:
		return []string{fmt.Sprintf("%s: it has a row and belongs to the group %s*", test.ShortName, group.Prefix)}
	case inRows && row.Needs != "" && !slices.Contains(test.Features, row.Needs):
		return []string{fmt.Sprintf("%s: upstream does not say that it needs %s", test.ShortName, row.Needs)}
	case inGroups && !slices.Contains(test.Features, group.Needs):
		return []string{fmt.Sprintf("%s: upstream does not say that it needs %s, as the group %s* does; give it a row", test.ShortName, group.Needs, group.Prefix)}
	case !inRows && !inGroups:
		return []string{fmt.Sprintf("%s: new upstream; give it a row in table.go (features %v, manifests %v)", test.ShortName, test.Features, test.Manifests)}
	}
	return nil
}

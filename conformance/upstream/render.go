package main

import (
	"fmt"
	"strings"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

const header = `# Which upstream tests are run

Written by ` + "`go run . write`" + ` in this folder, from table.go and the registry of upstream's suite. Do not edit.
`

// render writes the table as Markdown.
func render(registry []suite.ConformanceTest) string {
	var text strings.Builder
	text.WriteString(header)
	fmt.Fprintf(&text, "\n%s\n\n## GatewayClass, Gateway, listeners, addresses\n\n", summarise())
	text.WriteString("| Upstream test | Run | Why |\n| --- | --- | --- |\n")
	for _, row := range Rows {
		fmt.Fprintf(&text, "| %s | %s | %s |\n", row.Test, describeHow(row), describeWhy(row))
	}
	text.WriteString("\n## Routes, policies, meshes: not applicable\n\n| Upstream tests | How many | They need | What it is |\n| --- | --- | --- | --- |\n")
	for _, group := range Groups {
		fmt.Fprintf(&text, "| %s… | %d | feature `%s` | %s |\n", group.Prefix, countGroup(group, registry), group.Needs, group.Why)
	}
	return text.String()
}

func summarise() string {
	whole, part, none := 0, 0, 0
	adapted := 0
	for _, row := range Rows {
		switch {
		case row.How == NotApplicable:
			none++
		case len(row.Without) > 0:
			part++
		default:
			whole++
		}
		if row.How == Adapted {
			adapted++
		}
	}
	return fmt.Sprintf("%d tests: %d run whole, %d in part (%d of these %d with an adapted manifest), %d not applicable.",
		len(Rows), whole, part, adapted, whole+part, none)
}

func describeHow(row Row) string {
	if len(row.Without) == 0 {
		return string(row.How)
	}
	return string(row.How) + ", in part"
}

func describeWhy(row Row) string {
	words := row.Why
	if row.Needs != "" {
		words += fmt.Sprintf(" (feature `%s`)", row.Needs)
	}
	if len(row.Without) > 0 {
		words += fmt.Sprintf(" (subtest “%s”)", strings.Join(row.Without, "”, “"))
	}
	return words
}

func countGroup(group Group, registry []suite.ConformanceTest) int {
	count := 0
	for _, test := range registry {
		if strings.HasPrefix(test.ShortName, group.Prefix) {
			count++
		}
	}
	return count
}

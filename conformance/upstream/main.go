// Command upstream writes tests.md, the table of what is run of Gateway API's own conformance suite. The suite itself is run by
// `go test` in this folder.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/gateway-api/conformance/tests"
)

const tableFile = "tests.md"

func main() {
	if len(os.Args) != 2 || os.Args[1] != "write" {
		fmt.Fprintln(os.Stderr, "usage: go run . write   (writes "+tableFile+" of the current folder)")
		os.Exit(2)
	}
	problems := checkTable(tests.ConformanceTests)
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, "table.go: "+problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
	if err := os.WriteFile(tableFile, []byte(render(tests.ConformanceTests)), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

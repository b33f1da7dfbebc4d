package main

import (
	_ "embed"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/gateway-api/conformance/tests"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/pkg/features"
)

//go:embed tests.md
var written string

// A new upstream test without a row, or a row without its test, fails the run.
func TestTable(t *testing.T) {
	for _, problem := range checkTable(tests.ConformanceTests) {
		t.Error(problem)
	}
	if written != render(tests.ConformanceTests) {
		t.Errorf("%s is not what table.go and upstream's registry say: run `go run . write`", tableFile)
	}
}

func TestTableIsChecked(t *testing.T) {
	invented := func(name string, needs ...features.FeatureName) []suite.ConformanceTest {
		return append(slices.Clone(tests.ConformanceTests), suite.ConformanceTest{ShortName: name, Features: needs})
	}
	without := slices.DeleteFunc(slices.Clone(tests.ConformanceTests), func(test suite.ConformanceTest) bool {
		return test.ShortName == "GatewayModifyListeners"
	})
	for want, registry := range map[string][]suite.ConformanceTest{
		"GatewayNew: new upstream":                          invented("GatewayNew", features.SupportGateway),
		"HTTPRouteNew: upstream does not say that it needs": invented("HTTPRouteNew", features.SupportGateway),
		"GatewayModifyListeners: upstream has no such test": without,
		"GatewayInvalidRouteKind: upstream has two tests":   invented("GatewayInvalidRouteKind", features.SupportGateway),
	} {
		problems := checkTable(registry)
		if len(problems) != 1 || !strings.HasPrefix(problems[0], want) {
			t.Errorf("want one problem that begins with %q, got %q", want, problems)
		}
	}
}

func TestAdaptedManifests(t *testing.T) {
	files, err := manifests(tests.ConformanceTests)
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`protocol: (HTTPS?|TLS)\b`)
	for path, kinds := range map[string]string{
		baseManifests:                                 "Namespace Deployment Gateway Gateway Gateway Namespace Deployment Namespace Deployment",
		"tests/gateway-invalid-route-kind.yaml":       "Gateway Gateway",
		"tests/gateway-observed-generation-bump.yaml": "Gateway",
		"tests/gateway-optional-address-value.yaml":   "Gateway",
	} {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := decode(path, text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, object := range objects {
			got = append(got, object.GetKind())
		}
		if strings.Join(got, " ") != kinds || plain.Match(text) || !strings.Contains(string(text), egressProtocol) {
			t.Errorf("%s: want %s with IP listeners, got\n%s", path, kinds, text)
		}
	}
	asIs, err := fs.ReadFile(files, "tests/gateway-invalid-parameters-ref.yaml")
	if err != nil || !strings.Contains(string(asIs), "protocol: HTTP\n") {
		t.Errorf("an unadapted manifest is upstream's own: %v, got\n%s", err, asIs)
	}
}

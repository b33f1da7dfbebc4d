package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/gateway-api/conformance"
	confv1 "sigs.k8s.io/gateway-api/conformance/apis/v1"
	"sigs.k8s.io/gateway-api/conformance/tests"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/pkg/features"
	"sigs.k8s.io/yaml"
)

const (
	egressProfile   suite.ConformanceProfileName = "GATEWAY-EGRESS"
	deletionTimeout                              = 90 * time.Second
)

// The profile of egress Gateways as far as upstream has names for it: EgressRoute's own features have a suite of their own.
func init() {
	suite.RegisterConformanceProfile(suite.ConformanceProfile{
		Name:             egressProfile,
		CoreFeatures:     suite.FeaturesSet{}.Insert(features.SupportGateway),
		ExtendedFeatures: features.SetsToNamesSet(features.GatewayExtendedFeatures),
	})
}

// TestMain leaves out the subtests that the table names: Go's own filter does it, so upstream's code stays as it is.
func TestMain(m *testing.M) {
	flag.Parse()
	skip := flag.Lookup("test.skip").Value
	patterns := subtestsLeftOut()
	if own := skip.String(); own != "" {
		patterns = append(patterns, own)
	}
	if err := skip.Set(strings.Join(patterns, "|")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func subtestsLeftOut() []string {
	var patterns []string
	for _, row := range Rows {
		for _, subtest := range row.Without {
			name := regexp.QuoteMeta(strings.ReplaceAll(subtest, " ", "_"))
			patterns = append(patterns, "^TestConformance$/^InPart$/^"+row.Test+"$/^"+name+"$")
		}
	}
	return patterns
}

// TestConformance runs upstream's suite as the table says: first what is run whole, which upstream's report counts, then, as
// InPart, the tests whose subtests do not all apply, which the report lists as skipped.
func TestConformance(t *testing.T) {
	options := conformance.DefaultOptions(t)
	completeOptions(t, &options)
	registry := sequential(tests.ConformanceTests)
	whole, inPart, skipped := choose(registry)
	options.SkipTests = append(options.SkipTests, skipped...)

	upstream, err := suite.NewConformanceTestSuite(options)
	if err != nil {
		t.Fatalf("cannot start the suite: %v", err)
	}
	checkClaims(t, upstream)
	mustBeGone(t, options.Client)
	if options.CleanupBaseResources {
		t.Cleanup(func() { mustBeGone(t, options.Client) }) // after the suite's own cleanup
	}
	upstream.Setup(t, registry)
	if err := upstream.Run(t, whole); err != nil {
		t.Fatal(err)
	}
	report, err := upstream.Report()
	if err != nil {
		t.Fatal(err)
	}
	writeReport(t, report, options.ReportOutputPath)

	for _, test := range inPart {
		upstream.SkipTests.Delete(test.ShortName)
	}
	t.Run("InPart", func(t *testing.T) {
		if err := upstream.Run(t, inPart); err != nil {
			t.Fatal(err)
		}
	})
}

// mustBeGone waits until no Namespace of the suite is being deleted. Upstream's cleanup does not wait for what it deletes, so that
// a run right after another would work in Namespaces that vanish; and an implementation whose finalizers stay would go unnoticed.
func mustBeGone(t *testing.T, cluster client.Client) {
	names := []string{suite.InfrastructureNamespace, suite.AppBackendNamespace, suite.WebBackendNamespace}
	for end := time.Now().Add(deletionTimeout); ; time.Sleep(200 * time.Millisecond) {
		var left []string
		for _, name := range names {
			namespace := &corev1.Namespace{}
			err := cluster.Get(context.Background(), client.ObjectKey{Name: name}, namespace)
			if err != nil && !apierrors.IsNotFound(err) {
				t.Fatalf("cannot read Namespace %s: %v", name, err)
			}
			if err == nil && namespace.DeletionTimestamp != nil {
				left = append(left, fmt.Sprintf("%s (%v)", name, namespace.Status.Conditions))
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("still being deleted after %v: %s", deletionTimeout, strings.Join(left, ", "))
		}
	}
}

func completeOptions(t *testing.T, options *suite.ConformanceOptions) {
	// Go's filter makes a test that it leaves out a success for upstream, and so for the report.
	if options.ReportOutputPath != "" && strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		t.Fatal("a report of a part of the tests would count the others as passed; choose one with --run-test instead of -run")
	}
	files, err := manifests(tests.ConformanceTests)
	if err != nil {
		t.Fatal(err)
	}
	options.ManifestFS = []fs.FS{files}
	if len(options.ConformanceProfiles) == 0 {
		options.ConformanceProfiles = []suite.ConformanceProfileName{egressProfile}
	}
	own := confv1.Implementation{
		Organization: "sallyport",
		Project:      "sallyport",
		URL:          "https://sallyport.dev",
		Version:      "v0.0.0-dev",
		Contact:      []string{"https://sallyport.dev"},
	}
	given := &options.Implementation
	for _, field := range []struct{ given, own *string }{
		{&given.Organization, &own.Organization},
		{&given.Project, &own.Project},
		{&given.URL, &own.URL},
		{&given.Version, &own.Version},
	} {
		if *field.given == "" {
			*field.given = *field.own
		}
	}
	if len(given.Contact) == 0 {
		given.Contact = own.Contact
	}
}

// sequential answers the tests without their Parallel marks: v1.6.1 notes a parallel test's result, and writes its report,
// before that test has begun, so that a failed one counts as passed (kubernetes-sigs/gateway-api#5142).
func sequential(registry []suite.ConformanceTest) []suite.ConformanceTest {
	all := make([]suite.ConformanceTest, 0, len(registry))
	for _, test := range registry {
		test.Parallel = false
		all = append(all, test)
	}
	return all
}

// choose answers the tests for upstream's report (the groups cannot be in the profile, and are left out), those run in part, and
// the names of all that the report is to list as skipped.
func choose(registry []suite.ConformanceTest) (whole, inPart []suite.ConformanceTest, skipped []string) {
	for _, test := range registry {
		row, found := findRow(test.ShortName)
		if !found {
			continue
		}
		whole = append(whole, test)
		if row.How == NotApplicable || len(row.Without) > 0 {
			skipped = append(skipped, row.Test)
		}
		if row.How != NotApplicable && len(row.Without) > 0 {
			inPart = append(inPart, test)
		}
	}
	return whole, inPart, skipped
}

// checkClaims fails the run when the class claims a feature that the table holds for missing, or one that a test to be run needs
// is not claimed: upstream would skip that test without a word.
func checkClaims(t *testing.T, upstream *suite.ConformanceTestSuite) {
	if upstream.RunTest != "" {
		return // upstream then asks for no features
	}
	for _, test := range tests.ConformanceTests {
		row, found := findRow(test.ShortName)
		if found && row.How != NotApplicable && !upstream.SupportedFeatures.HasAll(test.Features...) {
			t.Errorf("%s would not be run: it needs %v, the class claims %v", row.Test, test.Features, upstream.SupportedFeatures.UnsortedList())
		}
		if found && row.Needs != "" && upstream.SupportedFeatures.Has(row.Needs) {
			t.Errorf("%s: the class claims %s, so table.go must not give its absence as the reason", row.Test, row.Needs)
		}
	}
	for _, group := range Groups {
		if upstream.SupportedFeatures.Has(group.Needs) {
			t.Errorf("%s*: the class claims %s, so table.go must not give its absence as the reason", group.Prefix, group.Needs)
		}
	}
}

func writeReport(t *testing.T, report *confv1.ConformanceReport, path string) {
	text, err := yaml.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("Conformance report:\n%s", text)
	if path == "" {
		return
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

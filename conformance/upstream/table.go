package main

import "sigs.k8s.io/gateway-api/pkg/features"

// How says how one upstream test is run.
type How string

const (
	// AsIs: upstream's code with upstream's manifest.
	AsIs How = "as is"
	// Adapted: upstream's code; its manifest's HTTP listeners speak sallyport.dev/IP (see adapt.go).
	Adapted How = "adapted manifest"
	// NotApplicable: not run.
	NotApplicable How = "not applicable"
)

// Row is one upstream test.
type Row struct {
	// Test is upstream's ShortName.
	Test string
	How  How
	// Without names the subtests left out, as upstream's code calls them; such a test is run in part, and upstream's report
	// counts it as skipped.
	Without []string
	// Needs is a feature that the class does not claim; upstream's suite skips the test by itself. Empty where another reason counts.
	Needs features.FeatureName
	Why   string
}

// Group is a set of route tests, told by how their names begin; all of them need one feature that the class does not claim.
type Group struct {
	Prefix string
	Needs  features.FeatureName
	Why    string
}

const (
	wantsHTTPRoute = "its code wants HTTPRoute among a listener's supportedKinds"
	noCertificates = "certificates of listeners: an IP listener terminates nothing, and refuses `tls`; " + wantsHTTPRoute
	noListenerSets = "listeners from ListenerSets are not supported"
	noHTTP         = "HTTP requests through HTTPRoutes"
)

// Rows are all tests of upstream's suite about GatewayClass, Gateway, listeners and addresses, by name.
var Rows = []Row{
	{Test: "GatewayClassObservedGenerationBump", How: AsIs, Why: "says nothing of HTTP"},
	{Test: "GatewayFrontendClientCertificateValidation", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "clients' certificates; " + noHTTP},
	{Test: "GatewayFrontendClientCertificateValidationInsecureFallback", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "clients' certificates; " + noHTTP},
	{Test: "GatewayFrontendInvalidDefaultClientCertificateValidation", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "clients' certificates; " + noHTTP},
	{Test: "GatewayHTTPListenerIsolation", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "host names of HTTP listeners; " + noHTTP},
	{Test: "GatewayInfrastructure", How: NotApplicable, Why: "looks for a ServiceAccount, Pod or Service made for the Gateway in its namespace; Sallyport makes none: labels and annotations go onto the cluster-scoped EgressPlacement"},
	{Test: "GatewayInvalidFrontendClientCertificateValidation", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "clients' certificates; " + noHTTP},
	{Test: "GatewayInvalidParametersRef", How: AsIs, Why: "parameters are judged before listeners, so its HTTP listener does not matter"},
	{Test: "GatewayInvalidRouteKind", How: Adapted, Without: []string{"Gateway listener should have a false ResolvedRefs condition with reason InvalidRouteKinds and HTTPRoute must be put in the supportedKinds"}, Why: "what is left out: " + wantsHTTPRoute},
	{Test: "GatewayInvalidTLSBackendConfiguration", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "certificates towards backends; " + noHTTP},
	{Test: "GatewayInvalidTLSConfiguration", How: NotApplicable, Why: noCertificates},
	{Test: "GatewayListenerUnsupportedProtocol", How: AsIs, Without: []string{"Gateway with at least one accepted listeners should be accepted and the listeners should have the Accepted condition set accordingly"}, Why: "what is left out: " + wantsHTTPRoute},
	{Test: "GatewayModifyListeners", How: NotApplicable, Why: "its code adds an HTTP listener beside an HTTPS one; " + wantsHTTPRoute},
	{Test: "GatewayObservedGenerationBump", How: Adapted, Why: "its code adds an HTTP listener, which is refused; the Gateway stays Accepted and Programmed by the other one"},
	{Test: "GatewayOptionalAddressValue", How: Adapted, Why: "an address without value is allocated"},
	{Test: "GatewaySecretInvalidReferenceGrant", How: NotApplicable, Needs: features.SupportReferenceGrant, Why: noCertificates},
	{Test: "GatewaySecretMissingReferenceGrant", How: NotApplicable, Needs: features.SupportReferenceGrant, Why: noCertificates},
	{Test: "GatewaySecretReferenceGrantAllInNamespace", How: NotApplicable, Needs: features.SupportReferenceGrant, Why: noCertificates},
	{Test: "GatewaySecretReferenceGrantSpecific", How: NotApplicable, Needs: features.SupportReferenceGrant, Why: noCertificates},
	{Test: "GatewayStaticAddresses", How: NotApplicable, Why: "its last step: " + wantsHTTPRoute + "; it has no subtests, so the steps before cannot be run alone"},
	{Test: "GatewayTLSBackendClientCertificate", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "certificates towards backends; " + noHTTP},
	{Test: "GatewayWithAttachedRoutes", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "reads HTTPRoutes; " + wantsHTTPRoute},
	{Test: "GatewayWithAttachedRoutesWithPort8080", How: NotApplicable, Needs: features.SupportHTTPRoute, Why: "reads HTTPRoutes; " + wantsHTTPRoute},
	{Test: "ListenerSetAllowedNamespaceNone", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetAllowedNamespaceSame", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetAllowedNamespaceSelector", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetAllowedRoutesNamespaces", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetAllowedRoutesSupportedKinds", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetDefaultNotAllowed", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetDualParentRefIndependence", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetGatewayParentSectionNameNotFound", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetHTTPRouting", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetHostnameConflict", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetProtocolConflict", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetReferenceGrant", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
	{Test: "ListenerSetRouteStatusScopedToParentRef", How: NotApplicable, Needs: features.SupportListenerSet, Why: noListenerSets},
}

// Groups are the tests of routes, policies and meshes: not applicable as a whole.
var Groups = []Group{
	{Prefix: "BackendTLSPolicy", Needs: features.SupportBackendTLSPolicy, Why: "TLS towards backends of HTTPRoutes"},
	{Prefix: "GRPC", Needs: features.SupportGRPCRoute, Why: "GRPCRoute"},
	{Prefix: "HTTPRoute", Needs: features.SupportHTTPRoute, Why: "HTTPRoute; what they say of parentRefs and route status is asked of EgressRoute by our own suite"},
	{Prefix: "Mesh", Needs: features.SupportMesh, Why: "service meshes"},
	{Prefix: "TCPRoute", Needs: features.SupportTCPRoute, Why: "TCPRoute"},
	{Prefix: "TLSRoute", Needs: features.SupportTLSRoute, Why: "TLSRoute"},
	{Prefix: "UDPRoute", Needs: features.SupportUDPRoute, Why: "UDPRoute"},
}

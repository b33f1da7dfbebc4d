import type { Rule } from './check.ts';

const net = /^src\/net\//;
const api = /^src\/api\//;
const compile = /^src\/compile\//;
const schema = /^src\/schema\//;
const preview = /^src\/preview\//;
const completion = /^src\/completion\//;
const explain = /^src\/explain\//;
const manifests = /^src\/manifests\//;
const trace = /^src\/trace\//;
const migrate = /^src\/migrate\//;
const dataplane = /^src\/dataplane\//;
const platform = /^src\/platform\//;
const tsPattern = /^ts-pattern$/;
const ownPackages = /^(conntrackd|keepalived)-config$/;

/** The layers of the design as rules; `packages` are the run-time dependencies of package.json. */
export function layeringRules(packages: readonly string[]): Rule[] {
  return [
    ...pureLayers,
    ...doors,
    ...conformance,
    { kind: 'resolves', packages, why: 'imports name a file of src with its ending, or a dependency' },
  ];
}

const pureLayers: readonly Rule[] = [
  { kind: 'only-imports', from: net, may: [net], why: 'net is arithmetic and stands alone' },
  {
    kind: 'only-imports',
    from: api,
    may: [api],
    mayTypes: [/^@kubernetes-models\/gateway-api$/],
    why: 'api is names and types',
  },
  { kind: 'only-imports', from: compile, may: [api, net, compile, tsPattern], why: 'compile is pure: data to data' },
  { kind: 'only-imports', from: explain, may: [api, net, compile, explain], why: 'explain is pure: data to data' },
  {
    kind: 'only-imports',
    from: /^src\/trace\/(?!(run-on-node|exec-tracer|follow-packet)\.ts$)/,
    may: [trace, explain, api, net, compile, /^src\/dataplane\/desired\/names\.ts$/],
    why: 'what is traced, and what it means, is pure: text to data',
  },
  {
    kind: 'only-imports',
    from: schema,
    may: [api, net, schema, /^@marcbachmann\/cel-js$/],
    why: 'schema is pure: an object to what is wrong with it',
  },
  { kind: 'only-imports', from: completion, may: [completion], why: 'completion is pure: words to text' },
  { kind: 'only-imports', from: preview, may: [api, net, compile, preview], why: 'preview is pure: data to data' },
  {
    kind: 'only-imports',
    from: migrate,
    may: [api, net, compile, manifests, migrate, /^yaml$/],
    why: 'migrate is pure: text to text',
  },
  { kind: 'only-imports', from: manifests, may: [manifests, /^yaml$/], why: 'manifests is pure: text to data' },
  {
    kind: 'only-reaches',
    from: /^src\/dataplane\/([^/]+\/(model|render|parse|diff)[^/]*|desired\/[^/]+)\.ts$/,
    within: dataplane,
    may: [net, api, compile, dataplane, tsPattern, ownPackages],
    why: 'models, renderers, parsers and diffs of the data plane are pure, with all they import',
  },
  {
    kind: 'only-imports',
    from: /^src\/keepalived-config\//,
    may: [/^src\/keepalived-config\//],
    why: 'keepalived-config is a package of its own',
  },
  {
    kind: 'only-imports',
    from: /^src\/conntrackd-config\//,
    may: [/^src\/conntrackd-config\//],
    why: 'conntrackd-config is a package of its own',
  },
  {
    kind: 'only-imported-by',
    target: /^src\/conntrackd-config\//,
    by: /^src\/conntrackd-config\//,
    why: 'conntrackd-config is imported by its package name',
  },
  {
    kind: 'only-imported-by',
    target: /^src\/keepalived-config\//,
    by: /^src\/keepalived-config\//,
    why: 'keepalived-config is imported by its package name',
  },
  { kind: 'no-circles', why: 'imports go one way' },
];

const doors: readonly Rule[] = [
  {
    kind: 'only-imported-by',
    target: /^(node:)?(child_process|fs|fs\/promises|timers|timers\/promises)$/,
    by: /^src\/platform\/|^conformance\/mutants\/main\.ts$/,
    why: 'only platform opens processes, files and timers',
  },
  {
    kind: 'only-used-by',
    globals: /^set(Timeout|Interval|Immediate)$/,
    by: /^src\/platform\/|^conformance\/mutants\/cluster\/virtual-clock\.ts$/,
    why: 'time is a Clock from platform',
  },
  {
    kind: 'only-used-by',
    globals: /^process\./,
    by: /^src\/(platform\/|cli\/main\.ts$)/,
    why: 'signals and the end of the process belong to platform',
  },
  { kind: 'only-used-by', globals: /^require$/, by: /^$/, why: 'imports are visible, static and ECMAScript' },
  {
    kind: 'only-imported-by',
    target: /^(@kubernetes\/client-node|undici)$/,
    by: /^src\/kube\//,
    atRunTime: true,
    why: 'only kube talks to the API server',
  },
  {
    kind: 'only-imported-by',
    target: /^(pino|prom-client)$/,
    by: /^src\/telemetry\//,
    why: 'only telemetry knows its libraries',
  },
  {
    kind: 'never-loads',
    from: /^src\/(agent|failover)\//,
    target: /^@kubernetes-models\//,
    why: 'processes on every node stay small',
  },
  { kind: 'only-imports', from: platform, may: [platform, /^node:/], why: 'platform is the ground floor' },
  {
    kind: 'only-imports',
    from: /^src\/telemetry\//,
    may: [/^src\/telemetry\//, platform, /^node:/, /^(pino|prom-client)$/],
    why: 'telemetry knows nothing of egress',
  },
  {
    kind: 'only-imports',
    from: /^src\/kube\//,
    may: [/^src\/kube\//, platform, /^src\/telemetry\//, api, net, /^node:/, /^[^.]*$/],
    why: 'kube knows nothing of egress',
  },
  {
    kind: 'only-imports',
    from: /^src\/clean\//,
    may: [/^src\/(clean|agent|failover)\//, dataplane, platform, net, /^src\/telemetry\//],
    why: 'clean undoes what agent and failover process did on a node, and talks to no API server',
  },
  {
    kind: 'only-imports',
    from: /^src\/cri\//,
    may: [/^src\/cri\//, platform, net, /^node:(http2|net)$/],
    why: 'cri knows runtimes, and nothing of egress',
  },
];

const suite = /^conformance\/(lib|tests)\/|^conformance\/suite\.ts$/;

const conformance: readonly Rule[] = [
  {
    kind: 'only-imports',
    from: suite,
    may: [suite, api, net],
    why: 'the conformance suite tests any implementation: it knows the API and its World',
  },
  {
    kind: 'only-imports',
    from: /^conformance\/shell\//,
    may: [/^conformance\/shell\//, suite, api, net, platform, /^src\/kube\//, /^node:crypto$/, /^yaml$/],
    why: 'the suite talks to clusters as a client',
  },
  {
    kind: 'only-imports',
    from: /^conformance\/mutants\//,
    may: [/^conformance\/mutants\//, suite, api, net, /^node:/],
    why: 'the fake is an implementation of its own and shares no decision with ours',
  },
  {
    kind: 'only-imported-by',
    target: /^conformance\//,
    by: /^conformance\/|^src\/cli\/conformance\.ts$/,
    why: 'the product does not depend on its conformance suite',
  },
];

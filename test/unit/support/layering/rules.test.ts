import { describe, expect, it } from 'vitest';
import { checkLayering } from '../../../support/layering/check.ts';
import { graphOf } from '../../../support/layering/graph.ts';
import { layeringRules } from '../../../support/layering/rules.ts';

const packages = [
  'pino',
  'prom-client',
  'undici',
  'ts-pattern',
  'keepalived-config',
  'yaml',
  '@kubernetes/client-node',
  '@kubernetes-models/gateway-api',
];

/** Files that others in the cases import: all of them keep the rules. */
const ground = {
  'src/net/ip.ts': '',
  'src/api/kinds.ts': "import type { IGateway } from '@kubernetes-models/gateway-api/x.js'",
  'src/compile/plan.ts': "import '../net/ip.ts'; import type { K } from '../api/kinds.ts'; import 'ts-pattern'",
  'src/platform/exec.ts': "import 'node:child_process'; setTimeout(f, 1); process.on('exit', f)",
  'src/telemetry/log.ts': "import 'pino'; import '../platform/exec.ts'; import 'node:http'",
  'src/kube/client.ts':
    "import '@kubernetes/client-node'; import 'undici'; import 'yaml'; import '../platform/exec.ts'",
  'src/dataplane/nft/element.ts': "import '../../net/ip.ts'",
  'src/dataplane/nft/parse.ts': "import './element.ts'; import '../../compile/plan.ts'; import 'ts-pattern'",
  'src/dataplane/nft/exec.ts': "import './parse.ts'; import '../../platform/exec.ts'; import 'node:crypto'",
  'src/dataplane/vrrp/render.ts': "import 'keepalived-config'",
  'src/controller/main.ts': "import '@kubernetes-models/gateway-api'; import '../kube/client.ts'",
  'src/agent/main.ts':
    "import '../kube/client.ts'; import '../dataplane/nft/exec.ts'; import type { T } from '@kubernetes/client-node'",
  'src/keepalived-config/src/index.ts': "import './parse.ts'",
  'src/keepalived-config/src/parse.ts': '',
};

const breaches = (sources: Record<string, string>) =>
  checkLayering(graphOf({ ...ground, ...sources }), layeringRules(packages));

describe('the rules of the design', () => {
  it('hold for a tree that keeps them', () => {
    expect(breaches({})).toEqual([]);
  });

  it.each([
    ['src/net/x.ts', "import 'node:net'"],
    ['src/net/x.ts', "import type { K } from '../api/kinds.ts'"],
    ['src/net/x.ts', "import 'ts-pattern'"],
    ['src/api/x.ts', "import '../net/ip.ts'"],
    ['src/api/x.ts', "import { Gateway } from '@kubernetes-models/gateway-api'"],
    ['src/compile/x.ts', "import 'node:crypto'"],
    ['src/compile/x.ts', "import type { C } from '../kube/client.ts'"],
    ['src/compile/x.ts', "import type { P } from '../dataplane/nft/parse.ts'"],
    ['src/dataplane/nft/model.ts', "import 'node:crypto'"],
    ['src/dataplane/nft/diff-table.ts', "import type { R } from '../../platform/exec.ts'"],
    ['src/dataplane/nft/render.ts', "import './exec.ts'"],
    ['src/dataplane/route/parse-rule.ts', "import 'yaml'"],
    ['src/dataplane/desired/routes.ts', "import '../../kube/client.ts'"],
    ['src/kube/x.ts', "import 'node:fs/promises'"],
    ['src/kube/x.ts', "import '../compile/plan.ts'"],
    ['src/agent/x.ts', "import 'node:child_process'"],
    ['src/agent/x.ts', "import type { F } from 'node:fs'"],
    ['src/agent/x.ts', "import 'node:timers/promises'"],
    ['src/agent/x.ts', 'setInterval(f, 1)'],
    ['src/agent/x.ts', "process.on('SIGTERM', f)"],
    ['src/agent/x.ts', "import '@kubernetes/client-node'"],
    ['src/agent/x.ts', "const u = await import('undici')"],
    ['src/agent/x.ts', "import '../controller/main.ts'"],
    ['src/agent/x.ts', "import '@kubernetes-models/gateway-api'"],
    ['src/failover/x.ts', "import { type T } from '@kubernetes-models/gateway-api'"],
    ['src/agent/x.ts', "import type { L } from 'pino'"],
    ['src/controller/x.ts', "import 'prom-client'"],
    ['src/controller/x.ts', "import 'left-pad'"],
    ['src/controller/x.ts', "import '../keepalived-config/src/index.ts'"],
    ['src/controller/x.ts', "import './x.ts'"],
    ['src/controller/x.ts', "const fs = require('fs')"],
    ['src/controller/x.ts', 'await import(name)'],
    ['src/platform/x.ts', "import '../telemetry/log.ts'"],
    ['src/telemetry/x.ts', "import '../kube/client.ts'"],
    ['src/keepalived-config/src/x.ts', "import '../../net/ip.ts'"],
    ['src/keepalived-config/src/x.ts', "import 'node:os'"],
  ])('are broken by %s with %s', (path, source) => {
    const found = breaches({ [path]: source });
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((text) => text.includes(path))).toBe(true);
  });
});

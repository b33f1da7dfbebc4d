// Run by resolve.ts under a lock, so that two set-ups do not build the same twice. Arguments: what the caller lacks, names of
// programs and `gateway-api`; what another set-up has put into the cache meanwhile is left alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { controlPlaneCacheDir, gatewayApiCacheDir, isExecutable } from './cache.ts';
import { takeFromEnvtest } from './envtest.ts';
import { takeGatewayApi } from './gateway-api.ts';
import { findGo } from './go.ts';
import { buildControlPlane } from './go-build.ts';
import { say } from './run.ts';
import { type ControlPlaneBinary, controlPlaneBinaries } from './versions.ts';

function missing(wanted: ReadonlySet<string>): readonly ControlPlaneBinary[] {
  return controlPlaneBinaries.filter((name) => wanted.has(name) && !isExecutable(join(controlPlaneCacheDir(), name)));
}

async function provideControlPlane(wanted: ReadonlySet<string>): Promise<void> {
  if (missing(wanted).length === 0) return;
  const failures: string[] = [];
  const go = await findGo();
  if (go.ok) {
    try {
      return await buildControlPlane(missing(wanted), go.env);
    } catch (error) {
      failures.push(`build from Go modules: ${(error as Error).message}`);
    }
  } else failures.push(`build from Go modules: ${go.why}`);
  say(`${failures.join('; ')}; trying envtest's release archive`);
  try {
    await takeFromEnvtest(missing(wanted));
  } catch (error) {
    failures.push(`envtest archive: ${(error as Error).message}`);
  }
  const left = missing(wanted);
  if (left.length === 0) return;
  throw new Error(
    [
      `cannot get ${left.join(', ')}`,
      ...failures.map((failure) => `  ${failure}`),
      '  install Go 1.25 or newer, or set KUBEBUILDER_ASSETS to a folder that has these programs',
    ].join('\n'),
  );
}

const wanted = new Set(process.argv.slice(2));
try {
  await Promise.all([
    wanted.has('gateway-api') && !existsSync(gatewayApiCacheDir()) ? takeGatewayApi() : undefined,
    provideControlPlane(wanted),
  ]);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}

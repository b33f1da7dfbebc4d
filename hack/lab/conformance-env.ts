import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { version } from '../../src/cli/version.ts';

/** What `sallyport conformance` cannot know by itself: where the outside is, how to ask and to break things, who made this. */
export const conformanceEnv: Readonly<Record<string, string>> = {
  SALLYPORT_CONFORMANCE_OUTSIDE_ADDRESS:
    '198.51.100.10,198.51.100.200,203.0.113.10,2001:db8:51::10,2001:db8:51::8000:0:0:10',
  SALLYPORT_CONFORMANCE_TRAFFIC_COMMAND: JSON.stringify([
    ...['lab', 'exec', '{namespace}/{pod}', '--'],
    ...['bash', join(import.meta.dirname, 'ask.sh'), '{to}', '{port}', '{protocol}'],
  ]),
  SALLYPORT_CONFORMANCE_FAULT_COMMAND: 'lab fault {action} {node}',
  // The cluster under test is on this machine, too.
  SALLYPORT_CONFORMANCE_PARALLEL: `${2 * availableParallelism()}`,
  // The end of the pool of config/samples/lab: automatic choices begin at its start.
  SALLYPORT_CONFORMANCE_USABLE_ADDRESS: Array.from({ length: 12 }, (_, i) => `192.0.2.${138 + i}`).join(','),
  SALLYPORT_CONFORMANCE_UNUSABLE_ADDRESS: '203.0.113.254',
  SALLYPORT_CONFORMANCE_POD_IMAGE: 'example.com/client',
  SALLYPORT_CONFORMANCE_ORGANIZATION: 'sallyport',
  SALLYPORT_CONFORMANCE_PROJECT: 'sallyport',
  SALLYPORT_CONFORMANCE_URL: 'https://sallyport.dev',
  SALLYPORT_CONFORMANCE_VERSION: `v${version}`,
  SALLYPORT_CONFORMANCE_CONTACT: 'https://sallyport.dev',
};

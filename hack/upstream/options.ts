import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface UpstreamOptions {
  /** Absolute path; absent: in a lab. */
  readonly kubeconfig?: string;
  readonly gatewayClass: string;
  /** Absolute path of the report to write. */
  readonly report?: string;
  /** Flags for upstream's suite, as they are. */
  readonly flags: readonly string[];
}

/** The arguments of hack/conformance-upstream; throws with what is wrong in them. */
export function parseUpstreamOptions(args: readonly string[]): UpstreamOptions {
  const end = args.indexOf('--');
  const { values } = parseArgs({
    args: [...(end < 0 ? args : args.slice(0, end))],
    options: {
      kubeconfig: { type: 'string' },
      'gateway-class': { type: 'string', default: 'egress' },
      report: { type: 'string' },
    },
  });
  return {
    gatewayClass: values['gateway-class'],
    flags: end < 0 ? [] : args.slice(end + 1),
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: resolve(values.kubeconfig) }),
    ...(values.report === undefined ? {} : { report: resolve(values.report) }),
  };
}

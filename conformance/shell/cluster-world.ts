import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { createRunner } from '../../src/platform/exec.ts';
import type { Api, World } from '../lib/world.ts';
import { createFaults, createTraffic, defaultClient, execTemplate, parseTemplate } from './command.ts';
import { findUsableAddresses, parseAddresses } from './find-addresses.ts';
import type { ConformanceOptions } from './options.ts';

/** More than any test takes, and few enough to leave the rest of a small pool to the others. */
const wantedUsable = 12;

/** The world of a cluster; its clock rejects and its packets end when the signal aborts. */
export async function openWorld(
  api: Api,
  options: ConformanceOptions & { readonly controllerName: string },
  signal: AbortSignal,
): Promise<World> {
  const { gatewayClass, controllerName, podImage, podCommand, usableAddress } = options;
  const usable =
    usableAddress === undefined
      ? await findUsableAddresses(api, wantedUsable)
      : parseAddresses('--usable-address', usableAddress);
  const command = podCommand === undefined ? undefined : parseTemplate(podCommand);
  return {
    api,
    ...openTraffic(options, signal),
    ...(options.faultCommand === undefined
      ? {}
      : { faults: createFaults(createRunner(), parseTemplate(options.faultCommand)) }),
    clock: clockUntil(systemClock, signal),
    gatewayClass,
    controllerName,
    podContainer: { name: 'client', image: podImage, ...(command === undefined ? {} : { command }) },
    addresses: { usable, unusable: parseAddresses('--unusable-address', [options.unusableAddress])[0] ?? '' },
  };
}

function clockUntil(clock: Clock, signal: AbortSignal): World['clock'] {
  return { now: () => clock.monotonic(), sleep: (milliseconds) => clock.sleep(milliseconds, signal) };
}

function openTraffic(options: ConformanceOptions, signal: AbortSignal): Pick<World, 'traffic'> {
  if (options.outsideAddress === undefined) return {};
  const addresses = parseAddresses('--outside-address', options.outsideAddress);
  const outside = {
    ipv4: addresses.filter((address) => !address.includes(':')),
    ipv6: addresses.filter((address) => address.includes(':')),
  };
  if (outside.ipv4.length < 2)
    throw new RangeError('--outside-address: at least two IPv4 addresses, in different /25s, are needed');
  const client = options.clientCommand === undefined ? defaultClient : parseTemplate(options.clientCommand);
  const template =
    options.trafficCommand === undefined
      ? execTemplate(kubectlFlags(options), client)
      : parseTemplate(options.trafficCommand);
  return { traffic: createTraffic(createRunner(), { template, outside, signal }) };
}

function kubectlFlags({ kubeconfig, context }: ConformanceOptions): readonly string[] {
  return [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
  ];
}

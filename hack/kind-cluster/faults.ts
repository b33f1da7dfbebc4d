import type { Place } from './place.ts';

/**
 * Pulls a node's cable out, or puts it back: the host's end of its link goes down. (A paused container is no such thing: its kernel still
 * answers.) By a container in Docker's own network, so that nobody need be root here.
 */
export async function setCable(
  place: Place,
  image: string,
  { node, up }: { node: string; up: boolean },
): Promise<void> {
  const index = (await place.onNode(node, 'cat /sys/class/net/eth0/iflink')).trim();
  const ip = (...args: readonly string[]) =>
    place.docker([
      ...['run', '--rm', '--network', 'host', '--user', '0', '--cap-add', 'NET_ADMIN'],
      ...['--entrypoint', '/usr/bin/ip', image, ...args],
    ]);
  const links: readonly { readonly ifindex: number; readonly ifname: string }[] = JSON.parse(
    await ip('-j', 'link', 'show'),
  );
  const link = links.find(({ ifindex }) => `${ifindex}` === index);
  if (link === undefined)
    throw new Error(`the other end of ${node}'s eth0, number ${index}, is not in Docker's network`);
  await ip('link', 'set', 'dev', link.ifname, up ? 'up' : 'down');
}

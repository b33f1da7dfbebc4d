import { canonicalIp } from '../net/ip.ts';
import type { UdpSocket } from '../platform/udp.ts';
import { answerTo } from './packet.ts';

/**
 * Answers requests with the source that they had when they left the gateway hop, until its socket is closed. It keeps nothing, and
 * never answers more bytes than it got; the kernel lets nothing through to it but what begins with the cookie (`places.ts`).
 */
export function reflect(socket: UdpSocket, { cookie, node }: { readonly cookie: string; readonly node: string }): void {
  socket.onMessage((bytes, from) => {
    const source = canonicalIp(from.address);
    const answer = source === undefined ? undefined : answerTo(cookie, bytes, { source, node });
    if (answer !== undefined) socket.send(answer, from);
  });
}

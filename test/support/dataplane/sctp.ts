import { execFileSync } from 'node:child_process';

/** The first two packets of an association (RFC 9260 §3.3.2, §3.3.3). */
export type SctpChunk = 'INIT' | 'INIT ACK';

export interface SctpPacket {
  readonly chunk: SctpChunk;
  readonly from: string;
  readonly to: string;
  readonly sourcePort: number;
  readonly port: number;
}

const initiateTag = 0x1234_5678;

/** Sends one packet by a raw socket: not every kernel has sockets of SCTP, and what is tested only forwards it. */
export function sendSctp(namespace: string, { chunk, from, to, sourcePort, port }: SctpPacket): void {
  const family = to.includes(':') ? 6 : 4;
  const text = (address: string) => (family === 6 ? `[${address}]` : address);
  const target = `IP${family}-SENDTO:${text(to)}:132,bind=${text(from)}`;
  const input = sctpBytes(chunk, sourcePort, port);
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'socat', '-u', '-', target], { input });
}

function sctpBytes(chunk: SctpChunk, sourcePort: number, port: number): Buffer {
  // An answer that carries a State Cookie, which it must.
  const cookie = chunk === 'INIT' ? Buffer.alloc(0) : Buffer.from([0, 7, 0, 8, 1, 2, 3, 4]);
  const packet = Buffer.concat([Buffer.alloc(32), cookie]);
  packet.writeUInt16BE(sourcePort, 0);
  packet.writeUInt16BE(port, 2);
  packet.writeUInt32BE(chunk === 'INIT' ? 0 : initiateTag, 4);
  packet.writeUInt8(chunk === 'INIT' ? 1 : 2, 12);
  packet.writeUInt16BE(20 + cookie.length, 14);
  packet.writeUInt32BE(initiateTag, 16);
  packet.writeUInt32BE(65_536, 20);
  packet.writeUInt16BE(1, 24);
  packet.writeUInt16BE(1, 26);
  packet.writeUInt32BE(1, 28);
  packet.writeUInt32LE(crc32c(packet), 8);
  return packet;
}

/** Castagnoli's, as SCTP has it (RFC 9260 appendix A): conntrack takes no packet without it. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

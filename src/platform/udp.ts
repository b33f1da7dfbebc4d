import { createSocket, type Socket } from 'node:dgram';

/** Where a datagram came from. */
export interface UdpSender {
  readonly address: string;
  readonly port: number;
}

/** A bound UDP socket. What cannot be sent is lost, as on the wire. */
export interface UdpSocket {
  /** Sends one datagram; the bytes must not change until it is sent. */
  send(bytes: Uint8Array, to: UdpSender): void;
  /** From now on this one is called for each datagram, and nobody else. */
  onMessage(listener: (bytes: Uint8Array, from: UdpSender) => void): void;
  /** Where it is bound. */
  local(): UdpSender;
  /** May be called again. */
  close(): void;
}

/** The socket as this interface; it keeps no process alive. */
export function udpSocketFrom(socket: Socket): UdpSocket {
  let isOpen = true;
  // An ICMP error or a full buffer is the loss of a datagram, no end of the process.
  socket.on('error', () => {});
  socket.unref();
  return {
    send: (bytes, { address, port }) => {
      if (isOpen) socket.send(bytes, port, address, () => {});
    },
    onMessage: (listener) => {
      socket.removeAllListeners('message');
      socket.on('message', (bytes, { address, port }) => listener(bytes, { address, port }));
    },
    local: () => socket.address(),
    close: () => {
      if (isOpen) socket.close();
      isOpen = false;
    },
  };
}

/** A socket that sends from any port and address of this network namespace; bound by what it sends first. */
export const openUdp = (family: 4 | 6): UdpSocket => udpSocketFrom(createSocket(family === 4 ? 'udp4' : 'udp6'));

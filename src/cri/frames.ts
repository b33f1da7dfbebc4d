/** A stream that is not gRPC's, or a message larger than allowed. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const headerBytes = 5;

/** Feeds chunks as they come and gives the messages that are complete by then; throws FrameError, and is of no use after that. */
export type MessageSplitter = (chunk: Uint8Array) => readonly Uint8Array[];

/** Splits gRPC's length-prefixed messages (gRPC over HTTP/2, "Length-Prefixed-Message"); none is compressed, as none was offered to be. */
export function createMessageSplitter(maxBytes: number): MessageSplitter {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let needed = headerBytes;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    // Joined only when something is complete: a large message in small chunks is copied once.
    if (held < needed) return [];
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const messages: Uint8Array[] = [];
    let at = 0;
    needed = headerBytes;
    while (bytes.length - at >= headerBytes) {
      const length = readHeader(bytes.subarray(at), maxBytes);
      needed = headerBytes + length;
      if (bytes.length - at < needed) break;
      messages.push(bytes.subarray(at + headerBytes, at + needed));
      at += needed;
      needed = headerBytes;
    }
    chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    held = bytes.length - at;
    return messages;
  };
}

/** A message as it goes on the wire. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(headerBytes + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, headerBytes);
  return frame;
}

function readHeader(bytes: Uint8Array, maxBytes: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  if (view.getUint8(0) !== 0) throw new FrameError('a compressed message, which was not offered');
  const length = view.getUint32(1);
  if (length > maxBytes) throw new FrameError(`a message of ${length} bytes; at most ${maxBytes} are read`);
  return length;
}

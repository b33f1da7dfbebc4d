import { describe, expect, it } from 'vitest';
import {
  parseEvent,
  parseSandboxList,
  parseStatusAnswer,
  parseVersion,
  renderStatusRequest,
} from '../../../src/cri/messages.ts';
import { writeFields } from '../../../src/cri/wire.ts';

// What Go's k8s.io/cri-api v0.35.4 makes of these messages (proto.Marshal, deterministic), with labels, options and other
// fields that nobody here reads.
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const fromGo = {
  status:
    '0a550a02616112140a0377656212057569642d311a0473686f702001208080a8b1e39fe7cb172a150a0831302e302e302e3212090a07464430303a3a3232060a04120210013a0a0a0361707012037765624a0472756e6312060a0178120179',
  list: '0a300a02616112140a0377656212057569642d311a0473686f702001208080a8b1e39fe7cb172a0a0a0361707012037765620a0f0a026262120712057569642d321801',
  started:
    '0a0263631001188080a8b1e39fe7cb1722550a02616112140a0377656212057569642d311a0473686f702001208080a8b1e39fe7cb172a150a0831302e302e302e3212090a07464430303a3a3232060a04120210013a0a0a0361707012037765624a0472756e632a040a026363',
  stopped:
    '0a0261611002188080a8b1e39fe7cb1722570a02616112140a0377656212057569642d311a0473686f7020011801208080a8b1e39fe7cb172a150a0831302e302e302e3212090a07464430303a3a3232060a04120210013a0a0a0361707012037765624a0472756e63',
  deleted: '0a0261611003188080a8b1e39fe7cb17',
  version: '0a05302e312e30120a636f6e7461696e6572641a0676322e302e3122027631',
};

describe('messages of CRI v1', () => {
  it('are read as Go writes them', () => {
    expect(parseSandboxList(bytes(fromGo.list))).toEqual([
      { id: 'aa', uid: 'uid-1', ready: true },
      { id: 'bb', uid: 'uid-2', ready: false },
    ]);
    const addresses = ['10.0.0.2', 'fd00::2'];
    expect(parseStatusAnswer(bytes(fromGo.status))).toEqual({
      ...{ id: 'aa', uid: 'uid-1', ready: true, addresses, links: [] },
    });
    expect(parseEvent(bytes(fromGo.started))).toEqual({ id: 'aa', isOver: false });
    expect(parseEvent(bytes(fromGo.stopped))).toEqual({ id: 'aa', isOver: true });
    expect(parseEvent(bytes(fromGo.deleted))).toEqual({ id: 'aa', isOver: true });
    expect(parseVersion(bytes(fromGo.version))).toEqual({ name: 'containerd', version: 'v2.0.1' });
  });

  it('are written as Go writes them', () => {
    expect(Buffer.from(renderStatusRequest('aa')).toString('hex')).toBe('0a0261611001');
  });

  it('lose what is no address, and have no end of them', () => {
    const network = writeFields([
      [1, '10.0.0.01'],
      ...['1.2.3.4; drop', '10.0.0.3', '10.0.0.3', ...Array.from({ length: 99 }, (_, n) => `10.1.0.${n}`)].map(
        (ip) => [2, writeFields([[1, ip]])] as const,
      ),
    ]);
    const status = writeFields([
      [1, 'aa'],
      [2, writeFields([[2, 'uid']])],
      [5, network],
    ]);
    const { addresses = [] } = parseStatusAnswer(writeFields([[1, status]])) ?? {};
    expect(addresses.slice(0, 2)).toEqual(['10.0.0.3', '10.1.0.0']);
    expect(addresses).toHaveLength(16);
  });

  it('without an id or a Pod are none', () => {
    const nameless = writeFields([[2, writeFields([[2, 'uid']])]]);
    const podless = writeFields([[1, 'aa']]);
    expect(
      parseSandboxList(
        writeFields([
          [1, nameless],
          [1, podless],
        ]),
      ),
    ).toEqual([]);
    expect(parseStatusAnswer(new Uint8Array())).toBeUndefined();
    expect(parseEvent(new Uint8Array())).toBeUndefined();
  });
});

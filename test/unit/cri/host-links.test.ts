import { describe, expect, it } from 'vitest';
import { parseHostLinks } from '../../../src/cri/host-links.ts';
import { parseStatusAnswer } from '../../../src/cri/messages.ts';
import { writeFields } from '../../../src/cri/wire.ts';

const links = { cni0: { Sandbox: '' }, veth1: { Sandbox: '' }, eth0: { Sandbox: '/var/run/netns/x' } };
const containerd = { pid: 1, cniResult: { Interfaces: links } };
const result = { interfaces: [{ name: 'veth1' }, { name: 'eth0', sandbox: '/var/run/netns/x' }] };
const crio = { runtimeSpec: { annotations: { 'io.kubernetes.cri-o.CNIResult': JSON.stringify(result) } } };

describe("the node's ends of a sandbox's links", () => {
  it('are those without a sandbox, as containerd and as CRI-O show them', () => {
    expect(parseHostLinks(JSON.stringify(containerd))).toEqual(['cni0', 'veth1']);
    expect(parseHostLinks(JSON.stringify(crio))).toEqual(['veth1']);
  });

  it('are none where the runtime shows something else, and never what is no name', () => {
    for (const text of ['', 'no JSON', '[]', '7', 'null', '{"cniResult":{"Interfaces":[1]}}', '{"runtimeSpec":[]}'])
      expect(parseHostLinks(text)).toEqual([]);
    const hostile = { '../../x': {}, '..': {}, 'a b': {}, averyveryverylongname: {}, ok: 7 };
    expect(parseHostLinks(JSON.stringify({ cniResult: { Interfaces: hostile } }))).toEqual(['ok']);
  });

  it("are in the entry 'info' of a verbose status", () => {
    const status = writeFields([
      [1, 'aa'],
      [2, writeFields([[2, 'uid']])],
    ]);
    const entry = (key: string, value: string) =>
      writeFields([
        [1, key],
        [2, value],
      ]);
    const answer = writeFields([
      [1, status],
      [2, entry('other', '{}')],
      [2, entry('info', JSON.stringify(containerd))],
    ]);
    expect(parseStatusAnswer(answer)?.links).toEqual(['cni0', 'veth1']);
  });
});

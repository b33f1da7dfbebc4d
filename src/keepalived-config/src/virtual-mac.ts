import { interfaceName, word } from './codec.ts';
import { accept, type Form, joinWritten, refuse, shorten } from './form.ts';
import type { VrrpInstance } from './model.ts';
import { failure } from './source.ts';

type VirtualMac = NonNullable<VrrpInstance['useVmac']>;

/** `[NAME] [MAC]`: what contains a colon is the MAC address; with five octets the virtual router id is the sixth. */
export const virtualMac: Form<VirtualMac> = {
  read: (words) => {
    const found: { name?: string; mac?: string } = {};
    for (const each of words) {
      const key = each.text.includes(':') ? 'mac' : 'name';
      if (found[key] !== undefined) return refuse(each, `'${shorten(each.text)}' is one ${key} too many: remove it`);
      const read = word.read(each);
      if (!read.ok) return refuse(each, `'${shorten(each.text)}': ${read.message}`);
      found[key] = read.value;
    }
    return accept<VirtualMac>(found);
  },
  write: ({ name, mac }) => {
    if (name?.includes(':')) return failure('name: it contains a colon, as only MAC addresses do');
    if (mac !== undefined && !mac.includes(':')) return failure('mac: it contains no colon, as interface names do not');
    return joinWritten([name, mac].flatMap((each) => (each === undefined ? [] : [word.write(each)])));
  },
  check: ({ name, mac }) => [
    ...(name === undefined ? [] : [interfaceName.check?.(name)]).flatMap((message) =>
      message === undefined ? [] : [{ at: '.name', message }],
    ),
    ...(mac === undefined || /^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){4,5}$/.test(mac)
      ? []
      : [{ at: '.mac', message: `'${mac}' is not a unicast MAC address of five or six octets` }]),
  ],
};

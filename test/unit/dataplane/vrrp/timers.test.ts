import { expect, test } from 'vitest';
import { groupTimersOf } from '../../../../src/dataplane/vrrp/timers.ts';

test('how long a standby waits: three adverts and its skew (RFC 5798 §6.1)', () => {
  const config = `vrrp_instance sallyport_2 {
    interface eth0
    virtual_router_id 2
    priority 192
    advert_int 0.1
    virtual_ipaddress {
        198.19.255.242/32 dev eth0
    }
}
vrrp_instance other {
    interface eth0
    virtual_router_id 9
    priority 1
    virtual_ipaddress {
        192.0.2.9
    }
}
`;
  expect(groupTimersOf(config)).toEqual([{ group: 2, address: '198.19.255.242', downMs: 325 }]);
  for (const text of ['', '}}}', 'vrrp_instance sallyport_1 {\n}\n']) expect(groupTimersOf(text)).toEqual([]);
});

import { expect, test } from 'vitest';
import { groupAddressesOf } from '../../../../src/dataplane/vrrp/addresses.ts';

const config = `vrrp_instance sallyport_2 {
    state BACKUP
    interface eth0
    virtual_router_id 2
    priority 190
    virtual_ipaddress {
        198.19.255.242/32 dev eth0
    }
    virtual_ipaddress_excluded {
        172.30.0.100/32 dev eth1
        2001:DB8:30::0100/128 dev eth1
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
const group = {
  group: 2,
  addresses: [
    { address: '198.19.255.242', device: 'eth0' },
    { address: '172.30.0.100', device: 'eth1' },
    { address: '2001:db8:30::100', device: 'eth1' },
  ],
} as const;

test('the groups of our keepalived.conf, the tunnel address first', () => {
  expect(groupAddressesOf(config)).toEqual([group]);
  for (const text of ['', '}}}', 'vrrp_instance sallyport_1 {\n}\n']) expect(groupAddressesOf(text)).toEqual([]);
});

/** Beside our own two tables, so that those who watch these see nothing of it. */
export const askTable = 'sallyport-ask';

/** nft text that makes the table anew: every answer that comes in on the device is noted for a while. */
export function renderAskTable(device: string): string {
  return `add table netdev ${askTable}
delete table netdev ${askTable}
table netdev ${askTable} {
  set answers4 {
    typeof arp saddr ip . arp saddr ether
    size 8192
    flags dynamic,timeout
    timeout 10s
  }
  set answers6 {
    typeof ip6 saddr . ether saddr
    size 8192
    flags dynamic,timeout
    timeout 10s
  }
  chain in {
    type filter hook ingress device "${device}" priority 0
    arp operation reply update @answers4 { arp saddr ip . arp saddr ether }
    icmpv6 type nd-neighbor-advert update @answers6 { ip6 saddr . ether saddr }
  }
}
`;
}

/** Lines for `ip -batch`: the kernel asks for each address, and keeps no entry that a packet could use. */
export function renderQuestions(device: string, addresses: readonly string[]): string {
  return addresses
    .map((address) => {
      return `neigh replace ${address} dev ${device} nud none\nneigh change ${address} dev ${device} use\n`;
    })
    .join('');
}

/** Lines for `ip -batch -force`: the entries are gone again; those that the kernel dropped by itself are no matter. */
export function renderForgetting(device: string, addresses: readonly string[]): string {
  return addresses.map((address) => `neigh del ${address} dev ${device}\n`).join('');
}

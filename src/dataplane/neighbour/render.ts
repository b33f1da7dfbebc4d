/** Names of tables beside our own, so that those who watch these see nothing of it: one for each who asks. */
export type AskTable = 'sallyport-ask' | 'sallyport-probe';

/** nft text that makes the table anew: every answer that comes in on one of the devices is noted for two seconds. */
export function renderAskTable(table: AskTable, devices: readonly string[]): string {
  return `add table netdev ${table}
delete table netdev ${table}
table netdev ${table} {
  set answers4 {
    typeof iifname . arp saddr ip . arp saddr ether
    size 8192
    flags dynamic,timeout
    timeout 2s
  }
  set answers6 {
    typeof iifname . ip6 saddr . ether saddr
    size 8192
    flags dynamic,timeout
    timeout 2s
  }
${devices.map(renderChain).join('')}}
`;
}

// A chain of its own for each: an nft that takes several devices for one needs a newer kernel.
function renderChain(device: string, place: number): string {
  return `  chain in${place} {
    type filter hook ingress device "${device}" priority 0
    arp operation reply update @answers4 { iifname . arp saddr ip . arp saddr ether }
    icmpv6 type nd-neighbor-advert update @answers6 { iifname . ip6 saddr . ether saddr }
  }
`;
}

/** Lines for `ip -batch`: the kernel asks for each address, and keeps no entry that a packet could use. */
export function renderQuestions(device: string, addresses: readonly string[]): string {
  return addresses.map((address) => renderPair(address, device, `change ${address} dev ${device} use`)).join('');
}

/** Lines for `ip -batch`: the entries are gone again. */
export function renderForgetting(device: string, addresses: readonly string[]): string {
  return addresses.map((address) => renderPair(address, device, `del ${address} dev ${device}`)).join('');
}

// What is made first is there: `ip` ends at once, even with -force, when there is no neighbour to change or to delete.
function renderPair(address: string, device: string, command: string): string {
  return `neigh replace ${address} dev ${device} nud none\nneigh ${command}\n`;
}

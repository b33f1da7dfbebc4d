/** Which families of addresses nodes, Pods and Services of a lab have; the outside always has both. */
export const familyNames = ['ipv4', 'ipv6', 'dual'] as const;
export type IpFamilies = (typeof familyNames)[number];

/** What is given for each family, as far as the lab has it, IPv4 first. */
export function ofFamilies<T>(families: IpFamilies, ipv4: T, ipv6: T): readonly T[] {
  return [...(families === 'ipv6' ? [] : [ipv4]), ...(families === 'ipv4' ? [] : [ipv6])];
}

/** What is given for the lab's first family. */
export function ofFirst<T>(families: IpFamilies, ipv4: T, ipv6: T): T {
  return families === 'ipv6' ? ipv6 : ipv4;
}

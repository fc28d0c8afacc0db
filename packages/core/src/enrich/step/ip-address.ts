/**
 * IP addresses as text: https://www.rfc-editor.org/rfc/rfc5952 for how version 6 is written.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Groups of 16 bits of an IPv6 address. */
const GROUPS = 8;

/** Characters of an address with its zone; no name of an interface is half as long. */
const LONGEST = 100;

/** The network of an address, the bits after it 0; undefined for what is no address. */
export function truncatedIp(
  text: string,
  { ipv4Bits, ipv6Bits }: { readonly ipv4Bits: number; readonly ipv6Bits: number },
): string | undefined {
  if (isIPv4(text)) return truncatedIpv4(text, ipv4Bits);
  const groups = ipv6Of(text);
  if (groups === undefined) return undefined;
  const mapped = mappedIpv4(groups);
  return mapped === undefined ? writeIpv6(masked(groups, 16, ipv6Bits)) : `::ffff:${truncatedIpv4(mapped, ipv4Bits)}`;
}

/** The address a program may look up: without a zone, a version 4 one that is wrapped in version 6 as itself. */
export function plainIp(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  const trimmed = text.trim();
  if (isIPv4(trimmed)) return trimmed;
  const groups = ipv6Of(trimmed);
  return groups === undefined ? undefined : (mappedIpv4(groups) ?? trimmed.split('%', 1)[0]);
}

/** The groups of a version 6 address, with or without a zone (https://www.rfc-editor.org/rfc/rfc4007). */
function ipv6Of(text: string): number[] | undefined {
  if (text.length > LONGEST) return undefined;
  const plain = text.split('%', 1)[0] ?? '';
  return isIPv6(plain) ? groupsOf(plain) : undefined;
}

/** Of ::ffff:0:0/96, in whichever way it is written. */
function mappedIpv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : undefined;
}

function truncatedIpv4(text: string, bits: number): string {
  return masked(text.split('.').map(Number), 8, bits).join('.');
}

/** Keeps the first `bits` of groups of `size` bits. */
function masked(groups: readonly number[], size: number, bits: number): number[] {
  return groups.map((group, index) => {
    const kept = Math.min(size, Math.max(0, bits - index * size));
    return group - (group % 2 ** (size - kept));
  });
}

function groupsOf(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted !== null) {
    const [, head = '', a, b, c, d] = dotted;
    const hex = (high: string | undefined, low: string | undefined) => (Number(high) * 256 + Number(low)).toString(16);
    return groupsOf(`${head}${hex(a, b)}:${hex(c, d)}`);
  }
  const [head = '', tail] = text.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return numbers(head);
  const [before, after] = [numbers(head), numbers(tail)];
  return [...before, ...Array<number>(GROUPS - before.length - after.length).fill(0), ...after];
}

/** The longest run of zeros, where it is two groups or more, is written `::`. */
function writeIpv6(groups: readonly number[]): string {
  let [start, length] = [0, 1];
  for (let from = 0; from < GROUPS; from++) {
    let to = from;
    while (to < GROUPS && groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return length === 1 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

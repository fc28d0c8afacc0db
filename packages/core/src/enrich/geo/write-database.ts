/**
 * Writes databases in MaxMind's format (https://maxmind.github.io/MaxMind-DB/): of networks one knows oneself, such as those of
 * one's offices, and for tests. What it writes is not packed, so it is meant for thousands of networks, not millions.
 */
import { isIPv4 } from 'node:net';

export type MmdbValue = string | number | MmdbValue[] | { [name: string]: MmdbValue };

interface Node {
  readonly children: [Node | Leaf | undefined, Node | Leaf | undefined];
}
interface Leaf {
  readonly offset: number;
}

/** Bits of a record: a node is two. */
const RECORD_SIZE = 32;

/**
 * A database of version 6 addresses, in which those of version 4 lie under ::/96, from networks as `203.0.113.0/24`: of two
 * that overlap, name the wider one first.
 * @param type as readers know it: `GeoLite2-City`, `GeoLite2-ASN`.
 */
export function writeDatabase(type: string, networks: Readonly<Record<string, MmdbValue>>): Buffer {
  const root: Node = { children: [undefined, undefined] };
  const data: Buffer[] = [];
  let size = 0;
  for (const [network, value] of Object.entries(networks)) {
    const bytes = encode(value);
    insert(root, bitsOf(network), { offset: size });
    data.push(bytes);
    size += bytes.length;
  }
  const nodes = numbered(root);
  const tree = Buffer.concat([...nodes.keys()].map((node) => encodeNode(node, nodes)));
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 0, // the same bytes for the same networks
    database_type: type,
    description: { en: type },
    ip_version: 6,
    languages: ['en'],
    node_count: nodes.size,
    record_size: RECORD_SIZE,
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

function insert(root: Node, bits: readonly number[], leaf: Leaf): void {
  let node = root;
  for (const [depth, bit] of bits.entries()) {
    if (depth === bits.length - 1) {
      node.children[bit] = leaf;
      return;
    }
    const next = node.children[bit];
    const inner =
      next !== undefined && 'children' in next ? next : { children: [undefined, undefined] as Node['children'] };
    node.children[bit] = inner;
    node = inner;
  }
}

function bitsOf(network: string): number[] {
  const [address = '', length = ''] = network.split('/');
  const four = isIPv4(address);
  const bytes = four ? [...Array<number>(12).fill(0), ...address.split('.').map(Number)] : sixteen(address);
  const bits = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1));
  return bits.slice(0, Number(length) + (four ? 96 : 0));
}

function sixteen(address: string): number[] {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return all.flatMap((group) => [group >> 8, group & 255]);
}

function numbered(root: Node): Map<Node, number> {
  const numbers = new Map<Node, number>([[root, 0]]);
  for (const node of numbers.keys()) {
    for (const child of node.children) {
      if (child !== undefined && 'children' in child) numbers.set(child, numbers.size);
    }
  }
  return numbers;
}

function encodeNode(node: Node, nodes: ReadonlyMap<Node, number>): Buffer {
  const record = Buffer.alloc(8);
  for (const [index, child] of node.children.entries()) {
    const value =
      child === undefined ? nodes.size : 'children' in child ? (nodes.get(child) ?? 0) : child.offset + nodes.size + 16;
    record.writeUInt32BE(value, index * 4);
  }
  return record;
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(2, bytes.length), bytes]);
  }
  if (typeof value === 'number') return encodeNumber(value);
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([name, one]) => [encode(name), encode(one)])]);
}

function encodeNumber(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  if (!Number.isInteger(value) || value < 0) {
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  bytes.writeUInt32BE(value, 4);
  return Buffer.concat([control(6, 4), bytes.subarray(4)]);
}

function control(type: number, size: number): Buffer {
  const [short, rest] = size < 29 ? [size, []] : [29, [size - 29]];
  return type <= 7 ? Buffer.from([(type << 5) | short, ...rest]) : Buffer.from([short, type - 7, ...rest]);
}

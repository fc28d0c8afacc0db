/**
 * A line that holds several records, as Firehose leaves it where only some producers end theirs with a line break.
 */
import { isSpace, JsonScanner } from './scan.ts';

export interface Part {
  readonly start: number;
  readonly end: number;
}

/** The records of the line `bytes[start, end)`; undefined where they are not several, each of them whole. */
export function divide(bytes: Buffer, start: number, end: number): readonly Part[] | undefined {
  const line = bytes.subarray(0, end);
  const scanner = new JsonScanner();
  const parts: Part[] = [];
  for (let at = start; at < end; ) {
    if (isSpace(line[at] ?? 0)) at++;
    else {
      scanner.reset();
      const from = at;
      at = scanner.scan(line, from);
      if (line[from] !== 0x7b || scanner.state !== 'ended' || !isJson(line.toString('utf8', from, at)))
        return undefined;
      parts.push({ start: from, end: at });
    }
  }
  return parts.length > 1 ? parts : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Touches and conversions of more visitors than memory holds: on disk, by a hash of the visitor, so that all there is of
 * one lies in one part.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from '../../runtime/index.ts';
import type { Conversion } from '../record/conversion.ts';
import type { Touch } from '../record/touch.ts';

const PARTS = 128;
/** Characters gathered for a part before they are written. */
const GATHERED = 64 * 1024;

export interface Part {
  readonly conversions: readonly Conversion[];
  readonly touches: readonly Touch[];
}

type Line = { readonly conversion: Conversion } | { readonly touch: Touch };

/** Works on files, one after the other, and waits for them: the disk is not what a report waits for. */
export class Parts {
  readonly #folder: string;
  readonly #gathered = new Map<string, string>();
  #generation = 0;

  /** @param folder empty; removed by whoever made it. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  addConversion(conversion: Conversion): void {
    this.#add(conversion.visitor, { conversion });
  }

  addTouch(touch: Touch): void {
    this.#add(touch.visitor, { touch });
  }

  /** Lays all out anew, by the names visitors go by. */
  regroup(nameOf: (visitor: string) => string): void {
    const before = [...this.#lines()];
    this.#generation++;
    for (const lines of before) {
      for (const line of lines())
        this.#add(nameOf('touch' in line ? line.touch.visitor : line.conversion.visitor), line);
    }
  }

  /** A part at a time, all of a name in one. */
  *read(): Generator<Part> {
    for (const lines of this.#lines()) {
      const conversions: Conversion[] = [];
      const touches: Touch[] = [];
      for (const line of lines()) {
        if ('touch' in line) touches.push(line.touch);
        else conversions.push(line.conversion);
      }
      yield { conversions, touches };
    }
  }

  #add(name: string, line: Line): void {
    const path = this.#path(Number.parseInt(hash(name).slice(0, 6), 36) % PARTS);
    const gathered = `${this.#gathered.get(path) ?? ''}${JSON.stringify(line)}\n`;
    if (gathered.length < GATHERED) this.#gathered.set(path, gathered);
    else {
      appendFileSync(path, gathered);
      this.#gathered.delete(path);
    }
  }

  #path(part: number): string {
    return join(this.#folder, `${this.#generation}-${part}.ndjson`);
  }

  /** Of each part there is, what reads and removes it. */
  *#lines(): Generator<() => Generator<Line>> {
    for (const [path, gathered] of this.#gathered) appendFileSync(path, gathered);
    this.#gathered.clear();
    for (let part = 0; part < PARTS; part++) {
      const path = this.#path(part);
      if (!existsSync(path)) continue;
      yield function* () {
        const text = readFileSync(path, 'utf8');
        rmSync(path);
        for (const line of text.split('\n')) if (line !== '') yield JSON.parse(line) as Line; // its own form
      };
    }
  }
}

/**
 * What the functions say while the stack serves: files that come in, alerts that go out, what goes wrong. Before that,
 * while the samples run, only errors are worth a line.
 */

import { box } from './box.ts';
import { printable, readLogLine } from './log-lines.ts';

export class Follower {
  readonly #out: NodeJS.WritableStream;
  #following = false;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  /** From now on everything is shown. */
  follow(): void {
    this.#following = true;
  }

  /** A Slack message, as it would look. @param text its plain-text form. */
  slack(text: string): void {
    if (this.#following) this.#out.write(`${box('Slack', printable(text))}\n`);
  }

  log(name: string, line: string): void {
    const { level, text } = readLogLine(name, line);
    if (this.#following || level === 'error') this.#out.write(`${text}\n`);
  }
}

/**
 * Key templates: `{project}/dt={date}/{collection}/…`, read from a key and filled in again.
 */
import { ConfigurationError, DAY, HOUR, iso, MINUTE } from '../runtime/index.ts';
import { isName, parseTime } from './name.ts';

const SOURCE = {
  project: '[^/]+',
  collection: '[^/]+',
  interval: '[^/]+',
  date: '\\d{4}-\\d\\d-\\d\\d',
  year: '\\d{4}',
  month: '\\d\\d',
  day: '\\d\\d',
  hour: '\\d\\d',
  minute: '\\d\\d',
} as const;
type Placeholder = keyof typeof SOURCE;

type Token = { readonly literal: string } | { readonly placeholder: Placeholder };

/** What a key says by its template; `file` is all behind it. */
export interface TemplateMatch {
  readonly project?: string;
  readonly collection?: string;
  /** As fine as the template tells it, milliseconds since 1970. */
  readonly time: number;
  readonly file: string;
}

export interface Template {
  /** Milliseconds between two times the template can tell apart; 1 where it spells them out. */
  readonly step: number;
  has(name: 'project' | 'collection'): boolean;
  /** Undefined where the key does not fit. */
  match(key: string): TemplateMatch | undefined;
  /** The folder of a file, or as much of it as the values given tell. */
  fill(values: { readonly project?: string; readonly collection?: string; readonly time: number }): string;
}

/**
 * @param text literals and placeholders: {project}, {collection}, and a time: {interval} (ISO 8601), or {date} or {year},
 *   {month} and {day}, and where wanted {hour} and {minute}, in UTC. The rest of the key follows.
 * @throws ConfigurationError
 */
export function compileTemplate(text: string): Template {
  const tokens = tokenize(text);
  const names = tokens.flatMap((token) => ('placeholder' in token ? [token.placeholder] : []));
  refuseAmbiguity(text, names);
  const source = tokens.map((token) =>
    'literal' in token ? quote(token.literal) : `(?<${token.placeholder}>${SOURCE[token.placeholder]})`,
  );
  const expression = new RegExp(`^${source.join('')}(?<file>.+)$`, 's');
  return {
    step: stepOf(text, names),
    has: (name) => names.includes(name),
    match: (key) => read(expression.exec(key)?.groups),
    fill: (values) => {
      let filled = '';
      for (const token of tokens) {
        const part = 'literal' in token ? token.literal : spell(token.placeholder, values);
        if (part === undefined) break;
        filled += part;
      }
      return filled;
    },
  };
}

function tokenize(text: string): Token[] {
  return text
    .split(/(\{\w*\})/)
    .filter((part) => part !== '')
    .map((part) => {
      if (!part.startsWith('{')) return { literal: part };
      const name = part.slice(1, -1);
      if (!isPlaceholder(name)) {
        const known = Object.keys(SOURCE).map((one) => `{${one}}`);
        throw new ConfigurationError(`"${text}": there is no placeholder ${part}; there are ${known.join(', ')}`);
      }
      return { placeholder: name };
    });
}

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(SOURCE, name);
}

function refuseAmbiguity(text: string, names: readonly Placeholder[]): void {
  if (new Set(names).size < names.length) throw new ConfigurationError(`"${text}" has a placeholder twice`);
  const open = /\{(?:project|collection|interval)\}(?!\/)/.exec(text)?.[0];
  if (open !== undefined)
    throw new ConfigurationError(`"${text}": nobody can tell where ${open} ends; put a "/" behind it`);
}

/** How fine the time is, told by the finest placeholder; each needs those above it. */
function stepOf(text: string, names: readonly Placeholder[]): number {
  if (names.includes('interval')) return 1;
  const day = names.includes('date') || ['year', 'month', 'day'].every((name) => names.some((one) => one === name));
  if (!day || (names.includes('minute') && !names.includes('hour'))) {
    throw new ConfigurationError(
      `"${text}" does not tell the time; it needs {interval}, {date}, or {year}, {month} and {day}`,
    );
  }
  if (names.includes('minute')) return MINUTE;
  return names.includes('hour') ? HOUR : DAY;
}

function read(groups: Record<string, string> | undefined): TemplateMatch | undefined {
  if (groups === undefined) return undefined;
  const { project, collection, file = '' } = groups;
  const time = parseTime(groups.interval ?? timeOf(groups));
  if (time === undefined || [project, collection].some((name) => name !== undefined && !isName(name))) return undefined;
  return {
    ...(project === undefined ? {} : { project }),
    ...(collection === undefined ? {} : { collection }),
    time,
    file,
  };
}

function timeOf({ date, year, month, day, hour = '00', minute = '00' }: Record<string, string>): string {
  return `${date ?? `${year}-${month}-${day}`}T${hour}:${minute}:00.000Z`;
}

function spell(
  placeholder: Placeholder,
  { project, collection, time }: { readonly project?: string; readonly collection?: string; readonly time: number },
): string | undefined {
  const text = iso(time);
  switch (placeholder) {
    case 'project':
      return project;
    case 'collection':
      return collection;
    case 'interval':
      return text;
    case 'date':
      return text.slice(0, 10);
    case 'year':
      return text.slice(0, 4);
    case 'month':
      return text.slice(5, 7);
    case 'day':
      return text.slice(8, 10);
    case 'hour':
      return text.slice(11, 13);
    case 'minute':
      return text.slice(14, 16);
  }
}

function quote(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

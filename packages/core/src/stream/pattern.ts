/**
 * The layouts of everybody else: where a template says how keys tell project, collection and time, and of Firehose.
 */
import { ConfigurationError, HOUR, iso, MINUTE } from '../runtime/index.ts';
import { intervalsOf, type Layout, type Placement, UnrecognizedKey } from './layout.ts';
import { parseTime } from './name.ts';
import { type Path, parsePath } from './record.ts';
import { compileTemplate, type Template } from './template.ts';

export interface PatternOptions {
  /** Where the key does not tell it. */
  readonly project?: string;
  /** Where the key does not tell it. */
  readonly collection?: string;
  /** Milliseconds between two intervals; default: what the key tells apart, or 5 minutes where it spells the time out. */
  readonly intervalLength?: number;
  /** Where a record carries its event time; default `timestamp`. */
  readonly timePath?: string;
  /** Where a record carries its id; default `id`. */
  readonly idPath?: string;
}

/** How files of one folder are named, and what their names tell. */
interface FileNames {
  name(placement: Placement): string;
  /** Absent for the one file an interval has by `name`. */
  part(file: string, time: number): string | undefined;
  /** Finer than the folder's, where the name tells it. */
  time(file: string): number | undefined;
}

const SUFFIX = '.json.gz';

const plainNames: FileNames = {
  name: ({ part }) => `records${part === undefined ? '' : `-${part}`}${SUFFIX}`,
  part: (file) => {
    const [, , part = file] = /^records(-(.+))?\.json\.gz$/s.exec(file) ?? [];
    return file === `records${SUFFIX}` ? undefined : part;
  },
  time: () => undefined,
};

/**
 * Any other way to lay files out: `pattern('{project}/dt={date}/{collection}/…')`.
 * @param template see `compileTemplate`; ends with `…`, which stands for any rest.
 * @throws ConfigurationError
 */
export function pattern(template: string, options: PatternOptions = {}): Layout {
  if (!template.endsWith('…')) {
    throw new ConfigurationError(`"${template}" has to end with "…", which stands for the names of the files`);
  }
  const compiled = compileTemplate(template.slice(0, -1));
  const intervalLength = options.intervalLength ?? (compiled.step === 1 ? 5 * MINUTE : compiled.step);
  if (intervalLength % compiled.step !== 0) {
    throw new ConfigurationError(`"${template}" cannot tell intervals of ${intervalLength} ms apart`);
  }
  return layoutOf({ name: 'pattern', template, compiled, intervalLength, names: plainNames, options });
}

export interface FirehoseOptions extends PatternOptions {
  /** What stands before `YYYY/MM/DD/HH/`; may have {project} and {collection}. Default `{project}/{collection}/`. */
  readonly prefix?: string;
}

/**
 * Of Amazon Data Firehose: `{prefix}YYYY/MM/DD/HH/{stream}-{version}-YYYY-MM-DD-HH-MM-SS-{uuid}`. The name of a file tells
 * when it was begun, and the interval (5 minutes by default) is the one that lies in.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
 * @throws ConfigurationError
 */
export function firehose(options: FirehoseOptions = {}): Layout {
  const { prefix = '{project}/{collection}/', intervalLength = 5 * MINUTE } = options;
  const template = `${prefix}{year}/{month}/{day}/{hour}/`;
  if (HOUR % intervalLength !== 0 && intervalLength % HOUR !== 0) {
    throw new ConfigurationError(`intervals of ${intervalLength} ms do not fit Firehose's folders of an hour`);
  }
  const compiled = compileTemplate(template);
  return layoutOf({ name: 'firehose', template, compiled, intervalLength, names: firehoseNames, options });
}

const FIREHOSE_NAME =
  /^(?<stream>.+)-\d+-(?<date>\d{4}-\d\d-\d\d)-(?<hour>\d\d)-(?<minute>\d\d)-(?<second>\d\d)-(?<rest>[^/]+)$/s;

const firehoseNames: FileNames = {
  name: ({ project, collection, interval, part }) =>
    `${project}-${collection}-1-${iso(interval).slice(0, 19).replace(/[T:]/g, '-')}-records${part === undefined ? '' : `-${part}`}${SUFFIX}`,
  part: (file) => {
    const { rest = file } = FIREHOSE_NAME.exec(file)?.groups ?? {};
    return plainNames.part(rest, 0);
  },
  time: (file) => {
    const { date, hour, minute, second } = FIREHOSE_NAME.exec(file)?.groups ?? {};
    return parseTime(`${date}T${hour}:${minute}:${second}Z`);
  },
};

function layoutOf(of: {
  readonly name: string;
  readonly template: string;
  readonly compiled: Template;
  readonly intervalLength: number;
  readonly names: FileNames;
  readonly options: PatternOptions;
}): Layout {
  const { name, template, compiled, intervalLength, names, options } = of;
  for (const which of ['project', 'collection'] as const) {
    if (compiled.has(which) === (options[which] !== undefined)) {
      throw new ConfigurationError(`"${template}" tells no ${which}, or the options do too; one of them has to`);
    }
  }
  const path = (text: string | undefined, standard: string): Path => parsePath(text ?? standard);
  return {
    name,
    intervalLength,
    namesFiles: false,
    timePath: path(options.timePath, 'timestamp'),
    idPath: path(options.idPath, 'id'),
    parse: (key) => {
      const match = compiled.match(key);
      const project = match?.project ?? options.project;
      const collection = match?.collection ?? options.collection;
      if (match === undefined || project === undefined || collection === undefined) {
        throw new UnrecognizedKey(key, `does not fit the layout ${template}`);
      }
      const time = names.time(match.file) ?? match.time;
      const part = names.part(match.file, time);
      const interval = Math.floor(time / intervalLength) * intervalLength;
      return { project, collection, interval, ...(part === undefined ? {} : { part }) };
    },
    key: (placement) => {
      refuseOther(template, options, placement);
      return `${compiled.fill({ ...placement, time: placement.interval })}${names.name(placement)}`;
    },
    metadata: () => ({}),
    *prefixes({ project, collection, from, to }) {
      const told = { project, ...(collection === undefined ? {} : { collection }) };
      if (options.project !== undefined && options.project !== project) return;
      if (options.collection !== undefined && collection !== undefined && options.collection !== collection) return;
      let last: string | undefined;
      for (const time of intervalsOf({ from, to }, intervalLength)) {
        const prefix = compiled.fill({ ...told, time });
        if (prefix !== last) yield prefix;
        last = prefix;
      }
    },
  };
}

/** A key that cannot say what is in the file would make it another's. */
function refuseOther(template: string, options: PatternOptions, placement: Placement): void {
  for (const which of ['project', 'collection'] as const) {
    if (options[which] === undefined || options[which] === placement[which]) continue;
    throw new ConfigurationError(
      `the layout ${template} holds the ${which} "${options[which]}" only; "${placement[which]}" needs another one`,
    );
  }
}
